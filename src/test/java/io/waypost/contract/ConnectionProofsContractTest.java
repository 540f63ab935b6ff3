package io.waypost.contract;

import static io.waypost.testing.Pems.pem;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.platform.Json;
import io.waypost.testing.Api;
import io.waypost.testing.TlsReceiver;
import io.waypost.testing.TokenServer;
import io.waypost.testing.TokenServer.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a connection is tried with when it is saved and when somebody asks: certificates and token endpoints. */
class ConnectionProofsContractTest extends Contract {

    private static final String AT = "/v1/connections";

    private Api.Answer post(String kind, String config) {
        return api.post(AT, "{\"name\":\"CRM\",\"kind\":\"%s\",\"config\":%s}".formatted(kind, config));
    }

    private static String oauth2(TokenServer tokens) {
        return "{\"tokenUrl\":\"%s\",\"clientId\":\"me\",\"clientSecret\":\"s3cret\",\"scope\":\"a b\"}"
                .formatted(tokens.url());
    }

    private static String mtls(String certificate, String key) {
        return Json.write(Json.object()
                .put("certificate", pem(certificate))
                .put("privateKey", pem(key))
                .put("ca", pem("ca.pem")));
    }

    @ParameterizedTest
    @CsvSource({
        "client-ec.pem,client-rsa.key,/config/privateKey,is another",
        "expired.pem,expired.key,/config/certificate,valid until 2020-01-31",
        "client-ec.key,client-ec.key,/config/certificate,certificates alone"
    })
    void aCertificateThatCannotWorkIsRefused(String certificate, String key, String pointer, String detail) {
        var problem = invalid(post("mtls", mtls(certificate, key)), pointer);

        assertThat(problem.at("/errors/0/detail").textValue()).contains(detail);
    }

    @Test
    void aClientCertificateIsShownToTheReceiver() {
        try (var tls = new TlsReceiver(true)) {
            var saved = post("mtls", mtls("client-rsa.pem", "client-rsa.pkcs1.key"))
                    .expect(201)
                    .json();
            assertThat(saved.at("/config/privateKey").textValue()).isEqualTo("***");
            assertThat(saved.at("/config/certificate").textValue()).isEqualTo(pem("client-rsa.pem"));
            var at = AT + "/" + saved.path("id").textValue();
            assertThat(api.post(at + "/check", null).json().path("detail").textValue())
                    .contains("valid until 2119");
            api.post(
                            "/v1/subscriptions",
                            "{\"event\":\"order.created\",\"url\":\"%s\",\"connection\":\"%s\"}"
                                    .formatted(tls.url(), saved.path("id").textValue()))
                    .expect(201);

            awaitDelivery(order("1"), "succeeded");
            assertThat(tls.clients()).containsExactly("CN=client-rsa");
            api.patch(at, Json.write(Json.object().set("config", Json.read(mtls("client-ec.pem", "client-ec.key")))))
                    .expect(200);
            awaitDelivery(order("2"), "succeeded");
            assertThat(tls.clients()).containsExactly("CN=client-rsa", "CN=client-ec");
        }
    }

    @Test
    void ofOauth2TheTokenEndpointIsAskedWhenItIsSaved() {
        try (var tokens = new TokenServer()) {
            tokens.answers((_, _) -> new Reply(401, "{\"error\":\"invalid_client\"}"));
            var problem = invalid(post("oauth2", oauth2(tokens)), "/config");
            assertThat(problem.at("/errors/0/detail").textValue()).contains("status 401: invalid_client");

            tokens.answers((_, _) -> new Reply(503, ""));
            var unproved = post("oauth2", oauth2(tokens)).expect(201).json();
            assertThat(unproved.at("/check/ok").booleanValue()).isFalse();
            assertThat(unproved.at("/check/detail").textValue()).contains("not proved", "503");
            var at = AT + "/" + unproved.path("id").textValue();
            assertThat(api.post(at + "/check", null).expect(200).json())
                    .isEqualTo(json(
                            "{\"ok\":false,\"detail\":\"No token: the token endpoint answered with status 503\"}"));

            tokens.answers((_, number) -> TokenServer.token("t" + number, 3600));
            assertThat(api.post(at + "/check", null).json().path("ok").booleanValue())
                    .isTrue();
            var asked = tokens.asked().size();
            api.patch(at, "{\"name\":\"Else\",\"config\":{\"clientSecret\":\"***\"}}")
                    .expect(200);
            assertThat(tokens.asked()).as("nothing new to prove").hasSize(asked);
            assertThat(api.patch(at, "{\"config\":{\"scope\":null}}")
                            .expect(200)
                            .json()
                            .at("/check/ok")
                            .booleanValue())
                    .isTrue();
            assertThat(tokens.asked().getLast().form()).doesNotContainKey("scope");
        }
    }
}
