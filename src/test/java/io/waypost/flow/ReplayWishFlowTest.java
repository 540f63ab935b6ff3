package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.delivery.MissedRange;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.replay.ReplayStore;
import io.waypost.replay.ReplayStore.Mode;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.SubscriptionStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.camel.CamelContext;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.spi.CamelEvent.ExchangeSendingEvent;
import org.apache.camel.support.EventNotifierSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/** What an activation wants done with the buffer is done with it, whoever lets it out, and however late. */
class ReplayWishFlowTest extends Flow {

    private final Held held = new Held();

    /** Camel completes groups on a thread of its own: this one keeps it from going on. */
    private final class Held extends EventNotifierSupport {

        private final CountDownLatch released = new CountDownLatch(1);
        private volatile boolean reached;

        @Override
        public void notify(CamelEvent event) throws InterruptedException {
            if (event instanceof ExchangeSendingEvent sending
                    && sending.getEndpoint().getEndpointUri().equals("direct://replay")) {
                reached = true;
                released.await();
            }
        }
    }

    private CamelContext camel() {
        return gateway.bean(CamelContext.class);
    }

    private void holdCompletedGroups() {
        camel().getManagementStrategy().addEventNotifier(held);
    }

    @AfterEach
    void release() {
        held.released.countDown();
        camel().getManagementStrategy().removeEventNotifier(held);
    }

    private void deactivate(String subscription) {
        api.post("/v1/subscriptions/" + subscription + "/deactivate", null).expect(200);
    }

    private void activate(String subscription, boolean replayEvents) {
        api.post("/v1/subscriptions/" + subscription + "/activate", "{\"replayEvents\":%s}".formatted(replayEvents))
                .expect(200);
    }

    private String inactive() {
        var subscription = subscribe("");
        deactivate(subscription);
        return subscription;
    }

    private Subscription stored(String subscription) {
        return gateway.bean(SubscriptionStore.class).find(subscription).orElseThrow();
    }

    private long no(String subscription) {
        return stored(subscription).no();
    }

    private void awaitNoReplay(String subscription) {
        var no = no(subscription);
        await().atMost(SOON)
                .until(() -> gateway.bean(JdbcClient.class)
                                .sql("select count(*) from replay where subscription = :no")
                                .param("no", no)
                                .query(Integer.class)
                                .single()
                        == 0);
    }

    @Test
    void aBufferThatIsLetOutLateIsDiscardedAllTheSame() {
        var subscription = inactive();
        var event = publish(1);
        awaitBuffered(subscription, 1);
        holdCompletedGroups();

        activate(subscription, false);
        await().atMost(SOON).until(() -> held.reached);
        gateway.clock().advance(Duration.ofSeconds(20));
        awaitNoReplay(subscription);
        release();

        awaitDelivery(event, "discarded");
        awaitDelivery(publish(2), "succeeded");
        assertThat(numbers()).containsExactly(2);
    }

    @Test
    void whatIsDiscardedStaysSoThoughTheNextActivationIsQuickAndReplays() {
        var subscription = inactive();
        var first = publish(1);
        awaitBuffered(subscription, 1);
        holdCompletedGroups();
        activate(subscription, false);
        deactivate(subscription);
        var second = publish(2);
        awaitDelivery(second, "buffered");

        activate(subscription, true);
        release();

        awaitDelivery(second, "succeeded");
        awaitDelivery(first, "discarded");
        assertThat(numbers()).containsExactly(2);
    }

    @Test
    void whatIsDiscardedIsNotSentByTheReplayOfAnActivationBefore() {
        var subscription = inactive();
        publish(1);
        awaitBuffered(subscription, 1);
        holdCompletedGroups();
        activate(subscription, true);
        deactivate(subscription);
        var second = publish(2);
        awaitDelivery(second, "buffered");

        activate(subscription, false);
        release();

        awaitDelivery(second, "discarded");
        awaitDelivery(publish(3), "succeeded");
        assertThat(numbers()).doesNotContain(2);
    }

    /** As a node does that dies when it has activated, before it lets the buffer out. */
    private void activateAndDie(String subscription, Mode mode) {
        var no = no(subscription);
        var now = gateway.clock().instant();
        gateway.bean(TransactionTemplate.class).executeWithoutResult(_ -> {
            gateway.bean(SubscriptionStore.class).changeState(no, State.Kind.PAUSED, State.activated(now), now);
            gateway.bean(ReplayStore.class).decide(no, mode, now);
        });
        gateway.clock().advance(Duration.ofSeconds(5));
    }

    @Test
    void whatACrashLeftInTheBufferIsDiscardedIfThatWasWanted() {
        var subscription = inactive();
        var event = publish(1);
        awaitBuffered(subscription, 1);

        activateAndDie(subscription, Mode.DISCARD);

        awaitDelivery(event, "discarded");
        awaitDelivery(publish(2), "succeeded");
        assertThat(numbers()).containsExactly(2);
    }

    @Test
    void whatACrashLeftInTheBufferIsSentIfThatWasWanted() {
        var subscription = inactive();
        var event = publish(1);
        awaitBuffered(subscription, 1);

        activateAndDie(subscription, Mode.REPLAY);

        awaitDelivery(event, "succeeded");
        assertThat(receiver.received().getFirst().header("waypost-replay")).isEqualTo("true");
    }

    /** As a node does that matched the event before it heard of the activation. */
    private void bufferLate(String subscription, String event) {
        var seq = Event.seqOf(event);
        gateway.bean(ProducerTemplate.class)
                .sendBody("direct:replay-buffer", MissedRange.of(no(subscription), seq, seq, seq, 1, 0));
    }

    @Test
    void whatIsBufferedAfterTheActivationIsDiscardedIfThatWasWanted() {
        var event = publish(1);
        awaitDispatched();
        var subscription = inactive();
        activate(subscription, false);
        awaitNoReplay(subscription);

        bufferLate(subscription, event);

        awaitDelivery(event, "discarded");
        assertThat(receiver.received()).isEmpty();
    }

    @Test
    void whatIsBufferedAfterTheActivationIsSentIfThatWasWanted() {
        var event = publish(1);
        awaitDispatched();
        var subscription = inactive();
        activate(subscription, true);
        awaitNoReplay(subscription);

        bufferLate(subscription, event);

        awaitDelivery(event, "succeeded");
    }

    @Test
    void aRowThatIsSetAsideAfterTheActivationObeysItToo() {
        var event = publish(1);
        awaitDispatched();
        var subscription = inactive();
        activate(subscription, false);
        awaitNoReplay(subscription);

        var seq = Event.seqOf(event);
        var receivedAt = gateway.bean(EventLog.class).find(seq).orElseThrow().receivedAt();
        var key = new DeliveryKey(receivedAt, seq, no(subscription));
        gateway.bean(DeliveryLog.class)
                .settle(List.of(DeliveryUpdate.pending(key, stored(subscription).tenant(), false, null)));

        awaitDelivery(event, "discarded");
        assertThat(receiver.received()).isEmpty();
    }
}
