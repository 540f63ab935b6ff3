package io.waypost.delivery.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.delivery.ASubscription;
import io.waypost.delivery.KnownSubscriptions;
import io.waypost.delivery.TestQueues;
import io.waypost.delivery.Unasked;
import io.waypost.delivery.batch.BatchLog.Claim;
import io.waypost.delivery.batch.BatchLog.Order;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog.Claimed;
import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.platform.Memory;
import io.waypost.platform.SettableClock;
import io.waypost.platform.storage.StorageWatch;
import io.waypost.subscription.Subscription.Batch;
import io.waypost.testing.Delays;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;

class DueBatchesTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration LEASE = Duration.ofMinutes(2);
    private static final Batch RULES = new Batch(3, Duration.ofMinutes(3));
    private static final long NO = 7;
    private static final Claim NOTHING = new Claim(List.of(), null, false);

    private final Rows rows = new Rows();
    private final Rounds noted = new Rounds();
    private final List<String> counting = new CopyOnWriteArrayList<>();
    private final TestQueues queues = new TestQueues();
    private final KnownSubscriptions index =
            KnownSubscriptions.of(ASubscription.no(NO).batch(RULES).get());
    private final SettableClock clock = new SettableClock("2026-03-01T12:00:00Z");
    private final StorageWatch storage = new StorageWatch(null, clock);
    private final Gatherer gatherer = new Gatherer(rows, null, noted, index, storage) {
        @Override
        void forget(long subscription) {
            counting.add("forget " + subscription);
        }

        @Override
        void begin(PendingBatch waiting) {
            counting.add("begin " + waiting);
        }
    };
    private final DueBatches due = new DueBatches(
            rows, gatherer, noted, Unasked.but(EventLog.class, new Settled()), index, queues, storage, clock);

    @AfterEach
    void stop() {
        rows.gate.countDown();
        due.stop();
    }

    private static Claimed row(long seq, int attempts, String data) {
        var event = new Event(seq, NOON, "acme", "a", "/", null, null, NOON, false, null, data, false);
        return new Claimed(new DeliveryKey(NOON, seq, NO), event, attempts, attempts, 2, false, null, false);
    }

    private static Claim batch(long... seqs) {
        return new Claim(Arrays.stream(seqs).mapToObj(seq -> row(seq, 0, "{}")).toList(), null, false);
    }

    private static Order order(long from) {
        return new Order(NO, 3, false, Long.MAX_VALUE, from, NOON, NOON.plus(LEASE));
    }

    private List<List<Long>> sent() {
        return queues.taken.stream().map(TestQueues::seqs).toList();
    }

    private void awaitOrders(Order... orders) {
        await().atMost(Delays.PAUSE).untilAsserted(() -> assertThat(rows.orders).containsExactly(orders));
    }

    /** Returns when everything that is noted now has been looked at. */
    private void pass() {
        var rounds = noted.rounds.get();
        await().atMost(Delays.PAUSE).until(() -> {
            noted.wake();
            return noted.rounds.get() >= rounds + 2;
        });
    }

    @Test
    void whatIsFullIsSentBatchForBatchAsLongAsThereIsOne() {
        rows.claims.add(batch(11, 12, 13));
        rows.claims.add(batch(14, 15, 16));
        noted.full(new PendingBatch(NO, 11, 6, 60, 3));

        due.start();

        awaitOrders(order(11), order(14), order(17));
        assertThat(sent()).containsExactly(List.of(11L, 12L, 13L), List.of(14L, 15L, 16L));
        assertThat(rows.rounds).as("in one round").containsOnly(1);
        pass();
        assertThat(noted.subscriptions()).isEmpty();
        assertThat(rows.orders).hasSize(3);
        assertThat(counting).isEmpty();
    }

    @Test
    void whatWasTriedBeforeIsNoReasonToPassOverWhatWaitsBeforeIt() {
        rows.claims.add(new Claim(List.of(row(21, 1, "{}")), null, false));
        noted.note(NO, 11);

        due.start();

        awaitOrders(order(11), order(11));
    }

    @Test
    void whatGoesOnWaitingIsCountedOnceMoreFromTheFirstOnAndItsGroupBeginsWithThat() {
        var first = new PendingBatch(NO, 11, 2, 4, 3);
        var second = new PendingBatch(NO, 9, 1, 2, 3);
        rows.claims.add(new Claim(List.of(), first, false));
        rows.claims.add(new Claim(List.of(), second, false));
        noted.note(NO, 11);

        due.start();

        awaitOrders(order(11), order(0));
        await().atMost(Delays.PAUSE)
                .untilAsserted(() -> assertThat(counting).containsExactly("forget 7", "begin " + second));
        pass();
        assertThat(queues.taken).isEmpty();
        assertThat(noted.subscriptions()).isEmpty();
    }

    @Test
    void whatComesWhileItIsCountedMayMakeABatch() {
        rows.claims.add(new Claim(List.of(), new PendingBatch(NO, 11, 2, 4, 3), false));
        rows.claims.add(batch(11, 12, 13));
        noted.note(NO, 11);

        due.start();

        awaitOrders(order(11), order(0), order(14));
        assertThat(sent()).containsExactly(List.of(11L, 12L, 13L));
        assertThat(counting).containsExactly("forget 7");
    }

    @Test
    void whatIsAboutToBeWrittenIsWaitedFor() {
        rows.claims.add(new Claim(List.of(), null, true));
        noted.note(NO, 11);

        due.start();

        awaitOrders(order(11), order(11));
        assertThat(rows.rounds).as("until the next round").containsExactly(1, 2);
        assertThat(counting).isEmpty();
    }

    @Test
    void anOrderedSubscriptionGetsNothingBeyondWhatHasBeenFannedOut() {
        index.put(ASubscription.no(NO).batch(RULES).ordered().get());
        noted.note(NO, 11);

        due.start();

        awaitOrders(new Order(NO, 3, true, 500, 11, NOON, NOON.plus(LEASE)));
    }

    @Test
    void afterAnErrorItIsLookedAtAgainFromTheSamePlace() {
        rows.failures.set(1);
        rows.claims.add(batch(11));
        noted.note(NO, 11);

        due.start();

        awaitOrders(order(11), order(11), order(12));
        assertThat(sent()).containsExactly(List.of(11L));
    }

    @Test
    void whatHasNoBatchesIsNotActiveOrIsGoneIsPassedOver() {
        index.put(ASubscription.no(1).get());
        index.put(ASubscription.no(2).batch(RULES).paused(NOON).get());
        for (long no = 1; no <= 3; no++) {
            noted.note(no, 11);
        }

        due.start();
        pass();

        assertThat(noted.subscriptions()).isEmpty();
        assertThat(rows.orders).isEmpty();
    }

    @Test
    void whatAnotherNodeSendsIsMadeDueForItButOnlyIfOnlyThisOneKnows() {
        queues.ofOthers.add(NO);
        queues.full.add(NO);
        rows.claims.add(batch(11, 12, 13));
        noted.note(NO, 11);

        due.start();

        awaitOrders(order(11), order(14));
        assertThat(sent()).as("the queues give it to the others").containsExactly(List.of(11L, 12L, 13L));

        noted.note(NO, Noted.ONLY_DUE);
        pass();
        assertThat(noted.subscriptions()).isEmpty();
        assertThat(rows.orders).hasSize(2);
    }

    @Test
    void whatCannotBeginWaitsOnDisk() {
        due.start();
        List<Runnable> reasons =
                List.of(() -> queues.full.add(NO), () -> queues.crowded = true, () -> queues.ready = false);
        for (var reason : reasons) {
            reason.run();
            noted.note(NO, 11);
            pass();
            assertThat(rows.orders).isEmpty();
            assertThat(noted.subscriptions()).containsExactly(NO);
            queues.full.clear();
            queues.crowded = false;
            queues.ready = true;
            await().atMost(Delays.PAUSE).until(() -> noted.subscriptions().isEmpty());
            awaitOrders(order(11));
            rows.orders.clear();
        }
    }

    @Test
    void whatFindsNoPlaceAfterAllEndsTheLookForNow() {
        queues.takes = false;
        rows.claims.add(batch(11));
        rows.claims.add(batch(12));
        noted.note(NO, 11);

        due.start();

        awaitOrders(order(11), order(12), order(13));
        assertThat(rows.rounds).containsExactly(1, 2, 3);
    }

    @Test
    void soMuchDataIsUnderWayAtOnceAndWhenABatchEndsTheNextIsLookedFor() {
        var most = (int) Memory.share(64L * PendingBatch.MOST_BYTES, 32);
        rows.claims.add(new Claim(List.of(row(11, 0, "x".repeat(most / 2))), null, false));
        rows.claims.add(new Claim(List.of(row(12, 0, "x".repeat(most - most / 2))), null, false));
        rows.claims.add(new Claim(List.of(row(13, 0, "x".repeat(most / 2))), null, false));
        noted.note(NO, 11);

        due.start();

        awaitOrders(order(11), order(12));
        pass();
        assertThat(rows.orders).as("there is no room for another").hasSize(2);
        assertThat(noted.subscriptions()).containsExactly(NO);

        TestQueues.end(queues.taken.getFirst());
        awaitOrders(order(11), order(12), order(13));
        assertThat(sent()).hasSize(3);

        rows.orders.clear();
        TestQueues.end(queues.taken.get(1));
        await().atMost(Delays.PAUSE).until(() -> !rows.orders.isEmpty());
        TestQueues.end(queues.taken.getLast());
        await().atMost(Delays.PAUSE).until(() -> rows.orders.contains(order(Noted.ONLY_DUE)));
    }

    @Test
    void whileNothingCanBeStoredNothingIsLookedFor() {
        storage.failed(new DataAccessResourceFailureException("away"));
        noted.note(NO, 11);

        due.start();
        pass();

        assertThat(rows.orders).isEmpty();
        assertThat(noted.subscriptions()).containsExactly(NO);
    }

    @Test
    void itRunsUntilItIsStopped() {
        assertThat(due.getPhase()).isEqualTo(Integer.MAX_VALUE - 10);
        assertThat(due.isRunning()).isFalse();
        due.start();
        assertThat(due.isRunning()).isTrue();
        pass();

        due.stop();

        assertThat(due.isRunning()).isFalse();
        noted.note(NO, 11);
        assertThat(noted.subscriptions()).as("its thread has ended").containsExactly(NO);
    }

    @Test
    void whoStopsItWaitsForWhatItIsJustDoing() throws Exception {
        rows.gate = new CountDownLatch(1);
        rows.claims.add(batch(11));
        noted.note(NO, 11);
        due.start();
        awaitOrders(order(11));

        var stopping = Thread.ofVirtual().start(due::stop);
        assertThat(stopping.join(Duration.ofMillis(200))).isFalse();
        rows.gate.countDown();

        assertThat(stopping.join(Delays.PAUSE)).isTrue();
        assertThat(sent()).hasSize(1);
        assertThat(rows.orders).as("it looks for nothing more").hasSize(1);
    }

    /** A method of the log. */
    public static final class Settled {

        public long settled() {
            return 500;
        }
    }

    /** Counts how often it was waited for. */
    private static final class Rounds extends Noted {

        final AtomicInteger rounds = new AtomicInteger();

        @Override
        void await(Duration most) throws InterruptedException {
            rounds.incrementAndGet();
            super.await(most);
        }
    }

    private final class Rows implements BatchLog {

        /** In which round each order came. */
        final List<Integer> rounds = new CopyOnWriteArrayList<>();

        final List<Order> orders = new CopyOnWriteArrayList<>();
        final ConcurrentLinkedQueue<Claim> claims = new ConcurrentLinkedQueue<>();
        final AtomicInteger failures = new AtomicInteger();
        volatile CountDownLatch gate = new CountDownLatch(0);

        @Override
        public void gather(List<Waiting> waiting) {
            throw new AssertionError("nothing is gathered here");
        }

        @Override
        public Claim claim(Order order) {
            rounds.add(noted.rounds.get());
            orders.add(order);
            if (failures.getAndDecrement() > 0) {
                throw new DataAccessResourceFailureException("away");
            }
            try {
                gate.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            var next = claims.poll();
            return next == null ? NOTHING : next;
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
