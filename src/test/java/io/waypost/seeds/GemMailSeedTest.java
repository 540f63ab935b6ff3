package io.waypost.seeds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.flow.Flow;
import io.waypost.platform.Json;
import io.waypost.testing.Delays;
import io.waypost.testing.Receiver;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.StreamSupport;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Seed 000: what users of GemMail (a MailWizz platform) find here as well. */
class GemMailSeedTest extends Flow {

    private static final String OPENED = "message.opened";
    private static final String CLICKED = "message.clicked";
    private static final String ITS_CAMPAIGN =
            "\"filter\":{\"data\":{\"campaign\":{\"attributes\":{\"campaign_uid\":[\"gz674trpn64da\"]}}}}";

    @Test
    @DisplayName("G1: an event is pushed within seconds, without any call by the receiver")
    void g1() {
        subscribeTo(OPENED, receiver.url(), "");

        publish(OPENED, "gemmail.open.json");

        await().atMost(Delays.PAUSE)
                .untilAsserted(() -> assertThat(receiver.received()).hasSize(1));
    }

    @Test
    @DisplayName("G2: no handshake, no secret of one's own, unsigned if wanted; of the answer only the status counts")
    void g2() {
        receiver.answers(Receiver.text(200, "{\"error\":\"what stands here is of no account\"}"));
        create("{\"event\":\"%s\",\"config\":{\"url\":\"%s\",\"signing\":\"none\"}}".formatted(OPENED, receiver.url()));

        var event = publish(OPENED, "gemmail.open.json");

        awaitDelivery(event, "succeeded");
        assertThat(receiver.received())
                .as("nothing but the event, so no handshake")
                .singleElement()
                .satisfies(r -> {
                    assertThat(r.id()).isEqualTo(event);
                    assertThat(r.header("webhook-signature")).isNull();
                });
    }

    @Test
    @DisplayName("G3: POST unless GET or PUT is chosen")
    void g3() {
        subscribeTo(OPENED, receiver.url("/default"), "");
        for (var method : List.of("PUT", "GET")) {
            create("{\"event\":\"%s\",\"config\":{\"url\":\"%s\",\"method\":\"%s\"},\"transform\":\"data.event\"}"
                    .formatted(OPENED, receiver.url("/" + method), method));
        }

        publish(OPENED, "gemmail.open.json");

        awaitReceived(3);
        assertThat(receiver.received())
                .extracting(r -> r.method() + " " + r.path())
                .containsExactlyInAnyOrder("POST /default", "PUT /PUT", "GET /GET");
        assertThat(receiver.received())
                .filteredOn(r -> r.method().equals("GET"))
                .singleElement()
                .satisfies(r -> assertThat(r.body()).isEmpty())
                .satisfies(r -> assertThat(r.query()).startsWith("type=open&ip_address=203.0.113.24&user_agent="));
    }

    @Test
    @DisplayName("G4: XML and JSON of one event carry the same values")
    void g4() throws Exception {
        for (var format : List.of("json", "xml")) {
            create("{\"event\":\"%s\",\"config\":{\"url\":\"%s\",\"format\":\"%s\"}}"
                    .formatted(OPENED, receiver.url("/" + format), format));
        }

        publish(OPENED, "gemmail.open.json");

        awaitReceived(2);
        var json = at("/json");
        assertThat(json.header("content-type")).isEqualTo("application/json");
        assertThat(at("/xml").header("content-type")).startsWith("application/xml");
        var document = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(at("/xml").body().getBytes(StandardCharsets.UTF_8)));
        assertThat(Leaves.of(document.getDocumentElement()))
                .hasSizeGreaterThan(15)
                .isEqualTo(Leaves.of(body(json)));
    }

    @Test
    @DisplayName("G5: the URL is all a campaign's webhook needs, and other campaigns do not trigger it")
    void g5() {
        create("{\"event\":\"%s\",\"url\":\"%s\",%s}".formatted(OPENED, receiver.url(), ITS_CAMPAIGN));
        var other = (ObjectNode) Json.read(fixture("gemmail.open.json"));
        ((ObjectNode) other.at("/campaign/attributes")).put("campaign_uid", "another");

        publishData(OPENED, other);
        var event = publish(OPENED, "gemmail.open.json");

        awaitDelivered(event);
        assertThat(receiver.received()).hasSize(1);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"gemmail.open.json", "gemmail.click.json"})
    @DisplayName("G6, G12, G14: JSON, the vendor's body to the last field, custom fields by tag name")
    void g6(String fixture) {
        subscribeTo(OPENED, receiver.url(), "\"transform\":\"data\",\"retry\":{\"profile\":\"gemmail\"}");

        publish(OPENED, fixture);

        awaitReceived(1);
        var request = receiver.received().getFirst();
        assertThat(request.method()).isEqualTo("POST");
        assertThat(request.header("content-type")).isEqualTo("application/json");
        assertThat(body(request)).isEqualTo(Json.read(fixture(fixture)));
        assertThat(body(request).at("/subscriber/fields/FNAME").textValue()).isEqualTo("Ana");
    }

    @Test
    @DisplayName("G7: several URLs for one campaign and event, each with its own retries")
    void g7() {
        try (var broken = new Receiver().answersInTurn(500, 500, 200)) {
            var quick = ITS_CAMPAIGN + ",\"retry\":{\"schedule\":[\"50ms\",\"50ms\"]}";
            var first = subscribeTo(OPENED, receiver.url(), quick);
            var second = subscribeTo(OPENED, broken.url(), quick);

            var event = publish(OPENED, "gemmail.open.json");

            await().atMost(SOON).untilAsserted(() -> assertThat(deliveries("event=" + event))
                    .extracting(d -> d.path("subscription").textValue() + " "
                            + d.path("status").textValue() + " "
                            + d.path("attemptCount").intValue())
                    .containsExactlyInAnyOrder(first + " succeeded 1", second + " succeeded 3"));
            assertThat(receiver.received()).hasSize(1);
        }
    }

    @Test
    @DisplayName("G8: subscriber webhooks after opening the campaign: as many URLs as wanted, each of them checked")
    void g8() {
        var more = receiver.url("/b?key=1&list=2");
        create("{\"event\":\"%s\",\"url\":\"%s\",%s}".formatted(OPENED, receiver.url("/a"), ITS_CAMPAIGN));
        create("{\"event\":\"%s\",\"config\":{\"url\":\"%s\"},%s}".formatted(OPENED, more, ITS_CAMPAIGN));
        create("{\"event\":\"%s\",\"url\":\"%s\",%s}".formatted(OPENED, receiver.url("/a"), ITS_CAMPAIGN));
        var https = create(
                "{\"event\":\"%s\",\"url\":\"https://www.example.com/opens\",%s}".formatted(OPENED, ITS_CAMPAIGN));
        var made = webhooks();

        for (var wrong : List.of(
                "/opens",
                "opens",
                "//www.example.com/opens",
                "www.example.com/opens",
                "ftp://www.example.com/opens",
                "javascript:alert(1)",
                "http:",
                "http://",
                "https:///opens",
                "http://www. example.com/opens",
                " http://www.example.com/opens",
                " ",
                "")) {
            for (var url : List.of("\"url\":\"%s\"", "\"config\":{\"url\":\"%s\"}")) {
                var refused = api.post(
                        "/v1/subscriptions",
                        "{\"event\":\"%s\",%s,%s}".formatted(OPENED, url.formatted(wrong), ITS_CAMPAIGN));
                assertThat(refused.status()).as(wrong).isEqualTo(422);
                assertThat(refused.json().path("errors").findValuesAsText("pointer"))
                        .as(wrong)
                        .containsExactly(url.startsWith("\"url") ? "/url" : "/config/url");
            }
        }

        assertThat(webhooks()).hasSize(4).isEqualTo(made);
        api.delete("/v1/subscriptions/" + https).expect(204);
        var event = publish(OPENED, "gemmail.open.json");
        awaitReceived(3);
        assertThat(receiver.received())
                .extracting(r -> r.id() + " " + r.path() + " " + r.query())
                .containsExactlyInAnyOrder(event + " /a null", event + " /a null", event + " /b key=1&list=2");
    }

    @Test
    @DisplayName("G9: opens and clicks are two triggers; a click on a link that is not assigned sends nothing")
    void g9() {
        subscribeTo(OPENED, receiver.url("/opens"), ITS_CAMPAIGN);
        subscribeTo(
                CLICKED,
                receiver.url("/clicks"),
                "\"filter\":{\"data\":{\"campaign\":{\"attributes\":{\"campaign_uid\":[\"gz674trpn64da\"]}},"
                        + "\"event\":{\"clicked_url\":[{\"prefix\":\"https://shop.example.com/offers\"}]}}}");
        var elsewhere = (ObjectNode) Json.read(fixture("gemmail.click.json"));
        ((ObjectNode) elsewhere.path("event")).put("clicked_url", "https://shop.example.com/imprint");

        publishData(CLICKED, elsewhere);
        var open = publish(OPENED, "gemmail.open.json");
        var click = publish(CLICKED, "gemmail.click.json");

        awaitDelivered(open);
        awaitDelivered(click);
        assertThat(receiver.received())
                .extracting(r -> r.path() + " " + r.id())
                .containsExactlyInAnyOrder("/opens " + open, "/clicks " + click);
    }

    @Test
    @DisplayName("G9: copying a campaign copies its webhooks: what is listed of them creates them anew for the copy")
    void g9Copy() {
        var original =
                subscribeTo(OPENED, receiver.url("/opens"), ITS_CAMPAIGN + ",\"retry\":{\"profile\":\"gemmail\"}");
        var opened = Json.read(fixture("gemmail.open.json"));
        var ofCopy = Json.read(opened.toString().replace("gz674trpn64da", "copy-of-gz674"));

        for (var webhook : webhooks()) {
            var definition = ((ObjectNode) webhook).retain("name", "events", "filter", "connector", "config", "retry");
            create(definition.toString().replace("gz674trpn64da", "copy-of-gz674"));
        }

        var copy = webhooks().stream()
                .filter(webhook -> !webhook.path("id").textValue().equals(original))
                .toList();
        assertThat(copy).hasSize(1);
        assertThat(copy.getFirst().at("/retry/profile").textValue()).isEqualTo("gemmail");
        awaitDelivered(publishData(OPENED, opened));
        awaitDelivered(publishData(OPENED, ofCopy));
        assertThat(receiver.received()).hasSize(2);
    }

    @Test
    @DisplayName("G13: the first try and exactly five retries, an hour longer each time; only 200 is success")
    void g13() {
        receiver.answersInTurn(500, 201, 204, 302, 404, 500, 200);
        var subscription = subscribeTo(OPENED, receiver.url(), "\"retry\":{\"profile\":\"gemmail\"}");
        var shown = subscription(subscription);
        assertThat(shown.path("timeout").textValue()).isEqualTo("5s");
        assertThat(shown.at("/retry/profile").textValue()).isEqualTo("gemmail");
        assertThat(shown.at("/retry/schedule")).hasToString("[\"1h\",\"2h\",\"3h\",\"4h\",\"5h\"]");

        var event = publish(OPENED, "gemmail.open.json");

        for (int hours = 1; hours <= 5; hours++) {
            awaitReceived(hours);
            var waiting = awaitDelivery(event, "retrying");
            assertThat(Duration.between(gateway.clock().instant(), time(waiting, "nextAttemptAt")))
                    .isBetween(Duration.ofMinutes(60L * hours - 1), Duration.ofMinutes(72L * hours));
            gateway.clock().advance(Duration.ofMinutes(72L * hours));
        }
        var exhausted = awaitDelivery(event, "exhausted");
        gateway.clock().advance(Duration.ofDays(2));
        assertThat(exhausted.path("attempts").findValuesAsText("statusCode"))
                .containsExactly("500", "201", "204", "302", "404", "500");
        assertThat(receiver.received())
                .hasSize(6)
                .extracting(Receiver.Received::id)
                .containsOnly(event);

        api.post("/v1/deliveries/" + exhausted.path("id").textValue() + "/retry", null)
                .expect(202);
        assertThat(awaitDelivery(event, "succeeded").path("attemptCount").intValue())
                .isEqualTo(7);
    }

    private List<JsonNode> webhooks() {
        var listed = api.get("/v1/subscriptions?limit=250").json().path("data");
        return StreamSupport.stream(listed.spliterator(), false).toList();
    }

    private Receiver.Received at(String path) {
        return receiver.received().stream()
                .filter(r -> r.path().equals(path))
                .findFirst()
                .orElseThrow();
    }

    private static Instant time(JsonNode json, String field) {
        return Instant.parse(json.path(field).textValue());
    }
}
