package io.waypost.seeds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.flow.Flow;
import io.waypost.platform.Json;
import io.waypost.testing.Receiver;
import io.waypost.testing.Receiver.Received;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Rows of several seeds that connectors fulfil. */
class HubSeedTest extends Flow {

    @Test
    @DisplayName("G15: a mapping turns the event into another application's call: method, URL, headers, body")
    void g15() {
        connect("contact.added", "http", """
                {"url": "%s", "method": "PUT", "path": "\\"/\\" & $encodeUrlComponent(data.email)",
                 "headers": {"X-Api-Key": "k3y"}, "contentType": "application/x-www-form-urlencoded",
                 "body": "{\\"first_name\\": data.name, \\"tag\\": \\"new\\"}"}
                """.formatted(receiver.url("/crm/contacts")));

        var event = publishData("contact.added", Json.read("{\"email\":\"ana@example.com\",\"name\":\"Ana B\"}"));

        awaitDelivery(event, "succeeded");
        assertThat(receiver.received()).singleElement().satisfies(r -> {
            assertThat(r.method() + " " + r.path()).isEqualTo("PUT /crm/contacts/ana@example.com");
            assertThat(r.header("X-Api-Key")).isEqualTo("k3y");
            assertThat(r.header("Content-Type")).isEqualTo("application/x-www-form-urlencoded");
            assertThat(r.body()).isEqualTo("first_name=Ana+B&tag=new");
        });
    }

    @Test
    @DisplayName("J6: a change of the balance sends an SMS with the details of the withdrawal")
    void j6() {
        receiver.answers(Receiver.text(200, "{\"MessageId\":\"1\",\"SmsCount\":1}"));
        connect("account.balance_changed", "mailjet-sms", """
                {"apiUrl": "%s", "token": "t0k3n", "from": "MyBank", "to": "data.phone",
                 "text": "\\"Withdrawal of \\" & data.amount & \\" EUR\\""}
                """.formatted(receiver.url("")));

        var event = publishData("account.balance_changed", Json.read("{\"phone\":\"+33600000000\",\"amount\":50}"));

        awaitDelivery(event, "succeeded");
        assertThat(receiver.received()).singleElement().satisfies(r -> assertThat(r.path() + r.body())
                .isEqualTo(
                        "/v4/sms-send{\"From\":\"MyBank\",\"To\":\"+33600000000\",\"Text\":\"Withdrawal of 50 EUR\"}"));
    }

    @Test
    @DisplayName("R7, R10: the same event goes to a chat, a telephone and an application, each with its own retries")
    void r7r10() {
        receiver.answers((request, exchange) -> {
            var smsOnce = request.path().startsWith("/v4") && count("/v4/sms-send") == 1;
            var body = smsOnce ? "" : request.path().startsWith("/slack") ? "ok" : "{}";
            exchange.sendResponseHeaders(smsOnce ? 500 : 200, body.isEmpty() ? -1 : body.length());
            exchange.getResponseBody().write(body.getBytes());
        });
        connect("order.paid", "slack", "{\"webhookUrl\": \"%s\"}".formatted(receiver.url("/slack")));
        connect(
                "order.paid",
                "mailjet-sms",
                "{\"apiUrl\": \"%s\", \"token\": \"t\", \"from\": \"Shop\", \"to\": \"+33600000000\"}"
                        .formatted(receiver.url("")));
        connect("order.paid", "http", "{\"url\": \"%s\"}".formatted(receiver.url("/app")));

        var event = publishData("order.paid", Json.read("{\"n\":1}"));

        await().atMost(SOON).untilAsserted(() -> assertThat(deliveries("event=" + event))
                .extracting(d -> d.path("status").textValue())
                .containsExactly("succeeded", "succeeded", "succeeded"));
        assertThat(List.of(count("/slack"), count("/v4/sms-send"), count("/app")))
                .containsExactly(1L, 2L, 1L);
    }

    @Test
    @DisplayName("R8: an event starts a workflow of Zapier, Make or n8n by its URL")
    void r8() {
        var answers = Map.of(
                "/hooks/catch/1/abc/", "{\"status\":\"success\",\"id\":\"1\"}",
                "/make-token", "Accepted",
                "/webhook/n8n-path", "{\"message\":\"Workflow was started\"}");
        receiver.answers((request, exchange) ->
                Receiver.text(200, answers.get(request.path())).to(request, exchange));
        connect("user.registered", "zapier", """
                {"webhookUrl": "%s", "body": "$merge([{'event': type}, data])"}
                """.formatted(receiver.url("/hooks/catch/1/abc/")));
        connect(
                "user.registered",
                "make",
                "{\"webhookUrl\": \"%s\", \"apiKey\": \"k3y\"}".formatted(receiver.url("/make-token")));
        connect("user.registered", "n8n", """
                {"webhookUrl": "%s", "headers": {"X-Auth": "s3cret"}, "body": "data"}
                """.formatted(receiver.url("/webhook/n8n-path")));

        var event = publishData("user.registered", Json.read("{\"email\":\"ana@example.com\"}"));

        await().atMost(SOON).untilAsserted(() -> assertThat(deliveries("event=" + event))
                .extracting(d -> d.path("status").textValue() + d.path("attemptCount"))
                .containsExactly("succeeded1", "succeeded1", "succeeded1"));
        assertThat(receiver.received()).hasSize(3).allSatisfy(r -> assertThat(r.method())
                .isEqualTo("POST"));
        assertThat(at("/hooks/catch/1/abc/").body())
                .isEqualTo("{\"event\":\"user.registered\",\"email\":\"ana@example.com\"}");
        assertThat(at("/make-token").header("x-make-apikey")).isEqualTo("k3y");
        assertThat(body(at("/make-token")).path("id").textValue()).isEqualTo(event);
        assertThat(body(at("/make-token")).at("/data/email").textValue()).isEqualTo("ana@example.com");
        assertThat(at("/webhook/n8n-path").header("X-Auth")).isEqualTo("s3cret");
        assertThat(at("/webhook/n8n-path").body()).isEqualTo("{\"email\":\"ana@example.com\"}");
    }

    private void connect(String event, String connector, String config) {
        create("{\"event\":\"%s\",\"connector\":\"%s\",\"config\":%s,\"retry\":{\"schedule\":[\"1s\"]}}"
                .formatted(event, connector, config));
    }

    private long count(String path) {
        return receiver.received().stream()
                .map(Received::path)
                .filter(path::equals)
                .count();
    }

    private Received at(String path) {
        return receiver.received().stream()
                .filter(r -> r.path().equals(path))
                .findFirst()
                .orElseThrow();
    }
}
