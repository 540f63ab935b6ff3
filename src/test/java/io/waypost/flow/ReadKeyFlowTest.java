package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.platform.Json;
import io.waypost.testing.Api;
import io.waypost.testing.Receiver;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a key with the scope read alone cannot get at, however curious its owner. */
class ReadKeyFlowTest extends Flow {

    private Api reader;

    @BeforeEach
    void makeReader() {
        reader = key("read");
    }

    private Api key(String scopes) {
        var tenant = tenant();
        return api.with(gateway.admin()
                .post(
                        "/v1/tenants/%s/keys".formatted(tenant),
                        "{\"name\":\"some\",\"scopes\":[\"%s\"]}".formatted(scopes.replace(",", "\",\"")))
                .expect(201)
                .json()
                .path("key")
                .textValue());
    }

    private String tenant() {
        var id = create("{\"event\":\"a.b\",\"url\":\"%s\"}".formatted(receiver.url()));
        return subscription(id).path("tenant").textValue();
    }

    @Test
    void theRememberedAnswerToARotationIsForTheKeyThatAskedForIt() {
        var path = "/v1/subscriptions/%s/secret/rotate".formatted(subscribe(""));
        var rotated = api.post(path, null, "Idempotency-Key", "rotate-1").expect(200);

        var guessed = reader.post(path, null, "Idempotency-Key", "rotate-1");

        assertThat(guessed.text()).doesNotContain(rotated.json().path("secret").textValue());
        assertThat(guessed.status()).isEqualTo(403);
        assertThat(api.post(path, null, "Idempotency-Key", "rotate-1")
                        .expect(200)
                        .text())
                .isEqualTo(rotated.text());
        var another = key("manage").post(path, null, "Idempotency-Key", "rotate-1");
        assertThat(another.expect(200).text()).isNotEqualTo(rotated.text());
    }

    @Test
    void aRequestThatIsNotAllowedIsNotHeldUpByItsTwinNorInItsWay() {
        var path = "/v1/subscriptions/%s/secret/rotate".formatted(subscribe(""));

        assertThat(reader.post(path, null, "Idempotency-Key", "first").status()).isEqualTo(403);
        assertThat(reader.post(path, "{\"grace\":\"1h\"}", "Idempotency-Key", "first")
                        .status())
                .isEqualTo(403);
        api.post(path, "{\"grace\":\"2h\"}", "Idempotency-Key", "first").expect(200);
    }

    @Test
    void activationLinksAreForTheOwnerAndForKeysThatMayActivate() {
        try (var owner = new Receiver()) {
            // Whoever is told of it may answer with all that it was sent, in whatever clothes.
            owner.answers((request, exchange) -> Receiver.text(
                            200,
                            "got " + request.body() + Json.write(Json.object().put("it", request.body())))
                    .to(request, exchange));
            var owners = subscribeTo("webhook.deactivated", owner.url(), "\"transform\":\"data.activationLink\"");
            receiver.answers(410);
            var id = subscribe("");
            publish(1);
            awaitState(id, "deactivated");
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(owner.received()).hasSize(1));
            var link = Json.read(owner.received().getFirst().body()).textValue();
            var token = link.substring(link.lastIndexOf('/') + 1);
            var signature = token.substring(token.lastIndexOf('.') + 1);
            var told = api.get("/v1/events?type=webhook.deactivated").json().at("/data/0");
            await().atMost(SOON).untilAsserted(() -> assertThat(deliveries("subscription=" + owners))
                    .extracting(d -> d.path("status").textValue())
                    .containsExactly("succeeded"));
            var delivery = deliveries("subscription=" + owners).getFirst();

            assertThat(told.at("/data/activationLink").textValue()).isEqualTo(link);
            for (var path : new String[] {
                "/v1/events",
                "/v1/events?type=webhook.deactivated",
                "/v1/events/" + told.path("id").textValue(),
                "/v1/events/%s/explain?subscription=%s"
                        .formatted(told.path("id").textValue(), owners),
                "/v1/deliveries",
                "/v1/deliveries/" + delivery.path("id").textValue(),
                "/v1/subscriptions",
                "/v1/subscriptions/" + id
            }) {
                assertThat(reader.get(path).expect(200).text()).as(path).doesNotContain(signature);
            }
            assertThat(reader.get("/v1/events/" + told.path("id").textValue())
                            .json()
                            .at("/data/activationLink")
                            .textValue())
                    .startsWith(link.substring(0, link.indexOf("/activate/")))
                    .contains("***");
            assertThat(api.with(null).get("/activate/" + token).expect(200).text())
                    .contains("Switch it on again?");
        }
    }

    @Test
    void theMetricsOfAllTenantsAreForAdminKeys() {
        var id = subscribe("");

        for (var scopes : new String[] {"read", "manage", "publish", "publish,manage,read"}) {
            var answer = key(scopes).get("/actuator/prometheus");
            assertThat(answer.status()).as(scopes).isEqualTo(403);
            assertThat(answer.text()).doesNotContain(id);
        }
        assertThat(gateway.admin().get("/actuator/prometheus").expect(200).text())
                .contains("jvm_memory");
        assertThat(reader.get("/actuator/health").expect(200).json().path("components"))
                .isEmpty();
    }
}
