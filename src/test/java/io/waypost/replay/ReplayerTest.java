package io.waypost.replay;

import static io.waypost.replay.Given.NOON;
import static io.waypost.replay.Given.event;
import static io.waypost.replay.Given.events;
import static io.waypost.replay.Given.paused;
import static io.waypost.replay.Given.row;
import static io.waypost.replay.Given.subscription;
import static io.waypost.testing.Delays.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.delivery.InFlightDelivery;
import io.waypost.delivery.MissedRange;
import io.waypost.delivery.StandInQueues;
import io.waypost.delivery.StandInRecorder;
import io.waypost.delivery.limit.LoneShares;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.platform.Memory;
import io.waypost.platform.SettableClock;
import io.waypost.platform.TestProperties;
import io.waypost.platform.due.TestDue;
import io.waypost.replay.MemoryReplays.Saved;
import io.waypost.replay.ReplayStore.Mode;
import io.waypost.replay.ReplayStore.Replay;
import io.waypost.subscription.Runs;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.State;
import io.waypost.testing.Delays;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.ProducerTemplate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReplayerTest {

    private static final Instant LEASE_END = NOON.plusSeconds(30);

    private final SettableClock clock = new SettableClock("2026-03-01T12:00:00Z");
    private final MemoryReplays replays = new MemoryReplays();
    private final MemoryEvents log = new MemoryEvents();
    private final MemoryDeliveries deliveries = new MemoryDeliveries();
    private final MemoryIndex index = new MemoryIndex();
    private final StandInQueues queues = new StandInQueues(deliveries);
    private final StandInRecorder recorder = new StandInRecorder(deliveries);
    private final CountingSignal due = new CountingSignal();
    private final List<Object> putBack = new CopyOnWriteArrayList<>();
    private final CountDownLatch mayEnd = new CountDownLatch(1);
    private final TestDue waiting = new TestDue();
    private final Replayer replayer = new Replayer(
            replays,
            new ReplayPages(deliveries, log, index, clock),
            index,
            queues,
            LoneShares.of(index),
            recorder,
            due,
            waiting,
            (ProducerTemplate) Proxy.newProxyInstance(
                    ProducerTemplate.class.getClassLoader(), new Class<?>[] {ProducerTemplate.class}, (_, _, given) -> {
                        assertThat(given[0]).isEqualTo("direct:replay-buffer");
                        return putBack.add(given[1]);
                    }),
            clock,
            TestProperties.of(Map.of()));

    @AfterEach
    void end() {
        queues.ready = false;
        mayEnd.countDown();
    }

    private static Replay replay(Mode mode, long first, long last, long remaining) {
        return new Replay(1, 7, mode, first, last, 0, remaining, 1);
    }

    /** Begins it, and returns when it is over. */
    private void run(Subscription subscription, Replay replay) {
        begin(subscription, replay);
        awaitGone();
    }

    private void begin(Subscription subscription, Replay replay) {
        index.put(subscription);
        replays.open.add(replay);
        replayer.start();
        replayer.begin();
    }

    private void awaitGone() {
        await().atMost(SOON).until(() -> replays.noted.contains("delete 1"));
    }

    /** Each is blocked until the test ends. */
    private boolean block(InFlightDelivery delivery) throws InterruptedException {
        mayEnd.await();
        return queues.succeed(delivery);
    }

    /** The first delivery of the event runs this, and succeeds. */
    private void when(long seq, Runnable then) {
        queues.maker = (delivery, _) -> {
            if (delivery.key().seq() == seq
                    && queues.handedIn.stream().filter(s -> s == seq).count() == 1) {
                then.run();
            }
            return queues.succeed(delivery);
        };
    }

    @Test
    void whatWaitsIsSentInOrderAndHowFarItHasComeIsWrittenDown() {
        log.add(events(1, 5));
        deliveries.buffered.add(row(event(2), 7, 1));
        deliveries.had.add(3L);

        run(subscription(7, "**"), replay(Mode.REPLAY, 1, 5, 4));

        assertThat(queues.handedIn).containsExactly(1L, 2L, 4L, 5L);
        assertThat(deliveries.statuses())
                .containsExactlyInAnyOrder("1 SUCCEEDED", "2 SUCCEEDED", "4 SUCCEEDED", "5 SUCCEEDED");
        assertThat(replays.saved).as("a row was none of what was counted").containsExactly(new Saved(6, 1, LEASE_END));
        assertThat(due.given).as("who is ordered may go on").hasValue(1);
        assertThat(putBack).isEmpty();
        assertThat(index.refreshed).hasValue(0);
    }

    @Test
    void oneDeliveryIsUnderWayAtATimeUnlessTheSubscriptionAllowsMore() {
        log.add(events(1, 9));
        queues.maker = (delivery, _) -> block(delivery);
        begin(Given.sendingAtOnce(7, 3), replay(Mode.REPLAY, 1, 9, 9));

        await().atMost(SOON).until(() -> queues.handedIn.size() == 3);
        assertThat(queues.handedIn).containsExactlyInAnyOrder(1L, 2L, 3L);
        assertThat(replays.saved).as("not before they have ended").isEmpty();

        mayEnd.countDown();
        awaitGone();
        assertThat(queues.handedIn).hasSize(9);
        assertThat(replays.saved).containsExactly(new Saved(10, 0, LEASE_END));
    }

    @Test
    void whatWasNotSentWhenTheSubscriptionIsSwitchedOffGoesBackIntoItsBuffer() {
        log.add(events(1, 5));
        var subscription = subscription(7, "**");
        when(2, () -> index.put(paused(subscription)));

        run(subscription, replay(Mode.REPLAY, 1, 5, 5));

        assertThat(queues.handedIn).containsExactly(1L, 2L);
        assertThat(putBack).hasSize(1);
        assertRange(putBack.getFirst(), 3, 5, 3);
        assertThat(replays.saved).containsExactly(new Saved(3, 3, LEASE_END));
    }

    private static void assertRange(Object sent, long first, long last, long count) {
        var range = (MissedRange) sent;
        assertThat(List.of(range.subscription(), range.first(), range.last(), range.count(), range.dropped()))
                .containsExactly(7L, first, last, count, 0L);
    }

    @Test
    void aReplayWhoseSubscriptionIsOffGoesBackAsAWhole() {
        log.add(events(1, 5));

        run(paused(subscription(7, "**")), new Replay(1, 7, Mode.REPLAY, 3, 5, 0, 2, 1));

        assertThat(queues.handedIn).isEmpty();
        assertRange(putBack.getFirst(), 3, 5, 2);
        assertThat(index.refreshed).as("another node may have switched it on").hasValue(1);
    }

    @Test
    void itsLastEventGoesBackTooAndOnceThatIsSentNothing() {
        run(paused(subscription(7, "**")), new Replay(1, 7, Mode.REPLAY, 3, 5, 5, 1, 1));
        assertRange(putBack.getFirst(), 5, 5, 1);

        replays.noted.clear();
        run(paused(subscription(7, "**")), new Replay(1, 7, Mode.REPLAY, 3, 5, 6, 0, 1));
        assertThat(putBack).hasSize(1);
    }

    @Test
    void whatAnotherNodeSwitchedOnAMomentAgoIsSent() {
        log.add(events(1, 2));
        var subscription = subscription(7, "**");
        index.news = () -> index.put(subscription);

        run(paused(subscription), replay(Mode.REPLAY, 1, 2, 2));

        assertThat(queues.handedIn).containsExactly(1L, 2L);
        assertThat(putBack).isEmpty();
    }

    @Test
    void aReplayWhoseSubscriptionIsGoneIsDropped() {
        replays.open.add(replay(Mode.REPLAY, 1, 5, 5));
        replayer.start();
        replayer.takeUp();
        awaitGone();

        assertThat(putBack).isEmpty();
        assertThat(due.given).hasValue(0);
    }

    @Test
    void whatIsSwitchedOffAndOnAgainIsNotSentOnAsBeforeButLookedAtAnew() {
        log.add(events(1, 4));
        var subscription = subscription(7, "**");
        var again = Given.in(subscription, State.activated(NOON.plusSeconds(9)));
        queues.maker = (delivery, wanted) -> {
            if (delivery.key().seq() == 2) {
                index.put(again);
            }
            return wanted.getAsBoolean() && queues.succeed(delivery);
        };

        run(subscription, replay(Mode.REPLAY, 1, 4, 4));

        assertThat(queues.handedIn).as("the one that waited is asked for again").containsExactly(1L, 2L, 2L, 3L, 4L);
        assertThat(replays.saved).containsExactly(new Saved(2, 3, LEASE_END), new Saved(5, 0, LEASE_END));
    }

    @Test
    void whenTheGatewayStopsWhatIsInTheAirEndsAndTheRestIsThereAtOnceForWhoeverTakesItUp() {
        log.add(events(1, 5));
        var inTheAir = new CountDownLatch(1);
        queues.maker = (delivery, wanted) -> {
            if (delivery.key().seq() == 2) {
                inTheAir.countDown();
                while (wanted.getAsBoolean()) {
                    Thread.onSpinWait();
                }
                Delays.of(100); // The end of an attempt takes a while, and is waited for.
            }
            return queues.succeed(delivery);
        };
        begin(subscription(7, "**"), replay(Mode.REPLAY, 1, 5, 5));
        await().atMost(SOON).until(() -> inTheAir.getCount() == 0);
        assertThat(replayer.isRunning()).isTrue();

        replayer.stop();

        assertThat(replayer.isRunning()).isFalse();
        assertThat(queues.handedIn).containsExactly(1L, 2L);
        assertThat(replays.saved).containsExactly(new Saved(3, 3, LEASE_END), new Saved(3, 3, clock.instant()));
        assertThat(replays.noted).isEmpty();
    }

    @Test
    void aNodeThatIsNotReadyTakesUpNothing() {
        log.add(events(1, 1));
        index.put(subscription(7, "**"));
        replays.open.add(replay(Mode.REPLAY, 1, 1, 1));

        replayer.takeUp();
        replayer.start();
        queues.ready = false;
        replayer.takeUp();
        assertThat(replays.saved).isEmpty();
        assertThat(replays.noted).isEmpty();

        queues.ready = true;
        replayer.takeUp();
        awaitGone();
        assertThat(queues.handedIn).containsExactly(1L);
    }

    /** The node that began the page died when it had written some of its outcomes and not yet how far it had come. */
    @Test
    void whatWasMadeBeforeACrashIsNeitherSentAgainNorCountedAgain() {
        log.add(events(1, 5));
        deliveries.replayed.addAll(List.of(1L, 3L));

        run(subscription(7, "**"), replay(Mode.REPLAY, 1, 5, 5));

        assertThat(queues.handedIn).containsExactly(2L, 4L, 5L);
        assertThat(replays.saved).containsExactly(new Saved(6, 0, LEASE_END));
    }

    @Test
    void onlyWhatIsDueIsLookedForUnlessItHasJustBegun() {
        log.add(events(1, 1));
        index.put(subscription(7, "**"));
        replays.open.add(replay(Mode.REPLAY, 1, 1, 1));
        replayer.start();
        waiting.found(TestDue.replays(clock.instant().plusMillis(1)));

        replayer.takeUp();
        assertThat(replays.saved).isEmpty();

        replayer.begin();
        awaitGone();
        assertThat(queues.handedIn).containsExactly(1L);

        replays.open.add(replay(Mode.REPLAY, 1, 1, 1));
        waiting.found(TestDue.replays(clock.instant()));
        replayer.takeUp();
        awaitGone();
    }

    @Test
    void whatAnotherNodeHasTakenOverIsLeftToItAtOnce() {
        log.add(events(1, 5));
        when(2, () -> {
            replays.takenOver = true;
            replayer.takeUp();
        });

        begin(subscription(7, "**"), replay(Mode.REPLAY, 1, 5, 5));

        await().atMost(SOON)
                .untilAsserted(() -> assertThat(replays.saved).last().isEqualTo(new Saved(3, 3, clock.instant())));
        assertThat(queues.handedIn).containsExactly(1L, 2L);
        assertThat(replays.noted).isEmpty();
    }

    @Test
    void aReplayUnderWayIsNotTakenUpASecondTimeAndKeepsItsClaim() {
        log.add(events(1, 2));
        queues.maker = (delivery, _) -> block(delivery);
        begin(subscription(7, "**"), replay(Mode.REPLAY, 1, 2, 2));
        await().atMost(SOON).until(() -> queues.handedIn.size() == 1);

        replayer.takeUp();
        replayer.takeUp();
        assertThat(replays.saved).containsExactly(new Saved(0, 2, LEASE_END));
        clock.advance(Duration.ofSeconds(10));
        replayer.takeUp();
        assertThat(replays.saved).last().isEqualTo(new Saved(0, 2, LEASE_END.plusSeconds(10)));

        mayEnd.countDown();
        awaitGone();
        assertThat(queues.handedIn).containsExactly(1L, 2L);
    }

    @Test
    void whatThisNodeCannotSendIsLeftToOthersButWhatIsToBeDiscardedIsNot() {
        log.add(events(1, 2));
        index.put(Given.unreadable(subscription(7, "**")));
        replays.open.add(replay(Mode.REPLAY, 1, 2, 2));
        replays.open.add(new Replay(2, 7, Mode.DISCARD, 1, 1, 0, 1, 1));
        replayer.start();

        replayer.takeUp();

        await().atMost(SOON).until(() -> replays.noted.contains("delete 2"));
        assertThat(deliveries.statuses()).containsExactly("1 DISCARDED");
        assertThat(queues.handedIn).isEmpty();
        assertThat(replays.open).hasSize(1);
    }

    @Test
    void noMoreReplaysRunAtOnceThanThereIsMemoryFor() {
        log.add(events(1, 1));
        queues.maker = (delivery, _) -> block(delivery);
        replayer.start();
        for (int no = 1; no <= 400; no++) {
            index.put(subscription(no, "**"));
            replays.open.add(new Replay(no, no, Mode.REPLAY, 1, 1, 0, 1, 1));
            replayer.takeUp();
        }

        var most = Math.max(4, Memory.share(1024L * 1024 * 1024, 8) / (4 * 1024 * 1024));
        await().atMost(SOON).until(() -> queues.handedIn.size() == most);
        mayEnd.countDown();
        await().atMost(SOON).until(() -> {
            replayer.takeUp();
            return replays.open.isEmpty();
        });
        assertThat(queues.handedIn).as("each once").hasSize(400);
    }

    @Test
    void whatIsDiscardedIsWrittenDownAsThatAlsoOfASubscriptionThatIsOff() {
        log.add(events(1, 3));
        deliveries.buffered.add(row(event(2), 7, 1));

        run(paused(subscription(7, "**")), replay(Mode.DISCARD, 1, 3, 2));

        assertThat(deliveries.statuses()).containsExactly("1 DISCARDED", "3 DISCARDED");
        assertThat(deliveries.settled).allMatch(update -> clock.instant().equals(update.finishedAt()) && !update.row());
        assertThat(replays.saved).containsExactly(new Saved(4, 0, LEASE_END));
        assertThat(putBack).isEmpty();
    }

    @Test
    void ofAnOrderedSubscriptionAllIsPutInLineAsRowsThatAreDue() {
        log.add(events(1, 3));
        var before = row(event(2), 7, 1);
        deliveries.buffered.add(before);

        run(Given.ordered(7), replay(Mode.REPLAY, 1, 3, 2));

        assertThat(queues.handedIn).isEmpty();
        assertThat(deliveries.statuses()).containsExactly("1 PENDING", "2 RETRYING", "3 PENDING");
        assertThat(deliveries.settled)
                .allMatch(update -> clock.instant().equals(update.dueAt()) && update.replay())
                .extracting(DeliveryUpdate::row)
                .containsExactly(false, true, false);
        assertThat(deliveries.settled.get(1).fence()).isEqualTo(before.fence());
        assertThat(replays.saved).containsExactly(new Saved(4, 0, LEASE_END));
    }

    @Test
    void ofABatchTheRestOfThePageIsWaitedFor() {
        log.add(events(1, 2));

        run(Given.inBatches(7), replay(Mode.REPLAY, 1, 2, 2));

        assertThat(queues.handedIn).isEmpty();
        assertThat(deliveries.settled).hasSize(2).allMatch(update -> NOON.plusSeconds(1)
                .equals(update.dueAt()));
    }

    @Test
    void whatLeavesInRunsWaitsForTheNextOne() {
        log.add(events(1, 2));

        run(Given.inRuns(7), replay(Mode.REPLAY, 1, 2, 2));

        assertThat(queues.handedIn).isEmpty();
        assertThat(deliveries.settled).hasSize(2).allMatch(update -> Runs.NOT_BY_ITSELF.equals(update.dueAt()));
    }

    @Test
    void whatIsPutInLineCountsOnceItIsOnDisk() {
        log.add(events(1, 2));
        recorder.disk = new CompletableFuture<>();
        begin(Given.ordered(7), replay(Mode.REPLAY, 1, 2, 2));

        await().atMost(SOON).until(() -> deliveries.settled.size() == 2);
        assertThat(replays.saved).isEmpty();
        recorder.disk.complete(null);
        awaitGone();
    }

    @Test
    void nothingIsPutInLineOfASubscriptionThatIsSwitchedOffWhileThePageIsRead() {
        log.add(events(1, 3));
        var ordered = Given.ordered(7);
        index.whenAsked = () -> index.put(paused(ordered));

        run(ordered, replay(Mode.REPLAY, 1, 3, 3));

        assertThat(deliveries.settled).isEmpty();
        assertRange(putBack.getFirst(), 1, 3, 3);
    }

    @Test
    void anErrorOfOursInOneDeliveryDoesNotKeepTheOthersFromTheirTurn() {
        log.add(events(1, 3));
        when(2, () -> {
            throw new IllegalStateException("a bug");
        });

        run(subscription(7, "**"), replay(Mode.REPLAY, 1, 3, 3));

        assertThat(queues.handedIn).containsExactly(1L, 2L, 3L);
    }

    @Test
    void oneThatWasInterruptedIsMadeAgain() {
        log.add(events(1, 3));
        var interrupted = new AtomicInteger();
        queues.maker = (delivery, _) -> {
            if (delivery.key().seq() == 2 && interrupted.getAndIncrement() == 0) {
                throw new InterruptedException();
            }
            return queues.succeed(delivery);
        };

        run(subscription(7, "**"), replay(Mode.REPLAY, 1, 3, 3));

        assertThat(replays.saved.getFirst()).isEqualTo(new Saved(2, 1, LEASE_END));
        assertThat(queues.handedIn).containsExactly(1L, 2L, 3L, 2L);
    }

    @Test
    void whatWasNotWrittenBeforeTheGatewayEndedIsLookedAtAgain() {
        log.add(events(1, 3));
        queues.maker = (delivery, _) ->
                queues.handedIn.size() == 2 ? queues.succeedUnwritten(delivery) : queues.succeed(delivery);

        run(subscription(7, "**"), replay(Mode.REPLAY, 1, 3, 3));

        assertThat(queues.handedIn).containsExactly(1L, 2L, 3L, 2L);
        assertThat(replays.saved.getFirst()).isEqualTo(new Saved(1, 0, LEASE_END));
    }

    @Test
    void oneThatAFaultCutOffIsTakenUpAgain() {
        log.add(events(1, 2));
        var reads = new AtomicInteger();
        log.whenRead = () -> {
            if (reads.getAndIncrement() == 0) {
                throw new IllegalStateException("the database is away");
            }
        };
        begin(subscription(7, "**"), replay(Mode.REPLAY, 1, 2, 2));

        await().atMost(SOON).until(() -> {
            replayer.takeUp();
            return replays.noted.contains("delete 1");
        });
        assertThat(queues.handedIn).containsExactly(1L, 2L);
    }

    @Test
    void itStartsAfterTheRoutesAndStopsBeforeThem() {
        assertThat(replayer.getPhase()).isEqualTo(Integer.MAX_VALUE - 10);
    }
}
