package io.waypost.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.platform.Json;
import io.waypost.testing.Api;
import io.waypost.testing.Gateway;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A client of GetResponse's callbacks, unchanged. */
class GetResponseCallsTest extends Calls {

    private static final String PATH = "/v3/accounts/callbacks";

    @Test
    @DisplayName("R13: one URL for the account, set, read and deleted by the vendor's own requests")
    void managed() {
        call("GET", null).expect(404);
        call("DELETE", null).expect(404);
        var request = wire("api/getresponse.callbacks.request.json", "/callback");

        assertThat(call("POST", request).expect(200).json()).isEqualTo(Json.read(request));

        assertThat(call("GET", null).expect(200).json()).isEqualTo(Json.read(request));
        var fewer = "{\"url\":\"%s\",\"actions\":{\"open\":true}}".formatted(receiver.url("/fewer"));
        call("POST", fewer).expect(200);
        assertThat(call("GET", null).json().at("/actions/click").booleanValue()).isFalse();
        assertThat(theOne("getresponse").path("events")).hasToString("[\"message.opened\"]");
        call("POST", "{\"url\":\"%s\",\"actions\":{}}".formatted(receiver.url()))
                .expect(400);
        call("DELETE", null).expect(204);
        call("GET", null).expect(404);
    }

    @Test
    @DisplayName("R13: a callback is a GET with the vendor's query, made once")
    void delivered() {
        call("POST", wire("api/getresponse.callbacks.request.json", "/callback"))
                .expect(200);
        receiver.answers(500);

        var event = publish("message.clicked", "getresponse.callback.click.json");

        assertThat(awaitDelivery(event, "exhausted").path("attemptCount").intValue())
                .isEqualTo(1);
        var request = receiver.received().getFirst();
        var documented = fixture("wire/getresponse.callback.click.query.txt").split(" ")[1];
        assertThat(request.method()).isEqualTo("GET");
        assertThat("/callback?" + request.query()).isEqualTo(documented);
        assertThat(theOne("getresponse").path("timeout").textValue()).isEqualTo("4s");
    }

    @Test
    @DisplayName("callbacks that are set at the same moment replace each other")
    void atTheSameMoment() throws Exception {
        var calls = IntStream.range(0, 6)
                .<Callable<Api.Answer>>mapToObj(i -> () ->
                        call("POST", "{\"url\":\"%s\",\"actions\":{\"open\":true}}".formatted(receiver.url("/" + i))))
                .toList();

        for (int i = 0; i < 3; i++) {
            assertThat(atOnce(calls)).containsOnly(200);

            assertThat(theOne("getresponse").path("events")).hasToString("[\"message.opened\"]");
            call("DELETE", null).expect(204);
        }
    }

    @Test
    void aWrongKeyIsTold() {
        bare.get(PATH).expect(401);
        bare.send("GET", PATH, null, "X-Auth-Token", "api-key wrong").expect(401);
        bare.send("GET", PATH, null, "X-Auth-Token", key).expect(404);
    }

    @Test
    @DisplayName("switched off, the calls are not there, with a key or without")
    void switchedOff() {
        var off = new Api(Gateway.shared().url(), null);
        for (var path : new String[] {
            PATH, "/v3/REST/eventcallbackurl", "/Contact/7/Webhooks", "/webservice/webservice/json/GetWebHooks"
        }) {
            off.get(path).expect(404);
            off.with(Gateway.ADMIN_KEY).get(path).expect(404);
            off.send("POST", path, "{}", "X-Auth-Token", "api-key " + Gateway.ADMIN_KEY)
                    .expect(404);
        }
        off.get("/v3/other").expect(401);
    }

    private Api.Answer call(String method, String body) {
        return bare.send(method, PATH, body, "X-Auth-Token", "api-key " + key);
    }
}
