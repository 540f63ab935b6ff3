package io.waypost.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.event.LogSegment;
import io.waypost.event.log.TestSegments;
import io.waypost.platform.SettableClock;
import io.waypost.platform.TestProperties;
import io.waypost.subscription.Runs;
import io.waypost.subscription.Subscription.Batch;
import io.waypost.subscription.Subscription.Buffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;

class DispatcherTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration HOUR = Duration.ofHours(1);

    /** What is held of a segment at once, at most, in deliveries. */
    private static final int MOST = 10_000;

    private final SettableClock clock = new SettableClock("2026-03-01T12:00:05Z");
    private final KnownSubscriptions index = new KnownSubscriptions();
    private final Log log = new Log();
    private final TestQueues queues = new TestQueues();
    private final Gathered batches = new Gathered();
    private final HandedIn recorder = new HandedIn();
    private final Dispatcher dispatcher = dispatcher(Map.of());

    private Dispatcher dispatcher(Map<String, String> settings) {
        return new Dispatcher(
                new TestSegments(Unasked.but(EventLog.class, log), clock),
                index,
                Unasked.but(DeliveryLog.class, log),
                queues,
                batches,
                recorder,
                clock,
                TestProperties.of(settings));
    }

    private static Event event(long seq, Instant at) {
        return new Event(seq, at, "acme", "order.created", "/", null, null, at, false, null, "{}", false);
    }

    private static LogSegment segment(long first, int count) {
        var events = LongStream.range(first, first + count)
                .mapToObj(seq -> event(seq, NOON))
                .toList();
        return new LogSegment(first, first + count - 1, 1, events, 0, false);
    }

    private static List<MissedRange> ranges(Dispatcher.Fanout fanout) {
        return StreamSupport.stream(fanout.ranges().spliterator(), false).toList();
    }

    /** What waits in the queues, as event → subscription. */
    private List<List<Long>> queued() {
        return queues.taken.stream()
                .map(d -> List.of(d.key().seq(), d.key().subscription()))
                .toList();
    }

    @Test
    void whatIsWantedGoesToTheQueueOfEachSubscriptionAndTheSegmentIsFinishedAfterAllOfIt() throws Exception {
        index.put(ASubscription.no(1).get());
        index.put(ASubscription.no(2).get());
        index.uncertain.add(2L);

        var fanout = dispatcher.match(segment(11, 2));
        dispatcher.fanOut(fanout);

        assertThat(fanout.count()).isEqualTo(4);
        assertThat(fanout.segment()).isEqualTo(new LogSegment.Key(11, 1));
        assertThat(queued()).containsExactly(List.of(11L, 1L), List.of(11L, 2L), List.of(12L, 1L), List.of(12L, 2L));
        assertThat(queues.taken).extracting(InFlightDelivery::certain).containsExactly(true, false, true, false);
        assertThat(queues.waits).hasValue(4);
        assertThat(ranges(fanout)).isEmpty();
        assertThat(recorder.recorded).isEmpty();
        assertThat(batches.gathered).isEmpty();

        queues.taken.subList(0, 3).forEach(TestQueues::end);
        assertThat(recorder.finished).isEmpty();
        TestQueues.end(queues.taken.getLast());
        assertThat(recorder.finished).containsExactly(Map.entry(fanout.segment(), false));
    }

    @Test
    void aSegmentThatNobodyWantsIsFinishedAtOnce() throws Exception {
        dispatcher.fanOut(dispatcher.match(segment(11, 3)));

        assertThat(recorder.finished).containsExactly(Map.entry(new LogSegment.Key(11, 1), false));
        assertThat(queues.taken).isEmpty();
    }

    @Test
    void onlyWhereNodesShareADatabaseTheIndexIsBroughtUpToDateFirst() {
        dispatcher.match(segment(1, 1));
        assertThat(index.refreshedTo).hasValue(-1);

        dispatcher(Map.of("waypost.db.url", "jdbc:postgresql://127.0.0.1/none"))
                .match(new LogSegment(1, 1, 1, List.of(), 37, false));
        assertThat(index.refreshedTo).hasValue(37);
    }

    @Test
    void whatVeryManyWantIsCutAndTheRestGoesBackToTheLog() {
        for (int no = 1; no <= 100; no++) {
            index.put(ASubscription.no(no).get());
        }
        var segment = segment(1_001, 250);

        var fanout = dispatcher.match(segment);

        assertThat(fanout.count()).isEqualTo(MOST);
        assertThat(log.cuts).containsExactly(Map.entry(segment, 1_100L));

        log.cuts.clear();
        assertThat(dispatcher.match(segment(1_001, 100)).count()).isEqualTo(MOST);
        assertThat(log.cuts).as("nothing is left to be cut off").isEmpty();
    }

    @Test
    void whoHasLostASegmentThatIsToBeCutHandsNothingOut() {
        for (int no = 1; no <= 100; no++) {
            index.put(ASubscription.no(no).get());
        }
        log.lost = true;

        assertThatThrownBy(() -> dispatcher.match(segment(1_001, 250))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void whatAnotherNodeHasFannedOutOfASegmentIsLeftOut() throws Exception {
        index.put(ASubscription.no(1).get());
        index.put(ASubscription.no(2).get());
        index.put(ASubscription.no(3).paused(NOON).get());
        log.fannedOut = Map.of(11L, Set.of(1L, 3L));
        var taken = segment(11, 2);

        var fanout = dispatcher.match(new LogSegment(11, 12, 2, taken.events(), 0, true));
        dispatcher.fanOut(fanout);

        assertThat(log.asked).containsExactly(List.of(11L, 12L));
        assertThat(fanout.count()).isEqualTo(3);
        assertThat(queued()).containsExactly(List.of(11L, 2L), List.of(12L, 1L), List.of(12L, 2L));
        assertThat(ranges(fanout)).extracting(MissedRange::count).containsExactly(1L);

        log.asked.clear();
        assertThat(dispatcher.match(taken).count()).isEqualTo(4);
        assertThat(log.asked).as("nobody can have done anything of a new one").isEmpty();
    }

    @Test
    void whatIsMissedIsOneRangeForEachSubscriptionThatIsNotActive() {
        index.put(ASubscription.no(1).paused(NOON).get());
        index.put(ASubscription.no(2).get());
        index.put(ASubscription.no(3).paused(NOON).get());

        var fanout = dispatcher.match(segment(11, 5));

        assertThat(fanout.count()).isEqualTo(5);
        assertThat(ranges(fanout)).extracting(MissedRange::subscription).containsExactly(1L, 3L);
        assertThat(ranges(fanout)).as("asked for again").hasSize(2).allSatisfy(range -> {
            assertThat(range.first()).isEqualTo(11);
            assertThat(range.last()).isEqualTo(15);
            assertThat(range.count()).isEqualTo(5);
            assertThat(range.dropped()).isZero();
            assertThat(range.plus(range)).as("the same segment counts once").isEqualTo(range);
        });
    }

    @Test
    void whatComesAfterTheWindowOfTheBufferIsOnlyCounted() {
        index.put(ASubscription.no(1).buffer(new Buffer(HOUR, 1)).paused(NOON).get());
        var end = NOON.plus(HOUR);
        var events = List.of(event(11, end.minusMillis(1)), event(12, end), event(13, end.plusMillis(1)));

        var range = ranges(dispatcher.match(new LogSegment(11, 13, 1, events, 0, false)))
                .getFirst();

        assertThat(range.first()).isEqualTo(11);
        assertThat(range.last()).isEqualTo(11);
        assertThat(range.count()).isEqualTo(1);
        assertThat(range.dropped()).isEqualTo(2);

        var late = ranges(dispatcher.match(new LogSegment(12, 13, 1, events.subList(1, 3), 0, false)))
                .getFirst();
        assertThat(List.of(late.first(), late.last(), late.count(), late.dropped()))
                .containsExactly(0L, 0L, 0L, 2L);
    }

    @Test
    void anEventThatCannotBeMatchedGoesToNobodyAndHoldsNothingUp() throws Exception {
        index.put(ASubscription.no(1).get());
        index.unmatchable.add(12L);

        dispatcher.fanOut(dispatcher.match(segment(11, 3)));

        assertThat(queued()).containsExactly(List.of(11L, 1L), List.of(13L, 1L));
    }

    @Test
    void whatTriesOneSubscriptionOutGoesToNobodyElse() {
        index.put(ASubscription.no(1).get());
        index.put(ASubscription.no(2).paused(NOON).get());
        var trial = new Event(11, NOON, "acme", "a", Event.TEST_SOURCE, null, null, NOON, true, null, "{}", false);

        var fanout = dispatcher.match(new LogSegment(11, 11, 1, List.of(trial), 0, false));

        assertThat(fanout.count()).isZero();
        assertThat(ranges(fanout)).isEmpty();
    }

    @Test
    void whatIsOrderedBecomesARowThatIsDueNowAndTheEndOfTheSegmentIsWaitedFor() throws Exception {
        index.put(ASubscription.no(1).ordered().get());

        dispatcher.fanOut(dispatcher.match(segment(11, 2)));

        assertThat(queues.taken).isEmpty();
        assertThat(recorder.recorded).extracting(u -> u.key().seq()).containsExactly(11L, 12L);
        assertThat(recorder.recorded).allSatisfy(update -> {
            assertThat(update.key().subscription()).isEqualTo(1);
            assertThat(update.key().createdAt()).isEqualTo(NOON);
            assertThat(update.tenant()).isEqualTo("acme");
            assertThat(update.row()).isFalse();
            assertThat(update.replay()).isFalse();
            assertThat(update.dueAt()).isEqualTo(clock.instant());
        });
        assertThat(recorder.finished).containsExactly(Map.entry(new LogSegment.Key(11, 1), true));
    }

    @Test
    void whatLeavesInRunsBecomesARowThatWaitsForARun() throws Exception {
        index.put(ASubscription.no(1).inRuns().get());

        dispatcher.fanOut(dispatcher.match(segment(11, 1)));

        assertThat(queues.taken).isEmpty();
        assertThat(recorder.recorded).singleElement().satisfies(update -> {
            assertThat(update.dueAt()).isEqualTo(Runs.NOT_BY_ITSELF);
            assertThat(update.nextAttemptAt()).isNull();
        });
        assertThat(recorder.finished).containsExactly(Map.entry(new LogSegment.Key(11, 1), false));
    }

    @Test
    void whatGoesInBatchesIsGatheredBeforeAnythingElseIsHandedOver() throws Exception {
        var batched = ASubscription.no(2).batch(Batch.DEFAULT).get();
        index.put(ASubscription.no(1).get());
        index.put(batched);
        var segment = segment(11, 2);
        var fanout = dispatcher.match(segment);

        batches.away = true;
        assertThatThrownBy(() -> dispatcher.fanOut(fanout)).isInstanceOf(DataAccessResourceFailureException.class);
        assertThat(queues.taken).isEmpty();
        assertThat(recorder.finished).isEmpty();

        batches.away = false;
        dispatcher.fanOut(fanout);
        assertThat(batches.gathered)
                .containsExactly(segment.events().stream()
                        .map(event -> new Batches.Member(event, batched))
                        .toList());
        assertThat(queued()).containsExactly(List.of(11L, 1L), List.of(12L, 1L));
        queues.taken.forEach(TestQueues::end);
        assertThat(recorder.finished).containsExactly(Map.entry(fanout.segment(), false));
    }

    /** The methods of two ports. */
    public static final class Log {

        Map<Long, Set<Long>> fannedOut = Map.of();
        boolean lost;
        final List<List<Long>> asked = new ArrayList<>();
        final List<Map.Entry<LogSegment, Long>> cuts = new ArrayList<>();

        public Map<Long, Set<Long>> fannedOut(long first, long last) {
            asked.add(List.of(first, last));
            return fannedOut;
        }

        public boolean cut(LogSegment segment, long last) {
            cuts.add(Map.entry(segment, last));
            return !lost;
        }
    }

    private static final class Gathered implements Batches {

        boolean away;
        final List<List<Member>> gathered = new ArrayList<>();

        @Override
        public void gather(List<Member> members) {
            if (away) {
                throw new DataAccessResourceFailureException("away");
            }
            gathered.add(members);
        }

        @Override
        public boolean takesUp(long subscription) {
            return false;
        }
    }

    /** Writes nothing down. */
    private final class HandedIn extends Recorder {

        final List<DeliveryUpdate> recorded = new ArrayList<>();
        final List<Map.Entry<LogSegment.Key, Boolean>> finished = new ArrayList<>();

        HandedIn() {
            super(null, null, null, null, null, null, null, null, clock, TestProperties.of(Map.of()));
        }

        @Override
        public void record(DeliveryUpdate update) {
            assertThat(finished)
                    .as("all that is in a segment comes before its end")
                    .isEmpty();
            recorded.add(update);
        }

        @Override
        void finished(LogSegment.Key segment, boolean hasOrdered) {
            finished.add(Map.entry(segment, hasOrdered));
        }
    }
}
