package io.waypost.delivery.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.waypost.delivery.ASubscription;
import io.waypost.delivery.Batches.Member;
import io.waypost.delivery.KnownSubscriptions;
import io.waypost.delivery.batch.BatchLog.Waiting;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.event.Event;
import io.waypost.platform.SettableClock;
import io.waypost.platform.storage.StorageWatch;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.Batch;
import io.waypost.testing.Delays;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;

class GathererTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Batch RULES = new Batch(10, Duration.ofMinutes(3));
    private static final Subscription SUBSCRIPTION =
            ASubscription.no(2).batch(RULES).get();

    private final List<PendingBatch> added = new CopyOnWriteArrayList<>();
    private final AtomicInteger refused = new AtomicInteger();
    private volatile boolean refuses = true;
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile long adding;

    /** The group of subscription 1 cannot be read, while {@link #refuses}. */
    private final BatchGroups groups = new BatchGroups(null, null, null) {
        @Override
        void add(PendingBatch gathering) {
            if (gathering.subscription() == 1 && refuses) {
                refused.incrementAndGet();
                throw new IllegalStateException("not readable");
            }
            try {
                adding = gathering.subscription();
                gate.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            added.add(gathering);
        }

        @Override
        void forget(long subscription) {
            forgotten.add(subscription);
            if (subscription == 1) {
                throw new IllegalStateException("somebody adds");
            }
        }
    };

    private final List<Long> forgotten = new ArrayList<>();
    private final Rows rows = new Rows();
    private final Noted noted = new Noted();
    private final KnownSubscriptions index =
            KnownSubscriptions.of(SUBSCRIPTION, ASubscription.no(3).get());
    private final StorageWatch storage = new StorageWatch(null, new SettableClock("2026-03-01T12:00:00Z"));
    private final Gatherer gatherer = new Gatherer(rows, groups, noted, index, storage);

    @AfterEach
    void stop() {
        gate.countDown();
        gatherer.stop();
    }

    private static Event event(long seq, String data) {
        return new Event(seq, NOON.plusSeconds(seq), "acme", "a", "/", null, null, NOON, false, null, data, false);
    }

    private void awaitAdded(PendingBatch... all) {
        await().atMost(Delays.PAUSE).untilAsserted(() -> assertThat(added).containsExactly(all));
    }

    @Test
    void whatIsGatheredIsARowThatIsDueAfterTheLongestWaitAndIsCountedTogether() {
        gatherer.gather(
                List.of(new Member(event(11, "{}"), SUBSCRIPTION), new Member(event(12, "{\"a\":1}"), SUBSCRIPTION)));

        assertThat(rows.gathered)
                .containsExactly(
                        new Waiting(new DeliveryKey(NOON.plusSeconds(11), 11, 2), "acme", NOON.plusSeconds(11 + 180)),
                        new Waiting(new DeliveryKey(NOON.plusSeconds(12), 12, 2), "acme", NOON.plusSeconds(12 + 180)));
        assertThat(added).as("the counting goes on beside").isEmpty();

        gatherer.start();
        awaitAdded(new PendingBatch(2, 11, 2, 9, 10));
    }

    @Test
    void whatCannotBeStoredIsNotCounted() {
        rows.away = true;
        gatherer.start();

        assertThatThrownBy(() -> gatherer.gather(List.of(new Member(event(11, "{}"), SUBSCRIPTION))))
                .isInstanceOf(DataAccessResourceFailureException.class);

        gatherer.stop();
        assertThat(added).isEmpty();
        assertThat(gatherer.rules()).isEmpty();
    }

    @Test
    void theRulesUnderWhichItGatheredFirstAreKeptForWhoFollowsChanges() {
        gatherer.gather(List.of(new Member(event(11, "{}"), SUBSCRIPTION)));
        var changed = ASubscription.no(2).batch(Batch.DEFAULT).get();
        gatherer.gather(List.of(new Member(event(12, "{}"), changed)));

        assertThat(gatherer.rules()).isEqualTo(Map.of(2L, RULES));
    }

    @Test
    void whatIsDueOfASubscriptionWithBatchesIsTakenUpHereOnly() {
        assertThat(gatherer.takesUp(2)).isTrue();
        assertThat(gatherer.takesUp(3)).isFalse();
        assertThat(gatherer.takesUp(4)).isFalse();

        assertThat(noted.subscriptions()).containsExactly(2L);
        assertThat(noted.take(2)).hasValue(Noted.ONLY_DUE);
    }

    @Test
    void aGroupThatCannotBeAddedToKeepsNoOtherFromBeingCountedAndIsTriedAgain() {
        for (long subscription = 1; subscription <= 3; subscription++) {
            gatherer.begin(new PendingBatch(subscription, 1, 1, 1, 10));
        }

        gatherer.start();
        await().atMost(Delays.PAUSE)
                .untilAsserted(() ->
                        assertThat(added).extracting(PendingBatch::subscription).containsExactlyInAnyOrder(2L, 3L));
        await().atMost(Delays.PAUSE).until(() -> refused.get() >= 2);
        gatherer.begin(new PendingBatch(1, 5, 2, 7, 10));
        refuses = false;

        await().atMost(Delays.PAUSE).untilAsserted(() -> assertThat(added).contains(new PendingBatch(1, 1, 3, 8, 10)));
    }

    @Test
    void whatComesWhileItCountsIsCountedTogetherNext() {
        gate = new CountDownLatch(1);
        gatherer.start();
        gatherer.begin(new PendingBatch(2, 1, 1, 1, 10));
        await().atMost(Delays.PAUSE).until(() -> adding == 2);
        gatherer.begin(new PendingBatch(2, 2, 1, 1, 10));
        gatherer.begin(new PendingBatch(2, 3, 1, 1, 10));
        gate.countDown();

        awaitAdded(new PendingBatch(2, 1, 1, 1, 10), new PendingBatch(2, 2, 2, 2, 10));
    }

    @Test
    void aGroupBeginsOnlyWithWhatWaits() {
        gatherer.begin(new PendingBatch(2, 1, 0, 0, 10));
        gatherer.start();
        gatherer.begin(new PendingBatch(3, 1, 1, 1, 10));

        awaitAdded(new PendingBatch(3, 1, 1, 1, 10));
    }

    @Test
    void aGroupThatSomebodyAddsToAtThisMomentGoesOn() {
        gatherer.forget(2);
        gatherer.forget(1);

        assertThat(forgotten).containsExactly(2L, 1L);
    }

    @Test
    void whileNothingCanBeStoredNothingIsCountedAndItCanBeStopped() {
        storage.failed(new DataAccessResourceFailureException("away"));
        gatherer.start();
        assertThat(gatherer.isRunning()).isTrue();
        gatherer.begin(new PendingBatch(2, 1, 1, 1, 10));

        gatherer.stop();

        assertThat(gatherer.isRunning()).isFalse();
        assertThat(added).isEmpty();
    }

    @Test
    void whatIsCountedBeforeItStopsIsAdded() throws Exception {
        gate = new CountDownLatch(1);
        gatherer.start();
        gatherer.begin(new PendingBatch(3, 1, 1, 1, 10));
        await().atMost(Delays.PAUSE).until(() -> adding == 3);
        gatherer.begin(new PendingBatch(2, 1, 1, 1, 10));
        var stopping = Thread.ofVirtual().start(gatherer::stop);
        await().atMost(Delays.PAUSE).until(() -> !gatherer.isRunning());
        assertThat(stopping.join(Duration.ofMillis(200))).isFalse();
        gate.countDown();

        assertThat(stopping.join(Delays.PAUSE)).isTrue();
        assertThat(added).contains(new PendingBatch(2, 1, 1, 1, 10));
    }

    @Test
    void itStartsAfterTheRoutes() {
        assertThat(gatherer.getPhase()).isEqualTo(Integer.MAX_VALUE - 10);
        assertThat(gatherer.isRunning()).isFalse();
    }

    private static final class Rows implements BatchLog {

        final List<Waiting> gathered = new ArrayList<>();
        boolean away;

        @Override
        public void gather(List<Waiting> waiting) {
            if (away) {
                throw new DataAccessResourceFailureException("away");
            }
            gathered.addAll(waiting);
        }

        @Override
        public Claim claim(Order order) {
            throw new AssertionError("nothing is claimed here");
        }

        @Override
        public List<Long> counted() {
            throw new AssertionError("nobody asks");
        }

        @Override
        public void hasten(long subscription, Instant now) {
            throw new AssertionError("nothing is hastened here");
        }
    }
}
