package io.waypost.delivery;

import static io.waypost.testing.Delays.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.connector.Failure;
import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryLog.Failing;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.delivery.log.DeliveryUpdate.Claim;
import io.waypost.delivery.log.DeliveryUpdate.Effect;
import io.waypost.delivery.log.DeliveryUpdate.Finding;
import io.waypost.delivery.log.DeliveryUpdate.Progress;
import io.waypost.delivery.log.DueSignal;
import io.waypost.delivery.log.Health;
import io.waypost.event.EventLog;
import io.waypost.event.LogSegment;
import io.waypost.event.log.TestSegments;
import io.waypost.platform.SettableClock;
import io.waypost.platform.TestProperties;
import io.waypost.platform.due.TestDue;
import io.waypost.platform.storage.Storage;
import io.waypost.platform.storage.StorageWatch;
import io.waypost.subscription.DeliveryProfile;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.SubscriptionStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.PermissionDeniedDataAccessException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;

class RecorderTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration ASIDE = Duration.ofSeconds(5);

    /** The sequence number of what cannot be written, where something cannot. */
    private static final long REFUSED = 7;

    /** What belongs to one segment, rather too far. */
    private static final long LONGEST_SEGMENT = 10_000;

    private final SettableClock clock = new SettableClock("2026-03-01T12:00:00Z");
    private final Log log = new Log();
    private final TestSegments open = new TestSegments(Unasked.but(EventLog.class, log), clock);
    private final KnownSubscriptions index = new KnownSubscriptions();
    private final DeliveryLog deliveries = Unasked.but(DeliveryLog.class, log);
    private final HealthJudge health =
            new HealthJudge(deliveries, Unasked.but(SubscriptionStore.class, log), index, new TestDue());
    private final AtomicInteger wakes = new AtomicInteger();
    private final Medium medium = new Medium();
    private final StorageWatch storage = new StorageWatch(medium, clock);
    private final Recorder recorder = new Recorder(
            deliveries,
            Unasked.but(EventLog.class, log),
            open,
            index,
            health,
            new TransactionTemplate(new Transactions()),
            new DueSignal() {
                @Override
                public void wake() {
                    wakes.incrementAndGet();
                }
            },
            storage,
            clock,
            TestProperties.of(Map.of("waypost.log.lease", "40s")));

    @BeforeEach
    void start() {
        recorder.pauseAfterError = Duration.ofMillis(20);
        recorder.start();
    }

    @AfterEach
    void stop() {
        log.gate.countDown();
        recorder.stop();
        storage.stop();
    }

    /** A first delivery of the event that has ended, with nothing to say about the receiver. */
    private static DeliveryUpdate update(long seq) {
        return new DeliveryUpdate(
                Claim.first(new DeliveryKey(NOON, seq, 1)),
                "acme",
                new Progress(Status.SUCCEEDED, 1, 1, null, null, NOON, null),
                false,
                Finding.NOTHING,
                List.of());
    }

    private static DeliveryUpdate due(long seq, Instant at) {
        return DeliveryUpdate.pending(new DeliveryKey(NOON, seq, 1), "acme", false, at);
    }

    private static DeliveryUpdate finding(long seq, long subscription, Effect effect, Failure failure) {
        var key = new DeliveryKey(NOON, seq, subscription);
        var attempt = new Attempt(key, 1, NOON, 5, null, failure, null, null);
        return new DeliveryUpdate(
                Claim.first(key),
                "acme",
                new Progress(Status.EXHAUSTED, 1, 1, null, null, NOON, null),
                false,
                new Finding(attempt, effect, null),
                List.of());
    }

    private static LogSegment.Key segment(long first) {
        return new LogSegment.Key(first, 1);
    }

    private static Function<List<Long>, RuntimeException> refusing(long seq, RuntimeException e) {
        return seqs -> seqs.contains(seq) ? e : null;
    }

    private static RuntimeException forbidden() {
        return new PermissionDeniedDataAccessException("no right", null);
    }

    /** Holds the recorder in a write of the event 0, so that what is handed in next comes to it together. */
    private void hold() {
        log.gate = new CountDownLatch(1);
        recorder.record(update(0));
        await().atMost(SOON).until(() -> log.atGate);
    }

    /** Returns when the recorder has been through its whole loop with this one. */
    private void pass(long seq) {
        assertThat(recorder.recordAndTell(update(seq))).succeedsWithin(SOON);
    }

    @Test
    void whatIsHandedInTogetherIsWrittenInOneTransactionInThatOrderWithTheEndOfItsSegment() {
        hold();
        recorder.record(update(2));
        var told = recorder.recordAndTell(update(3));
        recorder.finished(segment(1), false);
        recorder.record(update(1));
        log.beforeCommit = () -> {
            assertThat(told).as("before it is on disk").isNotDone();
            assertThat(open.closed()).isEmpty();
        };
        log.gate.countDown();

        assertThat(told).succeedsWithin(SOON);
        assertThat(log.written).containsExactly(List.of(0L), List.of(2L, 3L, 1L));
        assertThat(log.commits).hasValue(2);
        assertThat(log.finished).containsExactly(segment(1));
        assertThat(open.closed()).containsExactly(segment(1));
        assertThat(log.failuresBeforeCommit).isEmpty();
    }

    @Test
    void noTransactionIsOfMoreThanAThousand() {
        hold();
        for (long seq = 1; seq < 1_500; seq++) {
            recorder.record(update(seq));
        }
        var last = recorder.recordAndTell(update(1_500));
        log.gate.countDown();

        assertThat(last).succeedsWithin(SOON);
        assertThat(log.written).extracting(List::size).containsExactly(1, 1_000, 500);
    }

    /** The next delivery waits for it; the others would be waited for because so many at once show that more come. */
    @Test
    void whatIsUrgentIsNotHeldUpButWrittenToo() {
        hold();
        for (long seq = 1; seq < 20; seq++) {
            recorder.record(update(seq));
        }
        var urgent = recorder.recordAndTell(update(20), true);
        log.gate.countDown();

        assertThat(urgent).succeedsWithin(SOON);
        assertThat(log.written.getLast()).hasSize(20);
    }

    @Test
    void itWakesWhoLooksForWhatIsDueOnlyIfSomethingMayBe() {
        pass(1);
        recorder.finished(segment(1), false);
        pass(2);
        assertThat(wakes).hasValue(0);

        assertThat(recorder.recordAndTell(update(3).withRow(true))).succeedsWithin(SOON);
        assertThat(wakes).as("the next of an ordered subscription").hasValue(1);
        assertThat(recorder.recordAndTell(due(4, NOON))).succeedsWithin(SOON);
        assertThat(wakes).hasValue(2);
        recorder.finished(segment(2), true);
        pass(5);
        await().atMost(SOON).untilAsserted(() -> assertThat(wakes).hasValue(3));
    }

    @Test
    void whatWouldWaitForAnAttemptIsBufferedIfItsSubscriptionHasBeenSwitchedOff() {
        index.put(ASubscription.no(1).get());
        assertThat(recorder.recordAndTell(due(1, NOON))).succeedsWithin(SOON);
        index.put(ASubscription.no(1).paused(NOON).get());
        assertThat(recorder.recordAndTell(due(2, NOON))).succeedsWithin(SOON);
        assertThat(recorder.recordAndTell(update(3))).succeedsWithin(SOON);
        index.remove(1);
        assertThat(recorder.recordAndTell(due(4, NOON))).succeedsWithin(SOON);

        assertThat(log.updates)
                .extracting(DeliveryUpdate::status)
                .containsExactly(Status.PENDING, Status.BUFFERED, Status.SUCCEEDED, Status.PENDING);
        assertThat(log.updates.get(1).dueAt()).isNull();
    }

    @Test
    void whatFollowsFromOutcomesIsKnownAtOnce() {
        index.put(ASubscription.no(1).get());
        index.put(ASubscription.no(2).profile(DeliveryProfile.REST_HOOK).get());

        hold();
        recorder.record(finding(1, 1, Effect.GONE, Failure.HTTP_STATUS));
        var told = recorder.recordAndTell(finding(2, 2, Effect.GONE, Failure.HTTP_STATUS));
        log.gate.countDown();

        assertThat(told).succeedsWithin(SOON);
        assertThat(index.current(1)).get().returns(false, Subscription::active);
        assertThat(index.current(2)).isEmpty();
        assertThat(log.asked).containsExactly("settle", "lockHealth", "settle", "saveHealth");
    }

    /** The lock comes before all rows; taken after them, or not at all, two nodes would wait for each other or lose a count. */
    @Test
    void whatBecomesAConcernWhileOutcomesAreWrittenIsNotJudgedWithoutTheLock() {
        index.put(ASubscription.no(1).get());
        log.failing = Set.of(1L);
        log.whileSettling = health::follow;
        var success = finding(1, 1, Effect.SUCCESS, null);

        assertThat(recorder.recordAndTell(success)).succeedsWithin(SOON);
        assertThat(log.asked).containsExactly("settle");
        log.whileSettling = () -> {};

        assertThat(recorder.recordAndTell(success)).succeedsWithin(SOON);
        assertThat(log.asked).containsExactly("settle", "lockHealth", "settle", "saveHealth");
    }

    @Test
    void whatIsHandedInBeforeItStopsIsWritten() throws Exception {
        hold();
        var told = recorder.recordAndTell(update(1));
        var stopping = Thread.ofVirtual().start(recorder::stop);
        await().atMost(SOON).until(() -> !recorder.isRunning());
        assertThat(stopping.join(Duration.ofMillis(200)))
                .as("it waits for what is written")
                .isFalse();
        log.gate.countDown();

        assertThat(stopping.join(SOON)).isTrue();
        assertThat(told).isCompleted();
        assertThat(log.written).containsExactly(List.of(0L), List.of(1L));
        assertThat(recorder.recordAndTell(update(2))).as("after its end").isCancelled();
        assertThat(log.written).hasSize(2);

        recorder.start();
        assertThat(recorder.isRunning()).isTrue();
        pass(3);
    }

    @Test
    void itStartsBeforeWhateverDelivers() {
        assertThat(recorder.getPhase()).isZero();
        assertThat(recorder.isRunning()).isTrue();
    }

    @Test
    void whileTheDatabaseIsAwayItWaitsUntilSomethingCanBeWrittenAgain() {
        storage.start();
        medium.away = true;
        log.refusal = _ -> new DataAccessResourceFailureException("away");
        var told = recorder.recordAndTell(update(1));
        await().atMost(SOON).until(storage::fails);
        var tries = log.tries.get();
        await().atMost(SOON).until(() -> medium.tries.get() >= 2);
        assertThat(log.tries)
                .as("while it is known that nothing can be written")
                .hasValue(tries);
        assertThat(told).isNotDone();

        log.refusal = _ -> null;
        medium.away = false;

        assertThat(told).succeedsWithin(SOON);
        assertThat(log.tries).hasValue(2);
        assertThat(storage.fails()).isFalse();
    }

    @Test
    void twoThatWaitForEachOtherAreNoReasonToTurnPublishersAway() {
        log.refusal = _ -> log.tries.get() < 6 ? new CannotAcquireLockException("deadlock") : null;

        pass(1);

        assertThat(log.tries).as("it passes, however often it happens").hasValue(6);
        assertThat(storage.fails()).isFalse();
        assertThat(storage.trouble()).isNull();
    }

    @Test
    void whoWaitsForWhatIsNeverWrittenIsToldAtTheEnd() {
        hold();
        log.refusal = _ -> new DataAccessResourceFailureException("away");
        var handedIn = recorder.recordAndTell(update(1));
        recorder.finished(segment(1), false);
        log.gate.countDown();
        await().atMost(SOON).until(storage::fails);
        var after = recorder.recordAndTell(update(2));
        log.refusal = _ -> null;

        recorder.stop();

        assertThat(handedIn).failsWithin(SOON);
        assertThat(handedIn).isCancelled();
        assertThat(after).failsWithin(SOON);
        assertThat(after).isCancelled();
        assertThat(log.written).as("nor is anything written after that").isEmpty();
        assertThat(log.finished).isEmpty();
    }

    @Test
    void oneThatCannotBeWrittenWaitsAsideWithItsSegmentAndTheRestGoesOn() {
        log.refusal = refusing(REFUSED, forbidden());
        hold();
        log.gate.countDown();
        var refused = recorder.recordAndTell(update(REFUSED));
        var its = segment(5);
        var other = segment(20_000);
        assertThat(recorder.recordAndTell(update(6))).succeedsWithin(SOON);
        recorder.finished(its, false);
        recorder.finished(other, false);
        pass(20_000);

        await().atMost(SOON)
                .until(() -> log.finished.contains(other) && open.closed().contains(its));
        assertThat(log.finished).doesNotContain(its);
        assertThat(refused).isNotDone();
        assertThat(storage.trouble()).contains("set aside").contains("no right");
        assertThat(storage.fails()).isFalse();

        log.refusal = _ -> null;
        clock.advance(ASIDE);
        assertThat(refused).succeedsWithin(SOON);
        await().atMost(SOON).until(() -> log.finished.contains(its));
        await().atMost(SOON).until(() -> storage.trouble() == null);
        assertThat(log.seqs()).containsExactlyInAnyOrder(0L, REFUSED, 6L, 20_000L);
    }

    @Test
    void whatFollowsSomethingThatIsAsideIsWrittenAfterItAndNotWithoutIt() {
        log.refusal = refusing(REFUSED, forbidden());
        var first = recorder.recordAndTell(update(REFUSED));
        await().atMost(SOON).until(() -> storage.trouble() != null);
        var second = recorder.recordAndTell(update(REFUSED).withRow(true));
        pass(1);
        assertThat(first).isNotDone();
        assertThat(second).isNotDone();

        clock.advance(ASIDE);
        var tries = log.tries.get();
        await().atMost(SOON).until(() -> log.tries.get() > tries);
        pass(2);
        assertThat(second)
                .as("tried once more, both at once and the first alone")
                .isNotDone();

        log.refusal = _ -> null;
        clock.advance(ASIDE);
        assertThat(first).succeedsWithin(SOON);
        assertThat(second).succeedsWithin(SOON);
        assertThat(log.updates.stream().filter(u -> u.key().seq() == REFUSED))
                .extracting(DeliveryUpdate::row)
                .containsExactly(false, true);
    }

    @Test
    void whatIsAsideIsTriedEveryFiveSecondsAndItsSegmentIsKept() {
        log.refusal = refusing(REFUSED, forbidden());
        var refused = recorder.recordAndTell(update(REFUSED));
        await().atMost(SOON).until(() -> storage.trouble() != null);
        recorder.finished(segment(REFUSED), false);
        await().atMost(SOON).until(() -> open.closed().contains(segment(REFUSED)));
        pass(1);
        var tries = log.refusals.get();

        clock.advance(ASIDE.minusMillis(1));
        pass(2);
        pass(3);
        assertThat(log.refusals).hasValue(tries);

        clock.advance(Duration.ofMillis(1));
        await().atMost(SOON).untilAsserted(() -> assertThat(log.extended)
                .contains(Map.entry(segment(REFUSED), clock.instant().plusSeconds(40))));
        assertThat(log.refusals).hasValue(tries + 1);

        log.cannotExtend = true;
        clock.advance(ASIDE);
        await().atMost(SOON).until(() -> log.refusals.get() == tries + 2);
        pass(4);
        assertThat(refused).isNotDone();
    }

    @Test
    void aSegmentWaitsForWhatMayBeOfItAndForNothingElse() {
        log.refusal = seqs -> seqs.contains(20_000L) || seqs.contains(50_000L) ? forbidden() : null;
        recorder.record(update(20_000));
        await().atMost(SOON).until(() -> storage.trouble() != null);
        // Has a row: whatever segment it came from does not answer for it any more.
        recorder.record(update(50_000).withRow(true));

        var waiting = List.of(segment(20_000), segment(20_000 - LONGEST_SEGMENT));
        var free = List.of(segment(20_001), segment(20_000 - LONGEST_SEGMENT - 1), segment(50_000));
        waiting.forEach(key -> recorder.finished(key, false));
        free.forEach(key -> recorder.finished(key, false));
        pass(1);

        await().atMost(SOON).until(() -> open.closed().size() == 5);
        assertThat(log.finished).containsExactlyInAnyOrderElementsOf(free);
    }

    /** As when rows may be inserted and segments may not be deleted. */
    @Test
    void aSegmentThatCannotBeFinishedHoldsNoOutcomeUpAndIsTriedAgain() {
        log.cannotFinish = true;
        hold();
        recorder.record(update(1));
        recorder.finished(segment(1), false);
        var told = recorder.recordAndTell(update(2));
        log.gate.countDown();

        assertThat(told).succeedsWithin(SOON);
        await().atMost(SOON).until(() -> open.closed().contains(segment(1)));
        assertThat(log.written).endsWith(List.of(1L, 2L));

        log.cannotFinish = false;
        clock.advance(ASIDE);
        await().atMost(SOON).until(() -> log.finished.contains(segment(1)));
        assertThat(log.seqs()).as("each once").containsExactly(0L, 1L, 2L);
    }

    @Test
    void soMuchWaitsAsideAndWhoWaitsForMoreIsTold() {
        log.refusal = refusing(REFUSED, forbidden());
        recorder.record(update(REFUSED));
        await().atMost(SOON).until(() -> storage.trouble() != null);
        for (int i = 2; i < 10_000; i++) {
            recorder.record(update(REFUSED));
        }
        var last = recorder.recordAndTell(update(REFUSED));
        var tooMany = recorder.recordAndTell(update(REFUSED));

        assertThat(tooMany).failsWithin(SOON);
        assertThat(tooMany).isCancelled();
        assertThat(last).isNotDone();

        recorder.stop();
        assertThat(last).as("what is aside is never written now").isCancelled();
    }

    @Test
    void whatIsAsideIsNotTakenForWrittenIfTheDatabaseGoesAwayMeanwhile() {
        log.refusal = refusing(REFUSED, forbidden());
        var refused = recorder.recordAndTell(update(REFUSED));
        await().atMost(SOON).until(() -> storage.trouble() != null);
        pass(1);
        log.refusal = refusing(REFUSED, new CannotAcquireLockException("deadlock"));
        var tries = log.refusals.get();

        clock.advance(ASIDE);
        await().atMost(SOON).until(() -> log.refusals.get() > tries + 1);
        recorder.stop();

        assertThat(refused).failsWithin(SOON);
        assertThat(refused).isCancelled();
    }

    @Test
    void whatIsAsideIsWrittenAfterAnErrorThatPasses() {
        log.refusal = refusing(REFUSED, forbidden());
        var refused = recorder.recordAndTell(update(REFUSED));
        await().atMost(SOON).until(() -> storage.trouble() != null);
        pass(1);
        var passing = new AtomicInteger(2);
        log.refusal = seqs -> seqs.contains(REFUSED) && passing.getAndDecrement() > 0
                ? new CannotAcquireLockException("deadlock")
                : null;
        clock.advance(ASIDE);

        assertThat(refused).succeedsWithin(SOON);
        assertThat(passing).hasValue(-1);
    }

    @Test
    void anAttemptThatCannotBeStoredIsLeftOutAndAllOthersAreWrittenAsTheyAre() {
        log.refusesAttemptOf = REFUSED;
        hold();
        var one = recorder.recordAndTell(finding(1, 1, Effect.NONE, Failure.TIMEOUT));
        var bad = recorder.recordAndTell(finding(REFUSED, 1, Effect.NONE, Failure.TIMEOUT));
        recorder.finished(segment(1), false);
        log.gate.countDown();

        assertThat(one).succeedsWithin(SOON);
        assertThat(bad).succeedsWithin(SOON);
        await().atMost(SOON).until(() -> log.finished.contains(segment(1)));
        assertThat(log.seqs()).containsExactly(0L, 1L, REFUSED);
        assertThat(log.updates.get(1).attempt()).isNotNull();
        assertThat(log.updates.get(2).attempt()).isNull();
        assertThat(log.updates.get(2).status()).isEqualTo(Status.EXHAUSTED);
    }

    @Test
    void whatCannotBeStoredInAnyFormIsLeftAndNobodyWaitsForIt() {
        log.refusal = refusing(REFUSED, new DataIntegrityViolationException("bad"));
        hold();
        var bad = recorder.recordAndTell(update(REFUSED));
        var good = recorder.recordAndTell(update(8));
        log.gate.countDown();

        assertThat(bad).succeedsWithin(SOON);
        assertThat(good).succeedsWithin(SOON);
        assertThat(log.seqs()).containsExactly(0L, 8L);

        log.cannotFinish = true;
        log.whyNotFinish = new DataIntegrityViolationException("bad");
        recorder.finished(segment(1), false);
        await().atMost(SOON).until(() -> open.closed().contains(segment(1)));
        assertThat(storage.trouble()).isNull();
    }

    @Test
    void whatIsAsideAndTurnsOutToBeBadIsWrittenWithoutItsAttempt() {
        log.refusal = refusing(REFUSED, forbidden());
        var refused = recorder.recordAndTell(finding(REFUSED, 1, Effect.NONE, Failure.TIMEOUT));
        await().atMost(SOON).until(() -> storage.trouble() != null);
        log.refusal = _ -> null;
        log.refusesAttemptOf = REFUSED;
        clock.advance(ASIDE);

        assertThat(refused).succeedsWithin(SOON);
        assertThat(log.updates.getLast().attempt()).isNull();
    }

    /** The commit before had come through though the connection broke. */
    @Test
    void whatIsThereAlreadyIsTakenForWritten() {
        log.refusal = refusing(REFUSED, new DuplicateKeyException("there"));
        var tries = log.tries.get();

        assertThat(recorder.recordAndTell(finding(REFUSED, 1, Effect.NONE, Failure.TIMEOUT)))
                .succeedsWithin(SOON);

        assertThat(log.tries).hasValue(tries + 1);
        assertThat(storage.trouble()).isNull();
    }

    /** The methods of the ports that the recorder calls. */
    public final class Log {

        final AtomicInteger tries = new AtomicInteger();
        final AtomicInteger refusals = new AtomicInteger();
        final AtomicInteger commits = new AtomicInteger();

        /** What was written in each transaction, by the sequence numbers. */
        final List<List<Long>> written = new CopyOnWriteArrayList<>();

        final List<DeliveryUpdate> updates = new CopyOnWriteArrayList<>();
        final List<LogSegment.Key> finished = new CopyOnWriteArrayList<>();
        final List<Map.Entry<LogSegment.Key, Instant>> extended = new CopyOnWriteArrayList<>();
        final List<String> asked = new CopyOnWriteArrayList<>();
        final List<Throwable> failuresBeforeCommit = new CopyOnWriteArrayList<>();

        volatile CountDownLatch gate = new CountDownLatch(0);
        volatile boolean atGate;
        volatile Function<List<Long>, RuntimeException> refusal = _ -> null;
        volatile long refusesAttemptOf = -1;
        volatile boolean cannotFinish;
        volatile RuntimeException whyNotFinish = forbidden();
        volatile boolean cannotExtend;
        volatile Set<Long> failing = Set.of();
        volatile Runnable whileSettling = () -> {};
        volatile Runnable beforeCommit = () -> {};

        private final List<DeliveryUpdate> uncommitted = new ArrayList<>();
        private final List<LogSegment.Key> unfinished = new ArrayList<>();

        List<Long> seqs() {
            return written.stream().flatMap(List::stream).toList();
        }

        void begin() {
            uncommitted.clear();
            unfinished.clear();
        }

        void commit() {
            try {
                beforeCommit.run();
            } catch (AssertionError e) {
                failuresBeforeCommit.add(e);
            }
            commits.incrementAndGet();
            if (!uncommitted.isEmpty()) {
                written.add(
                        uncommitted.stream().map(update -> update.key().seq()).toList());
            }
            updates.addAll(uncommitted);
            finished.addAll(unfinished);
        }

        public void settle(List<DeliveryUpdate> these) throws InterruptedException {
            asked.add("settle");
            tries.incrementAndGet();
            atGate = true;
            gate.await();
            whileSettling.run();
            var seqs = these.stream().map(update -> update.key().seq()).toList();
            var refused = refusal.apply(seqs);
            if (refused != null) {
                refusals.incrementAndGet();
                throw refused;
            }
            if (these.stream().anyMatch(u -> u.key().seq() == refusesAttemptOf && u.attempt() != null)) {
                throw new DataIntegrityViolationException("bad");
            }
            uncommitted.addAll(these);
        }

        public void finish(List<LogSegment.Key> segments) {
            if (cannotFinish && !segments.isEmpty()) {
                throw whyNotFinish;
            }
            unfinished.addAll(segments);
        }

        public void extend(List<LogSegment.Key> segments, Instant until) {
            if (cannotExtend) {
                throw forbidden();
            }
            segments.forEach(segment -> extended.add(Map.entry(segment, until)));
        }

        public void lockHealth() {
            asked.add("lockHealth");
        }

        public Failing failing(long after) {
            return new Failing(failing, after + 1);
        }

        public Map<Long, Health> health(Collection<Long> subscriptions) {
            return Map.of();
        }

        public void saveHealth(Map<Long, Health> now) {
            asked.add("saveHealth");
        }

        public Optional<Subscription> deactivate(long subscription, State state, Instant now) {
            return Optional.of(ASubscription.no(subscription).state(state).get());
        }

        public boolean delete(String id, Instant now) {
            return true;
        }
    }

    /** What everything is kept in. */
    private static final class Medium implements Storage {

        final AtomicInteger tries = new AtomicInteger();
        volatile boolean away;

        @Override
        public void look() {
            tryOut();
        }

        @Override
        public void tryOut() {
            tries.incrementAndGet();
            if (away) {
                throw new DataAccessResourceFailureException("away");
            }
        }

        @Override
        public OptionalLong room() {
            return OptionalLong.empty();
        }
    }

    private final class Transactions extends AbstractPlatformTransactionManager {

        private static final long serialVersionUID = 1;

        @Override
        protected Object doGetTransaction() {
            return this;
        }

        @Override
        protected void doBegin(Object transaction, TransactionDefinition definition) {
            log.begin();
        }

        @Override
        protected void doCommit(DefaultTransactionStatus status) {
            log.commit();
        }

        @Override
        protected void doRollback(DefaultTransactionStatus status) {}
    }
}
