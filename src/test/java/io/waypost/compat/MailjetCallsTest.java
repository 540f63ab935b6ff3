package io.waypost.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.platform.Json;
import io.waypost.testing.Api;
import io.waypost.testing.Receiver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A client of Mailjet's event callback URLs, unchanged. */
class MailjetCallsTest extends Calls {

    private static final String PATH = "/v3/REST/eventcallbackurl";
    private static final String OPENED = "message.opened";

    @Test
    @DisplayName(
            "J7: made by the vendor's own request, with a password and a port in the URL; version 2 sends an array")
    void created() {
        var url = receiver.url().replace("http://", "http://user:secret@");
        var request = fixture("api/mailjet.eventcallbackurl.request.json")
                .replace("https://user:secret@gateway.example.com:8443/in/mailjet", url);

        var created = call("POST", PATH, request).expect(201).json();

        assertThat(created.path("Count").intValue()).isEqualTo(1);
        assertThat(created.path("Total").intValue()).isEqualTo(1);
        var callback = created.at("/Data/0");
        assertThat(callback.path("ID").isIntegralNumber()).isTrue();
        assertThat(callback.path("EventType").textValue()).isEqualTo("open");
        assertThat(callback.path("IsBackup").booleanValue()).isFalse();
        assertThat(callback.path("Status").textValue()).isEqualTo("alive");
        assertThat(callback.path("Version").intValue()).isEqualTo(2);
        assertThat(callback.path("Url").textValue()).doesNotContain("secret").contains("user:***@");
        publish(OPENED, "mailjet.open.json");
        awaitReceived(1);
        var received = receiver.received().getFirst();
        assertThat(body(received))
                .isEqualTo(Json.MAPPER.createArrayNode().add(Json.read(fixture("mailjet.open.json"))));
        assertThat(received.body()).contains("\"MessageID\":20547678344812791");
        assertThat(received.header("authorization")).isEqualTo(basic("user", "secret"));
        assertThat(theOne("mailjet").at("/retry/profile").textValue()).isEqualTo("mailjet");
    }

    @Test
    @DisplayName("J8: version 2 groups the events of a second")
    void aGroup() {
        call(
                        "POST",
                        PATH,
                        fixture("api/mailjet.eventcallbackurl.request.json")
                                .replace("https://user:secret@gateway.example.com:8443/in/mailjet", receiver.url()))
                .expect(201);

        for (int i = 0; i < 3; i++) {
            publish(OPENED, "mailjet.open.json");
        }

        await().atMost(SOON)
                .until(() -> receiver.received().stream()
                                .mapToInt(request -> body(request).size())
                                .sum()
                        == 3);
        assertThat(theOne("mailjet").at("/batch/maxWait").textValue()).isEqualTo("1s");
    }

    @Test
    @DisplayName("J8, J9: one URL for each of the seven events; version 1 is an object; others do not reach it")
    void sevenEvents() {
        var types = List.of("sent", "open", "click", "bounce", "blocked", "spam", "unsub");
        for (var type : types) {
            call("POST", PATH, order(type, receiver.url("/" + type), false)).expect(201);
        }
        call("POST", PATH, order("typofix", receiver.url("/typofix"), false)).expect(201);
        call("POST", PATH, order("open", receiver.url("/again"), false)).expect(400);
        call("POST", PATH, order("sneeze", receiver.url("/sneeze"), false)).expect(400);

        for (var event : List.of(
                "message.delivered",
                OPENED,
                "message.clicked",
                "message.bounced",
                "message.blocked",
                "message.complained",
                "subscriber.opted_out")) {
            publish("{\"type\":\"%s\",\"data\":{\"contact\":{\"email\":\"a@example.com\"}}}".formatted(event));
        }

        awaitReceived(7);
        assertThat(receiver.received()).allSatisfy(r -> assertThat(r.path())
                .isEqualTo("/" + body(r).path("event").textValue()));
        assertThat(call("GET", PATH, null).expect(200).json().path("Count").intValue())
                .isEqualTo(8);
    }

    @Test
    @DisplayName("J7: when the URL is dead its backup takes over, waiting events included, until a new URL is set")
    void backup() {
        try (var spare = new Receiver().answers(200)) {
            receiver.answers(500);
            var main = callback(order("open", receiver.url(), false));
            call("POST", PATH, order("click", spare.url(), true)).expect(400);
            var backup = callback(order("open", spare.url(), true));
            assertThat(backup.path("IsBackup").booleanValue()).isTrue();
            var first = publish(OPENED, "mailjet.open.json");
            awaitReceived(1);

            fail(first, 11);

            await().atMost(SOON).untilAsserted(() -> assertThat(status(main)).isEqualTo("dead"));
            gateway.clock().advance(Duration.ofMinutes(1));
            awaitDelivery(first, "succeeded");
            var second = publish(OPENED, "mailjet.open.json");
            awaitDelivery(second, "succeeded");
            assertThat(spare.received()).extracting(Receiver.Received::id).containsExactly(first, second);
            assertThat(status(backup)).isEqualTo("alive");
            assertThat(theOne("mailjet").path("active").booleanValue()).isTrue();
            assertThat(theOne("mailjet").at("/backup/lastError").textValue()).contains("500");

            receiver.answers(200).received().clear();
            call("PUT", PATH + "/" + main.path("ID"), "{\"Url\":\"%s\"}".formatted(receiver.url("/new")))
                    .expect(200);

            assertThat(status(main)).isEqualTo("alive");
            awaitDelivery(publish(OPENED, "mailjet.open.json"), "succeeded");
            assertThat(receiver.received()).extracting(Receiver.Received::path).containsExactly("/new");
        }
    }

    @Test
    @DisplayName("J7: without a backup a dead URL gets nothing until a new one is set, and then what it missed")
    void dead() {
        receiver.answers(500);
        var main = callback(order("open", receiver.url(), false));
        var event = publish(OPENED, "mailjet.open.json");
        awaitReceived(1);
        fail(event, 11);
        await().atMost(SOON).untilAsserted(() -> assertThat(status(main)).isEqualTo("dead"));
        receiver.answers(200).received().clear();

        call("PUT", PATH + "/" + main.path("ID"), "{\"Url\":\"%s\"}".formatted(receiver.url("/new")))
                .expect(200);

        awaitDelivery(event, "succeeded");
        assertThat(status(main)).isEqualTo("alive");
    }

    @Test
    @DisplayName("J7: of URLs for the same event that are set at the same moment one is taken, and so of its backups")
    void atTheSameMoment() throws Exception {
        for (var type : List.of("sent", "open", "click")) {
            for (var backup : List.of(false, true)) {
                var calls = IntStream.range(0, 6)
                        .<Callable<Api.Answer>>mapToObj(
                                i -> () -> call("POST", PATH, order(type, receiver.url("/" + i), backup)))
                        .toList();

                assertThat(atOnce(calls)).containsExactly(201, 400, 400, 400, 400, 400);
            }
        }
        assertThat(call("GET", PATH, null).expect(200).json().path("Count").intValue())
                .isEqualTo(6);
    }

    @Test
    void deletedByNumberOrKey() {
        var main = callback(order("open", receiver.url(), false));
        var backup = callback(order("open", receiver.url("/backup"), true));
        assertThat(call("GET", PATH + "/open|true".replace("|", "%7C"), null)
                        .expect(200)
                        .json()
                        .at("/Data/0"))
                .isEqualTo(backup);

        call("DELETE", PATH + "/" + backup.path("ID"), null).expect(204);
        assertThat(call("GET", PATH, null).json().path("Data")).containsExactly(main);
        call("DELETE", PATH + "/open%7Cfalse", null).expect(204);

        call("GET", PATH + "/" + main.path("ID"), null).expect(404);
        assertThat(call("GET", PATH, null).json().path("Total").intValue()).isZero();
        bare.get(PATH).expect(401);
        bare.send("GET", PATH, null, "Authorization", basic("default", key)).expect(401);
    }

    /** Lets so many attempts fail over a day and more. */
    private void fail(String event, int attempts) {
        for (int i = 1; i < attempts; i++) {
            var made = i;
            await().atMost(SOON).untilAsserted(() -> assertThat(deliveries("event=" + event)
                            .getFirst()
                            .path("attemptCount")
                            .intValue())
                    .isEqualTo(made));
            gateway.clock().advance(Duration.ofHours(i == 1 ? 25 : 1));
        }
    }

    private String status(JsonNode callback) {
        return call("GET", PATH + "/" + callback.path("ID"), null)
                .expect(200)
                .json()
                .at("/Data/0/Status")
                .textValue();
    }

    private JsonNode callback(String order) {
        return call("POST", PATH, order).expect(201).json().at("/Data/0");
    }

    private static String order(String type, String url, boolean backup) {
        return "{\"EventType\":\"%s\",\"Url\":\"%s\",\"IsBackup\":%s}".formatted(type, url, backup);
    }

    private Api.Answer call(String method, String path, String body) {
        return bare.send(method, path, body, "Authorization", basic(tenant, key));
    }
}
