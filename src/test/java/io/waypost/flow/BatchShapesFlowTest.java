package io.waypost.flow;

import static io.waypost.flow.BatchFlowTest.batch;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.platform.Json;
import io.waypost.testing.Receiver;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a batch looks like where it arrives. */
class BatchShapesFlowTest extends Flow {

    private static final String SLACK = "/services/T000/B000/verysecret";

    @Test
    void slackGetsADigestWithoutAWord() {
        receiver.answers(Receiver.text(200, "ok"));
        create("{\"events\":[\"**\"],\"connector\":\"slack\",\"config\":{\"webhookUrl\":\"%s\"},%s}"
                .formatted(receiver.url(SLACK), batch(3, "1h")));

        publishMany(0, 2);
        publish("{\"type\":\"order.cancelled\",\"source\":\"/\",\"data\":{\"number\":7}}");

        awaitReceived(1);
        var message = body(receiver.received().getFirst());
        assertThat(message.path("text").textValue()).isEqualTo("3 events");
        assertThat(message.at("/blocks/0/text/text").textValue()).isEqualTo("3 events");
        assertThat(message.at("/blocks/1/fields"))
                .extracting(field -> field.path("text").textValue())
                .containsExactly("*order.created*\n2", "*order.cancelled*\n1");
    }

    @Test
    void expressionsOfAConnectorSeeTheEvents() {
        receiver.answers(Receiver.text(200, "ok"));
        var text = "$string($count(events)) & \\\" orders: \\\" & $join(events.$string(data.number), \\\", \\\")";
        create(
                "{\"events\":[\"order.created\"],\"connector\":\"slack\",\"config\":{\"webhookUrl\":\"%s\",\"text\":\"%s\"},%s}"
                        .formatted(receiver.url(SLACK), text, batch(3, "1h")));

        publishMany(4, 3);

        awaitReceived(1);
        assertThat(body(receiver.received().getFirst()).path("text").textValue())
                .isEqualTo("3 orders: 4, 5, 6");
    }

    @Test
    void theConditionIsAskedOfEachEventAndTheTransformSeesThoseThatPassed() {
        subscribe(
                batch(2, "1h") + ",\"condition\":\"data.number > 1\","
                        + "\"transform\":\"{ \\\"n\\\": count, \\\"sum\\\": $sum(events.data.number), \\\"first\\\": events[0].id }\"");

        var ids = publishMany(0, 4);

        awaitReceived(1);
        assertThat(body(receiver.received().getFirst()))
                .isEqualTo(Json.read("{\"n\":2,\"sum\":5,\"first\":\"%s\"}".formatted(ids.get(2))));
    }

    @Test
    void aTestAndAPreviewAreABatchOfOne() {
        var id = subscribe(batch(50, "1h"));

        var attempt = api.post("/v1/subscriptions/%s/test".formatted(id), null)
                .expect(200)
                .json();

        assertThat(attempt.path("outcome").textValue()).isEqualTo("succeeded");
        var tested = receiver.received().getFirst();
        assertThat(Json.read(tested.body())).hasSize(1);
        assertThat(tested.header("waypost-test")).isEqualTo("true");
        var preview = api.post("/v1/subscriptions/preview", """
                        {"subscription":{"event":"order.created","url":"%s","batch":{}},
                         "event":{"type":"order.created","data":{"number":9}}}""".formatted(receiver.url()))
                .expect(200)
                .json();
        var shown = Json.read(preview.at("/request/body").textValue());
        assertThat(shown).hasSize(1);
        assertThat(shown.at("/0/data/number").intValue()).isEqualTo(9);
        assertThat(preview.at("/request/headers/webhook-id").textValue()).startsWith("bat_");
    }

    @Test
    void theFormatsOfAWebhookHaveAPlaceForMany() {
        for (var format : List.of("cloudevents", "xml", "form")) {
            create("{\"event\":\"order.created\",\"config\":{\"url\":\"%s\",\"format\":\"%s\"},%s}"
                    .formatted(receiver.url("/" + format), format, batch(2, "1h")));
        }

        var ids = publishMany(1, 2);

        awaitReceived(3);
        var cloudEvents = at("/cloudevents");
        assertThat(cloudEvents.header("content-type")).startsWith("application/cloudevents-batch+json");
        assertThat(body(cloudEvents)).extracting(e -> e.path("id").textValue()).isEqualTo(ids);
        assertThat(at("/xml").body())
                .containsPattern(
                        "(?s)<events>\\s*<event>.*<number>1</number>.*</event>\\s*<event>.*<number>2</number>");
        assertThat(at("/form").body())
                .startsWith("events%5B0%5D%5Btype%5D=order.created&")
                .contains("&events%5B1%5D%5Bdata%5D%5Bnumber%5D=2");
    }

    @Test
    void aRateCountsBatches() {
        subscribe(batch(10, "1h") + ",\"rateLimit\":{\"perSecond\":2}");

        publishMany(0, 20);

        // Twenty tokens would take nine seconds more than the two of the first second.
        await().atMost(SOON.dividedBy(3)).until(() -> receiver.received().size() == 2);
    }

    @Test
    void whatTheReaderOfASubscriptionDoesNotKnowIsRefusedWithItsPlace() {
        var answer = api.post(
                        "/v1/subscriptions",
                        "{\"event\":\"a\",\"url\":\"%s\",\"batch\":{\"maxItems\":0,\"maxWait\":\"999ms\",\"max\":1}}"
                                .formatted(receiver.url()))
                .expect(422)
                .json();

        assertThat(answer.path("errors"))
                .extracting(error -> error.path("pointer").textValue())
                .containsExactlyInAnyOrder("/batch/maxItems", "/batch/maxWait", "/batch/max");
        var read = api.post(
                        "/v1/subscriptions", "{\"event\":\"a\",\"url\":\"%s\",\"batch\":{}}".formatted(receiver.url()))
                .expect(201)
                .json();
        assertThat(read.path("batch")).isEqualTo(Json.read("{\"maxItems\":100,\"maxWait\":\"10m\"}"));
    }

    private Receiver.Received at(String path) {
        return receiver.received().stream()
                .filter(request -> request.path().equals(path))
                .findFirst()
                .orElseThrow();
    }
}
