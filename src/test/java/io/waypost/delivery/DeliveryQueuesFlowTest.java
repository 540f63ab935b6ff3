package io.waypost.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog.Claimed;
import io.waypost.event.Event;
import io.waypost.flow.Flow;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionStore;
import io.waypost.testing.Receiver;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What somebody asks for by hand takes out what the queues were about to do with the same delivery. */
class DeliveryQueuesFlowTest extends Flow {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    private final DeliveryQueues queues = gateway.bean(DeliveryQueues.class);
    private final CountDownLatch mayAnswer = new CountDownLatch(1);

    /** Nothing of it is stored: only the queues know of it. */
    private static Claimed claimed(Subscription subscription, long seq, boolean ordered) {
        var data = "{\"number\":%d}".formatted(seq);
        var event = new Event(
                seq, NOON, subscription.tenant(), "order.created", "/", null, null, NOON, false, null, data, false);
        return new Claimed(new DeliveryKey(NOON, seq, subscription.no()), event, 0, 0, 1, false, null, ordered);
    }

    private Subscription subscribed(String more) {
        receiver.answers(Receiver.onceOpen(mayAnswer, Receiver.status(200)));
        var id = subscribe(more);
        return gateway.bean(SubscriptionStore.class).find(id).orElseThrow();
    }

    private void awaitLanded(Subscription subscription) {
        await().atMost(SOON).untilAsserted(() -> assertThat(queues.underWay().all())
                .noneMatch(delivery -> delivery.key().subscription() == subscription.no()));
    }

    @Test
    void whatWaitedInItsQueueAndIsRecalledIsNotInTheAirAnyMore() {
        var subscription = subscribed("\"concurrency\":1");
        queues.take(InFlightDelivery.claimed(claimed(subscription, 1, false), null));
        var waiting = claimed(subscription, 2, false);
        queues.take(InFlightDelivery.claimed(waiting, null));

        assertThat(queues.recall(waiting.key())).isTrue();
        mayAnswer.countDown();

        awaitLanded(subscription);
        assertThat(numbers()).containsExactly(1);
    }

    @Test
    void whatIsRecalledBeforeItsTurnInARunIsNotMadeByTheRun() {
        var subscription = subscribed("\"ordered\":true");
        var run =
                List.of(claimed(subscription, 1, true), claimed(subscription, 2, true), claimed(subscription, 3, true));
        OrderedClaims.begin(run, gateway.bean(Clock.class).instant()).forEach(queues::take);
        awaitReceived(1);

        assertThat(queues.recall(run.get(1).key())).isTrue();
        mayAnswer.countDown();

        await().atMost(SOON).until(() -> numbers().contains(3));
        awaitLanded(subscription);
        assertThat(numbers()).containsExactly(1, 3);
    }

    @Test
    void whatWaitsForItsRateIsLeftAsSoonAsItIsNotWantedAnyMore() throws Exception {
        mayAnswer.countDown();
        var subscription = subscribed("\"rateLimit\":{\"perSecond\":0.001}");
        var waiting = InFlightDelivery.byHand(claimed(subscription, 2, false));
        var asked = new AtomicInteger();

        assertThat(queues.runHere(InFlightDelivery.byHand(claimed(subscription, 1, false)), () -> true))
                .isTrue();
        assertThat(queues.runHere(waiting, () -> asked.incrementAndGet() < 5)).isFalse();

        assertThat(asked).hasValue(5);
        assertThat(waiting.closed()).isFalse();
        awaitLanded(subscription);
        assertThat(numbers()).containsExactly(1);
    }
}
