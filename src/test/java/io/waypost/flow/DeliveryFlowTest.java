package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Delays;
import io.waypost.testing.Receiver;
import io.waypost.testing.Signatures;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DeliveryFlowTest extends Flow {

    @Test
    void anEventReachesItsSubscriptionSignedAfterStandardWebhooks() {
        var created = api.post(
                        "/v1/subscriptions", "{\"event\":\"order.created\",\"url\":\"%s\"}".formatted(receiver.url()))
                .expect(201)
                .json();

        var event = publish(1);

        awaitReceived(1);
        var request = receiver.received().getFirst();
        assertThat(request.id()).isEqualTo(event);
        assertThat(request.header("waypost-attempt")).isEqualTo("1");
        Signatures.verify(request, created.path("secret").textValue());
        var delivery = awaitDelivery(event, "succeeded");
        assertThat(delivery.at("/attempts/0/outcome").textValue()).isEqualTo("succeeded");
        assertThat(delivery.at("/attempts/0/statusCode").intValue()).isEqualTo(204);
        assertThat(delivery.at("/attempts/0/number").intValue()).isEqualTo(1);
    }

    @Test
    void shortWaitsOfTheScheduleAreMadeInPlaceAndEveryAttemptIsRecorded() {
        receiver.answersInTurn(500, 503, 200);
        subscribe("\"retry\":{\"schedule\":[\"100ms\",\"200ms\"]}");

        var event = publish(1);

        var delivery = awaitDelivery(event, "succeeded");
        assertThat(delivery.path("attemptCount").intValue()).isEqualTo(3);
        assertThat(delivery.path("attempts"))
                .extracting(a ->
                        a.path("number").intValue() + " " + a.path("statusCode").intValue() + " "
                                + a.path("error").textValue())
                .containsExactly("1 500 http_status", "2 503 http_status", "3 200 null");
        assertThat(receiver.received())
                .extracting(r -> r.header("waypost-attempt"))
                .containsExactly("1", "2", "3");
        assertThat(receiver.received()).extracting(Receiver.Received::id).containsOnly(event);
    }

    @Test
    void longWaitsParkTheDeliveryUntilItIsDue() {
        receiver.answersInTurn(500, 200);
        subscribe("\"retry\":{\"schedule\":[\"2h\"]}");

        var event = publish(1);
        var waiting = awaitDelivery(event, "retrying");
        gateway.clock().advance(Duration.ofHours(3));

        assertThat(waiting.path("nextAttemptAt").textValue()).isNotNull();
        assertThat(awaitDelivery(event, "succeeded").path("attemptCount").intValue())
                .isEqualTo(2);
    }

    @Test
    void whenTheScheduleIsUsedUpTheDeliveryIsExhausted() {
        receiver.answers(400);
        subscribe("\"retry\":{\"schedule\":[\"50ms\"]}");

        var event = publish(1);

        assertThat(awaitDelivery(event, "exhausted").path("attemptCount").intValue())
                .isEqualTo(2);
        assertThat(receiver.received()).hasSize(2);
    }

    @Test
    void aDeliveryCanBeRetriedByHandInAnyFinalState() {
        receiver.answersInTurn(500, 200, 200);
        subscribe("\"retry\":{\"schedule\":[]}");
        var event = publish(1);
        var exhausted = awaitDelivery(event, "exhausted");
        var retry = "/v1/deliveries/" + exhausted.path("id").textValue() + "/retry";

        api.post(retry, null).expect(202);
        awaitDelivery(event, "succeeded");
        api.post(retry, null).expect(202);

        awaitReceived(3);
        await().atMost(SOON).untilAsserted(() -> assertThat(
                        awaitDelivery(event, "succeeded").path("attempts").findValuesAsText("number"))
                .containsExactly("1", "2", "3"));
    }

    @Test
    void aRetryByHandTakesThePlaceOfTheScheduledOne() {
        receiver.answersInTurn(500, 200);
        subscribe("\"retry\":{\"schedule\":[\"1h\"]}");
        var event = publish(1);
        var waiting = awaitDelivery(event, "retrying");

        api.post("/v1/deliveries/" + waiting.path("id").textValue() + "/retry", null)
                .expect(202);
        awaitDelivery(event, "succeeded");
        gateway.clock().advance(Duration.ofHours(2));

        publish(2);
        awaitReceived(3);
        assertThat(numbers()).containsExactly(1, 1, 2);
    }

    @Test
    void aReceiverThatNeverAnswersIsCutOffAndDelaysNobodyElse() {
        var slow = new Receiver().answers((_, exchange) -> {
            Delays.of(20_000);
            exchange.sendResponseHeaders(200, -1);
        });
        var hung = subscribeTo(
                "order.created", slow.url(), "\"timeout\":\"2s\",\"concurrency\":2,\"retry\":{\"schedule\":[]}");
        subscribe("");
        try (slow) {
            var ids = publishMany(0, 100);

            awaitReceived(100);
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(deliveries("subscription=" + hung + "&status=exhausted"))
                            .isNotEmpty());
            var cut = deliveries("subscription=" + hung + "&status=exhausted").getFirst();
            var attempt = api.get("/v1/deliveries/" + cut.path("id").textValue())
                    .json()
                    .at("/attempts/0");
            assertThat(attempt.path("error").textValue()).isEqualTo("timeout");
            assertThat(attempt.path("durationMs").longValue()).isBetween(1_900L, 2_000L + Delays.PAUSE.toMillis());
            assertThat(ids).hasSize(100);
        }
    }

    @Test
    void aRateLimitIsKeptTo() {
        subscribe("\"rateLimit\":{\"perSecond\":5}");
        var before = System.nanoTime();

        publishMany(0, 15);

        awaitReceived(15);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThan(Duration.ofMillis(1_800));
    }

    @Test
    void aBurstIsSpreadSoThatNoSecondHasMoreThanTheRate() {
        var times = new java.util.concurrent.ConcurrentLinkedQueue<Long>();
        receiver.answers((_, exchange) -> {
            times.add(System.nanoTime());
            exchange.sendResponseHeaders(200, -1);
        });
        subscribe("\"rateLimit\":{\"perSecond\":10}");

        publishMany(0, 20);

        awaitReceived(20);
        var sorted = times.stream().sorted().toList();
        for (var from : sorted) {
            // Ten, and what a busy machine brings late: a bucket of a whole second would let twenty pass.
            assertThat(sorted.stream().filter(at -> at >= from && at < from + 1_000_000_000L))
                    .hasSizeLessThanOrEqualTo(16);
        }
    }

    @Test
    void noMoreThanItsConcurrencyIsUnderWayAtOnce() {
        var now = new java.util.concurrent.atomic.AtomicInteger();
        var most = new java.util.concurrent.atomic.AtomicInteger();
        receiver.answers((_, exchange) -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            Delays.of(20);
            now.decrementAndGet();
            exchange.sendResponseHeaders(200, -1);
        });
        subscribe("\"concurrency\":3");

        publishMany(0, 60);

        awaitReceived(60);
        assertThat(most.get()).isEqualTo(3);
    }

    @Test
    void orderedDeliveriesGoOneAtATimeInTheOrderOfTheLogAndAFailingOneHoldsBackTheRest() {
        receiver.answersInTurn(200, 500, 500, 200);
        subscribe("\"ordered\":true,\"retry\":{\"schedule\":[\"300ms\",\"300ms\",\"300ms\"]}");

        publishMany(0, 20);
        publishMany(20, 20);

        awaitReceived(42);
        var numbers = numbers();
        assertThat(numbers.subList(0, 4)).containsExactly(0, 1, 1, 1);
        assertThat(numbers.subList(4, 42))
                .containsExactlyElementsOf(IntStream.range(2, 40).boxed().toList());
    }

    @Test
    void anOrderedDeliveryThatIsExhaustedLetsTheNextPass() {
        receiver.answersInTurn(500, 500, 200);
        subscribe("\"ordered\":true,\"retry\":{\"schedule\":[\"100ms\"]}");

        publishMany(0, 3);

        awaitReceived(4);
        assertThat(numbers()).containsExactly(0, 0, 1, 2);
    }

    @Test
    void retryAfterLengthensAWait() {
        receiver.answers((request, exchange) -> {
            exchange.getResponseHeaders().add("Retry-After", "3600");
            Receiver.status(receiver.received().indexOf(request) == 0 ? 429 : 200)
                    .to(request, exchange);
        });
        subscribe("\"retry\":{\"schedule\":[\"100ms\"]}");

        var event = publish(1);

        var waiting = awaitDelivery(event, "retrying");
        assertThat(waiting.at("/attempts/0/error").textValue()).isEqualTo("rate_limited");
        gateway.clock().advance(Duration.ofMinutes(61));
        awaitDelivery(event, "succeeded");
    }

    @Test
    void anEndlessTransformIsAnErrorOfThatDelivery() {
        subscribe("\"transform\":\"( $f := function($n) { $f($n + 1) }; $f(1) )\",\"retry\":{\"schedule\":[]}");

        var event = publish(1);

        assertThat(awaitDelivery(event, "exhausted").at("/attempts/0/error").textValue())
                .isEqualTo("transform_failed");
        assertThat(receiver.received()).isEmpty();
    }

    @Test
    void deletingASubscriptionRemovesWhatWaits() {
        receiver.answers(500);
        var subscription = subscribe("\"retry\":{\"schedule\":[\"1h\"]}");
        var event = publish(1);
        awaitDelivery(event, "retrying");

        api.delete("/v1/subscriptions/" + subscription).expect(204);

        assertThat(deliveries("event=" + event)).isEmpty();
    }
}
