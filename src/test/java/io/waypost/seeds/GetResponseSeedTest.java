package io.waypost.seeds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.flow.Flow;
import io.waypost.platform.Json;
import io.waypost.testing.Delays;
import io.waypost.testing.Receiver;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Seed 004: what users of GetResponse find here as well. */
class GetResponseSeedTest extends Flow {

    private static final String OPENED = "message.opened";
    private static final String FIXTURE = "getresponse.webhook.contact_opened_message.json";

    @Test
    @DisplayName("R1: one system's event is in another's hands within seconds, in and out through one product")
    void r1() {
        subscribeTo(OPENED, receiver.url(), "");

        var event = publish(OPENED, FIXTURE);

        await().atMost(Delays.PAUSE)
                .untilAsserted(() -> assertThat(receiver.received()).hasSize(1));
        assertThat(receiver.received().getFirst().id()).isEqualTo(event);
    }

    @Test
    @DisplayName("R1: a batch of events goes in at once and comes out as each its own")
    void r1batch() {
        subscribeTo(OPENED, receiver.url(), "\"transform\":\"data\"");
        var batch = Json.read(fixture("getresponse.webhook.batch.json"));
        var events = Json.MAPPER.createArrayNode();
        batch.forEach(data -> events.addObject().put("type", OPENED).set("data", data));

        api.post("/v1/events", events.toString()).expect(202);

        awaitReceived(batch.size());
        assertThat(receiver.received()).extracting(r -> body(r)).containsExactlyInAnyOrderElementsOf(batch);
    }

    @Test
    @DisplayName("R2: examples of events are shipped, and anything else may be an event as well")
    void r2() {
        for (var type : List.of("user.registered", "payment.completed", "file.uploaded")) {
            assertThat(api.get("/v1/event-types/" + type).expect(200).json().path("schema"))
                    .isNotEmpty();
        }
        subscribeTo("**", receiver.url(), "");

        for (var type : List.of("user.registered", "payment.completed", "file.uploaded", "coffee.brewed")) {
            publish("{\"type\":\"%s\",\"data\":{\"id\":1}}".formatted(type));
        }

        awaitReceived(4);
    }

    @Test
    @DisplayName("R2: a type of one's own has a name and a schema, and what breaks the schema is refused")
    void r2schema() {
        api.put("/v1/event-types/coffee.brewed", """
                        {"description":"A cup is ready",
                         "schema":{"type":"object","required":["cups"],"properties":{"cups":{"type":"integer","minimum":1}}},
                         "example":{"cups":2}}
                        """).expect(200);
        subscribeTo("coffee.brewed", receiver.url(), "");

        var refused = api.post("/v1/events", "{\"type\":\"coffee.brewed\",\"data\":{\"cups\":0}}")
                .expect(422);
        var event = publish("{\"type\":\"coffee.brewed\",\"data\":{\"cups\":1}}");

        assertThat(refused.json().at("/errors/0/pointer").textValue()).isEqualTo("/data/cups");
        awaitDelivered(event);
        assertThat(receiver.received()).hasSize(1);
        assertThat(api.get("/v1/event-types/coffee.brewed")
                        .expect(200)
                        .json()
                        .at("/schema/required/0")
                        .textValue())
                .isEqualTo("cups");
    }

    @Test
    @DisplayName("R3: a POST to the URL that was given, own query parameter included")
    void r3() {
        subscribeTo(OPENED, receiver.url("/hook?secret=xyz"), "");

        publish(OPENED, FIXTURE);

        awaitReceived(1);
        var request = receiver.received().getFirst();
        assertThat(request.method() + " " + request.path() + "?" + request.query())
                .isEqualTo("POST /hook?secret=xyz");
    }

    @Test
    @DisplayName("R3: in GetResponse's profile a 200 counts only with the body {\"status\":\"OK\"}")
    void r3profile() {
        receiver.answers((request, exchange) -> {
            var bodies = List.of("", "{\"status\":\"ERROR\"}", fixture("api/getresponse.webhook.ack.response.json"));
            var turn = Math.min(receiver.received().indexOf(request), 2);
            Receiver.text(200, bodies.get(turn)).to(request, exchange);
        });
        var id = subscribeTo(
                OPENED,
                receiver.url(),
                "\"retry\":{\"profile\":\"getresponse\",\"schedule\":[\"50ms\",\"50ms\",\"50ms\"]}");
        assertThat(subscription(id).path("timeout").textValue()).isEqualTo("5s");

        var event = publish(OPENED, FIXTURE);

        assertThat(awaitDelivery(event, "succeeded").path("attempts"))
                .extracting(a -> a.path("error").textValue())
                .containsExactly("response_rejected", "response_rejected", null);
    }

    @ParameterizedTest
    @ValueSource(ints = {302, 400, 404, 410})
    @DisplayName("R3: in GetResponse's profile a 3xx or 4xx is not tried again, and the subscription stays")
    void r3notRetried(int status) {
        receiver.answers(status);
        var id = subscribeTo(OPENED, receiver.url(), "\"retry\":{\"profile\":\"getresponse\",\"schedule\":[\"50ms\"]}");

        var event = publish(OPENED, FIXTURE);

        assertThat(awaitDelivery(event, "exhausted").path("attemptCount").intValue())
                .isEqualTo(1);
        assertThat(subscription(id).path("active").booleanValue()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500})
    @DisplayName("R3: in GetResponse's profile 429 and 5xx are tried again")
    void r3retried(int status) {
        receiver.answers((request, exchange) -> Receiver.text(
                        receiver.received().size() == 1 ? status : 200, "{\"status\":\"OK\"}")
                .to(request, exchange));
        create(
                "{\"event\":\"%s\",\"config\":{\"url\":\"%s\",\"format\":\"getresponse\"},\"retry\":{\"profile\":\"getresponse\",\"schedule\":[\"50ms\"]}}"
                        .formatted(OPENED, receiver.url()));

        var event = publish(OPENED, FIXTURE);

        assertThat(awaitDelivery(event, "succeeded").path("attemptCount").intValue())
                .isEqualTo(2);
        assertThat(receiver.received()).hasSize(2).allSatisfy(r -> {
            assertThat(body(r)).isEqualTo(Json.read(fixture(FIXTURE)));
            assertThat(r.header("x-webhook-type")).isEqualTo("contact_opened_message");
        });
        assertThat(receiver.received())
                .extracting(r -> r.header("x-webhook-id"))
                .doesNotContainNull()
                .containsOnly(receiver.received().getFirst().header("x-webhook-id"));
        assertThat(receiver.received())
                .extracting(r -> r.header("x-request-id"))
                .doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("R4: metadata and data: id, type, time and attempt beside what happened")
    void r4() {
        subscribeTo(OPENED, receiver.url(), "");
        create("{\"event\":\"%s\",\"config\":{\"url\":\"%s\",\"format\":\"cloudevents\"}}"
                .formatted(OPENED, receiver.url("/ce")));
        var before = gateway.clock().instant().getEpochSecond();

        var event = publish(
                "{\"type\":\"%s\",\"id\":\"gr-1\",\"source\":\"/getresponse\",\"time\":\"2023-04-27T12:56:00Z\",\"data\":%s}"
                        .formatted(OPENED, fixture(FIXTURE)));

        awaitReceived(2);
        assertThat(receiver.received()).allSatisfy(r -> {
            assertThat(r.id()).isEqualTo(event);
            assertThat(r.header("waypost-attempt")).isEqualTo("1");
            assertThat(Long.parseLong(r.header("webhook-timestamp"))).isGreaterThanOrEqualTo(before);
            var body = body(r);
            var time = r.path().equals("/ce") ? "time" : "timestamp";
            assertThat(body.path("type").textValue()).isEqualTo(OPENED);
            assertThat(Instant.parse(body.path(time).textValue())).isEqualTo("2023-04-27T12:56:00Z");
            assertThat(body.path("data")).isEqualTo(Json.read(fixture(FIXTURE)));
        });
        assertThat(receiver.received())
                .filteredOn(r -> r.path().equals("/ce"))
                .singleElement()
                .satisfies(r -> assertThat(body(r).path("source").textValue()).isEqualTo("/getresponse"))
                .satisfies(r -> assertThat(body(r).path("id").textValue()).isEqualTo("gr-1"));
    }

    @Test
    @DisplayName("R5: accepted and stored while the receivers still hang; rules decide who acts on it, and on what")
    void r5() {
        var answering = new CountDownLatch(1);
        receiver.answers(Receiver.onceOpen(answering, Receiver.status(204)));
        try {
            var acting = List.of(
                    rule("/all", ""),
                    rule("/large", "\"filter\":{\"data\":{\"amount\":[{\"numeric\":[\">=\",100]}]}}"),
                    rule("/regular", "\"condition\":\"data.customer.orders > 10\""),
                    rule("/books", "\"transform\":\"{'debit': data.amount, 'of': $uppercase(data.customer.name)}\""));
            rule("/small", "\"filter\":{\"data\":{\"amount\":[{\"numeric\":[\"<\",100]}]}}");
            rule("/new", "\"condition\":\"data.customer.orders <= 10\"");
            rule(
                    "/both",
                    "\"filter\":{\"data\":{\"amount\":[{\"numeric\":[\">=\",100]}]}},\"condition\":\"data.customer.orders <= 10\"");
            subscribeTo(
                    "invoice.paid",
                    receiver.url("/inbound"),
                    "\"condition\":\"data.raw.paid\",\"transform\":\"data.raw\"");

            var event = publish("{\"type\":\"payment.completed\",\"data\":%s}".formatted(PAYMENT));
            api.with(null)
                    .post(source("invoice.paid"), "{\"paid\":true,\"number\":7}")
                    .expect(200);

            awaitReceived(5);
            assertThat(api.get("/v1/events/" + event).expect(200).json().path("data"))
                    .isEqualTo(Json.read(PAYMENT));
            assertThat(api.get("/v1/events?type=invoice.paid")
                            .expect(200)
                            .json()
                            .path("data"))
                    .hasSize(1);
            assertThat(deliveries("status=succeeded"))
                    .as("nobody has answered yet")
                    .isEmpty();

            answering.countDown();
            await().atMost(SOON).untilAsserted(() -> assertThat(deliveries("status=succeeded"))
                    .hasSize(5));
            assertThat(deliveries("event=" + event))
                    .extracting(d -> d.path("subscription").textValue()
                            + d.path("status").textValue())
                    .containsExactlyInAnyOrderElementsOf(
                            acting.stream().map(id -> id + "succeeded").toList());
            assertThat(receiver.received())
                    .extracting(Receiver.Received::path)
                    .containsExactlyInAnyOrder("/all", "/large", "/regular", "/books", "/inbound");
            assertThat(bodyAt("/books")).isEqualTo("{\"debit\":100.00,\"of\":\"ANA\"}");
            assertThat(bodyAt("/inbound")).isEqualTo("{\"paid\":true,\"number\":7}");
        } finally {
            answering.countDown();
        }
    }

    private static final String PAYMENT = "{\"amount\":100.00,\"customer\":{\"name\":\"Ana\",\"orders\":11}}";

    private String rule(String path, String rule) {
        return subscribeTo("payment.completed", receiver.url(path), rule);
    }

    private String source(String type) {
        return api.post("/v1/sources", "{\"source\":\"generic\",\"settings\":{\"type\":\"%s\"}}".formatted(type))
                .expect(201)
                .json()
                .path("url")
                .textValue();
    }

    private String bodyAt(String path) {
        return receiver.received().stream()
                .filter(r -> r.path().equals(path))
                .findFirst()
                .orElseThrow()
                .body();
    }
}
