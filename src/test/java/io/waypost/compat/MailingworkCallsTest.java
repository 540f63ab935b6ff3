package io.waypost.compat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.platform.Json;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client of MAILINGWORK's web service, unchanged. */
class MailingworkCallsTest extends Calls {

    private static final String OPTIN = "subscriber.opted_in";
    private static final String FIXTURE = "mailingwork.optin_finalized.json";

    @Test
    @DisplayName("M3, M5, M9: the vendor's own sample of a call makes a webhook that delivers the vendor's own body")
    void theVendorsSample() {
        var sample = fixture("wire/mailingwork.createwebhook.request.form.txt")
                .split("\\R\\R")[1]
                .strip();
        var request = sample.replace("API_USER", tenant)
                .replace("API_PASSWORD", key)
                .replaceAll("url=.*", form(Map.of("url", receiver.url())));

        var created = post("createwebhook", request);

        assertThat(created.path("error").intValue()).isZero();
        assertThat(created.path("message").textValue()).isEqualTo("ok");
        assertThat(created.path("result").isIntegralNumber()).isTrue();
        var webhook = theOne("newsletter-optin");
        assertThat(webhook.path("active").booleanValue()).isTrue();
        assertThat(webhook.at("/retry/profile").textValue()).isEqualTo("mailingwork");
        publish(OPTIN, FIXTURE);
        awaitReceived(1);
        assertThat(body(receiver.received().getFirst())).isEqualTo(Json.read(fixture(FIXTURE)));
        assertThat(receiver.received().getFirst().header("content-type")).isEqualTo("application/json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"createwebhook", "CreateWebHook", "CreateWebhook", "CREATEWEBHOOK"})
    @DisplayName("M7: functions in any letter case")
    void anyLetterCase(String function) {
        assertThat(create(function, "crm", "optin_finalized").path("error").intValue())
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"advanced[app],advanced[event],url", "APP,Event,URL"})
    @DisplayName("M9: parameters by their plain and by their advanced names")
    void advancedNames(String names) {
        var all = names.split(",");
        var fields = account();
        fields.put(all[0], "crm");
        fields.put(all[1], "optout_finalized");
        fields.put(all[2], receiver.url());

        assertThat(post("createwebhook", form(fields)).path("error").intValue()).isZero();

        assertThat(theOne("crm").path("events")).hasToString("[\"subscriber.opted_out\"]");
    }

    @ParameterizedTest
    @CsvSource({
        "'',optin_finalized,http://x.example/,2,No app",
        "crm,'',http://x.example/,3,No event",
        "crm,optin_finalized,'',4,No url",
        "crm,sneezed,http://x.example/,6,Invalid event",
        "crm,optin_finalized,ftp://x.example/,7,Invalid url"
    })
    @DisplayName("M9, M11, M12: all three are required, and errors are counted in their order")
    void errors(String app, String event, String url, int code, String message) {
        var fields = account();
        fields.put("app", app);
        fields.put("event", event);
        fields.put("url", url);

        var answer = post("CreateWebHook", form(fields));

        assertThat(answer.path("error").intValue()).isEqualTo(code);
        assertThat(answer.path("message").textValue()).startsWith(message);
        assertThat(answer.path("result").isNull()).isTrue();
    }

    @Test
    void aWrongLoginAndAnUnknownFunctionAreErrorOne() {
        var fields = account();
        fields.put("password", "wrong");
        assertThat(post("GetWebHooks", form(fields)).path("error").intValue()).isEqualTo(1);
        fields.put("password", key);
        fields.put("username", "default");
        assertThat(post("GetWebHooks", form(fields)).path("error").intValue()).isEqualTo(1);
        assertThat(call("GetLists", Map.of()).path("error").intValue()).isEqualTo(1);
        fields.put("username", tenant);
        fields.put("password", key("read"));
        assertThat(post("GetWebHooks", form(fields)).path("error").intValue()).isEqualTo(1);
    }

    @Test
    @DisplayName("M4, M10, M13, M14: all webhooks are listed, Zapier's too, and filtered by app and event")
    void list() {
        var first =
                create("CreateWebHook", "crm", "optin_finalized").path("result").longValue();
        var second = create("CreateWebHook", "crm", "optout_finalized")
                .path("result")
                .longValue();
        api.post("/hooks", "{\"target_url\":\"%s\",\"event\":\"%s\"}".formatted(receiver.url(), OPTIN))
                .expect(201);

        assertThat(listed(Map.of())).hasSize(3);
        assertThat(listed(Map.of("app", "crm")).findValuesAsText("id")).containsExactly("" + first, "" + second);
        assertThat(listed(Map.of("app", "zapier")).findValuesAsText("event")).containsExactly("optin_finalized");
        assertThat(listed(Map.of("advanced[app]", "crm", "advanced[event]", "optin_finalized"))
                        .findValuesAsText("id"))
                .containsExactly("" + first);
        assertThat(listed(Map.of("app", "nobody"))).isEmpty();
        assertThat(listed(Map.of("event", "optin_finalized", "app", "crm")).get(0))
                .hasToString("{\"id\":%d,\"app\":\"crm\",\"event\":\"optin_finalized\",\"url\":\"%s\",\"active\":1}"
                        .formatted(first, receiver.url()));
    }

    @Test
    @DisplayName("M6, M15, M16: activated again, with what was missed if replayEvents is 1")
    void activate() {
        var id =
                create("CreateWebHook", "crm", "optin_finalized").path("result").asText();
        var subscription = theOne("crm").path("id").textValue();
        for (var replay : new String[] {"replayEvents", "advanced[replayEvents]"}) {
            receiver.received().clear();
            api.post("/v1/subscriptions/" + subscription + "/deactivate", null).expect(200);
            assertThat(listed(Map.of()).get(0).path("active").intValue()).isZero();
            publish(OPTIN, FIXTURE);
            awaitBuffered(subscription, 1);

            assertThat(call("activatewebhook", Map.of("webhookId", id, replay, "1"))
                            .path("error")
                            .intValue())
                    .isZero();

            awaitReceived(1);
            assertThat(listed(Map.of()).get(0).path("active").intValue()).isEqualTo(1);
        }
        api.post("/v1/subscriptions/" + subscription + "/deactivate", null).expect(200);
        publish(OPTIN, FIXTURE);
        awaitBuffered(subscription, 1);
        call("ActivateWebHook", Map.of("id", id));
        awaitBuffered(subscription, 0);
        assertThat(call("ActivateWebHook", Map.of("id", id)).path("error").intValue())
                .isZero();
        assertThat(receiver.received()).hasSize(1);
        assertThat(call("ActivateWebHook", Map.of()).path("error").intValue()).isEqualTo(2);
        assertThat(call("ActivateWebHook", Map.of("id", "0")).path("error").intValue())
                .isEqualTo(3);
    }

    @Test
    @DisplayName("M17: deleted by id, and nobody deletes another's")
    void delete() {
        var id =
                create("CreateWebHook", "crm", "optin_finalized").path("result").asText();
        var fields = account();
        fields.put("webhookId", id);
        var mine = form(fields);
        open();
        assertThat(call("DeleteWebHookById", Map.of("webhookId", id))
                        .path("error")
                        .intValue())
                .isEqualTo(3);

        assertThat(post("deletewebhookbyid", mine).path("error").intValue()).isZero();

        assertThat(post("deletewebhookbyid", mine).path("error").intValue()).isEqualTo(3);
    }

    @Test
    @DisplayName("M11: an opt-in counts when it was confirmed")
    void onlyConfirmed() {
        create("CreateWebHook", "crm", "optin_finalized");

        publish("{\"type\":\"%s\",\"data\":{\"confirmed\":false,\"contact\":{\"email\":\"a@example.com\"}}}"
                .formatted(OPTIN));
        var confirmed =
                publish("{\"type\":\"%s\",\"data\":{\"confirmed\":true,\"contact\":{\"email\":\"b@example.com\"}}}"
                        .formatted(OPTIN));

        awaitDelivered(confirmed);
        assertThat(receiver.received()).hasSize(1);
    }

    private JsonNode create(String function, String app, String event) {
        return call(function, Map.of("app", app, "event", event, "url", receiver.url()));
    }

    private JsonNode listed(Map<String, String> filter) {
        return call("getWebHooks", filter).path("result");
    }

    private Map<String, String> account() {
        var fields = new LinkedHashMap<String, String>();
        fields.put("username", tenant);
        fields.put("password", key);
        return fields;
    }

    private JsonNode call(String function, Map<String, String> more) {
        var fields = account();
        fields.putAll(more);
        return post(function, form(fields));
    }

    private JsonNode post(String function, String form) {
        return bare.post(
                        "/webservice/webservice/json/" + function,
                        form,
                        "Content-Type",
                        "application/x-www-form-urlencoded")
                .expect(200)
                .json();
    }

    @Test
    @DisplayName("A GET has no body")
    void get() {
        var query = form(Map.of("username", tenant, "password", key));

        assertThat(bare.get("/webservice/webservice/json/getwebhooks?" + query)
                        .expect(200)
                        .json()
                        .path("error")
                        .intValue())
                .isZero();
    }

    @Test
    @DisplayName("Who has no key, which stands in the body, takes nothing from those who have one")
    void bodiesThatDoNotCome() throws Exception {
        var sockets = new ArrayList<Socket>();
        try {
            for (int i = 0; i < 300; i++) {
                // Forty of them announce as much as other calls may have.
                var length = i < 40 ? 1024 * 1024 : 60_000;
                var socket = new Socket(
                        InetAddress.getLoopbackAddress(),
                        URI.create(gateway.url()).getPort());
                sockets.add(socket);
                socket.getOutputStream()
                        .write(
                                "POST /webservice/webservice/json/getwebhooks HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
                                        .formatted(length)
                                        .getBytes(StandardCharsets.US_ASCII));
            }

            subscribe("");
            assertThat(bare.post("/webservice/webservice/json/getwebhooks", "x".repeat(70_000))
                            .status())
                    .isIn(413, 503);
        } finally {
            for (var socket : sockets) {
                socket.close();
            }
        }
    }
}
