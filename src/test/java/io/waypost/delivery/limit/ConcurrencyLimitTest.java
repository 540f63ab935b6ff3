package io.waypost.delivery.limit;

import static io.waypost.testing.Delays.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.delivery.limit.ConcurrencyLimit.Load;
import io.waypost.platform.SettableClock;
import io.waypost.platform.TestProperties;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ConcurrencyLimitTest {

    private static final int MEBIBYTE = 1024 * 1024;
    private static final Load SMALL = new Load("a", 100);
    private static final Load LARGE = new Load("a", MEBIBYTE);

    /** Larger than anything there is room for. */
    private static final Load HUGE = new Load("a", Long.MAX_VALUE / 8);

    private final SettableClock clock = new SettableClock("2026-03-01T12:00:00Z");
    private volatile double cpuLoad;
    private final CpuLoad cpu = new CpuLoad(() -> cpuLoad, clock);
    private final ConcurrencyLimit permits = limit(64, 64);

    private ConcurrencyLimit limit(int many, int slow) {
        return new ConcurrencyLimit(
                cpu,
                clock,
                TestProperties.of(Map.of(
                        "waypost.delivery.permits", String.valueOf(many),
                        "waypost.delivery.slow-permits", String.valueOf(slow))));
    }

    private void queued(int times) {
        IntStream.range(0, times).forEach(_ -> permits.queued());
    }

    /** How often it holds; more often than anything here should is an error. */
    private static int times(BooleanSupplier holds) {
        return (int)
                IntStream.range(0, 100_000).takeWhile(_ -> holds.getAsBoolean()).count();
    }

    @Test
    void asManyAreUnderWayAsThereArePermitsAndOneMoreWaitsForOneToBeGivenBack() throws Exception {
        var two = limit(2, 1);
        assertThat(two.take(SMALL)).isTrue();
        assertThat(two.take(SMALL)).isTrue();
        assertThat(two.take(SMALL)).as("for a second").isFalse();

        two.giveBack(false, SMALL);
        assertThat(two.take(SMALL)).isTrue();
    }

    @Test
    void aSlowOneTradesItsPermitAsLongAsThereAreSlowOnes() throws Exception {
        var two = limit(2, 1);
        assertThat(two.take(SMALL)).isTrue();
        assertThat(two.take(LARGE)).isTrue();

        assertThat(two.takeSlow(SMALL)).isTrue();
        two.giveBackTraded(SMALL);
        assertThat(two.takeSlow(LARGE)).as("there is one slow permit").isFalse();
        assertThat(two.take(SMALL)).as("the traded one").isTrue();

        two.giveBack(true, SMALL);
        assertThat(two.takeSlow(LARGE)).isTrue();
        two.giveBackSlow(LARGE);
        assertThat(two.takeSlow(SMALL)).isTrue();
    }

    @Test
    void whoFindsNoSlowPermitOrNoPermitLeavesNoMemoryTaken() throws Exception {
        var none = limit(0, 0);

        assertThat(none.take(HUGE)).isFalse();
        assertThat(none.take(HUGE)).as("its memory is there again").isFalse();
        assertThat(none.takeSlow(HUGE)).isFalse();
        none.giveBackSlow(SMALL);
        assertThat(none.takeSlow(HUGE)).as("its memory is there again").isTrue();
        none.giveBackTraded(SMALL);
        assertThat(none.take(HUGE)).isTrue();
    }

    @Test
    void anInterruptionIsAsIfThereWereNoPermit() throws Exception {
        var none = limit(0, 0);
        var interrupted = new CountDownLatch(1);
        var thread = Thread.ofVirtual().start(() -> {
            if (!none.takeUnlessInterrupted(HUGE) && Thread.currentThread().isInterrupted()) {
                interrupted.countDown();
            }
        });

        thread.interrupt();

        assertThat(interrupted.await(SOON.toSeconds(), java.util.concurrent.TimeUnit.SECONDS))
                .isTrue();
        none.giveBackTraded(SMALL);
        assertThat(none.takeUnlessInterrupted(HUGE))
                .as("its memory is there again")
                .isTrue();
        assertThat(none.takeUnlessInterrupted(SMALL)).as("there is no permit").isFalse();
    }

    @Test
    void largeEventsAreUnderWayOnlyAsFarAsThereIsMemoryAndHoldNoSmallOneUp() throws Exception {
        var taken = 0;
        while (taken < 64 && permits.take(LARGE)) {
            taken++;
        }

        assertThat(taken).isBetween(1, 42);
        assertThat(permits.take(SMALL)).isTrue();
        permits.giveBack(false, LARGE);
        assertThat(permits.take(LARGE)).isTrue();
    }

    @Test
    void slowAttemptsWithLargeEventsLeaveRoomForOthersAndWhatIsLargerThanAShareGoesAlone() throws Exception {
        assertThat(permits.take(HUGE)).isTrue();
        assertThat(permits.takeSlow(HUGE)).isTrue();
        permits.giveBackTraded(HUGE);

        assertThat(permits.take(LARGE)).isTrue();
        assertThat(permits.takeSlow(LARGE)).isFalse();
        permits.giveBack(true, HUGE);
        assertThat(permits.takeSlow(LARGE)).isTrue();
    }

    @Test
    void oneTenantsLargeEventsLeaveHalfTheMemoryToOthers() throws Exception {
        var others = new Load("b", MEBIBYTE);
        assertThat(permits.take(HUGE)).isTrue();
        assertThat(permits.takeSlow(HUGE)).isTrue();
        assertThat(permits.beginWaiting(HUGE)).isTrue();

        assertThat(permits.take(others)).isTrue();
        assertThat(permits.takeSlow(others)).isTrue();
        assertThat(permits.beginWaiting(others)).isTrue();
    }

    @Test
    void whatHasLessThan32KibibytesIsSmall() {
        assertThat(new Load("a", 32 * 1024 - 1).isSmall()).isTrue();
        assertThat(new Load("a", 32 * 1024).isSmall()).isFalse();
    }

    /** An attempt takes six times the size of its event; to wait for it takes its size. */
    @Test
    void anEventTakesSixTimesAsMuchWhileItIsAttemptedAsWhileItWaits() {
        var attempted = times(() -> permits.takeSlow(LARGE));
        assertThat(permits.takeSlow(LARGE)).isFalse();
        permits.giveBack(true, LARGE);
        assertThat(permits.takeSlow(LARGE)).isTrue();
        assertThat(permits.takeSlow(LARGE)).isFalse();

        var waiting = times(() -> permits.beginWaiting(LARGE));

        // There is half as much for those that wait.
        assertThat(waiting / attempted).isBetween(2, 4);
        permits.endWaiting(LARGE);
        assertThat(times(() -> permits.beginWaiting(LARGE))).isEqualTo(1);
    }

    @Test
    void whatRestsIsSmallAndTakesItsSizeAndTwoKibibytes() {
        assertThat(permits.beginResting(new Load("a", 32 * 1024))).isFalse();
        var sixteen = new Load("a", 14 * 1024);
        var four = new Load("a", 2 * 1024);

        var many = times(() -> permits.beginResting(four));
        assertThat(many).isBetween(100, 50_000);
        IntStream.range(0, 4).forEach(_ -> permits.endResting(four));
        assertThat(times(() -> permits.beginResting(sixteen))).isEqualTo(1);
        permits.endResting(sixteen);
        assertThat(times(() -> permits.beginResting(four))).isEqualTo(4);
    }

    @Test
    void largeEventsThatWaitAreBoundedAndMakeNobodyCrowded() throws Exception {
        assertThat(permits.mayWait(LARGE)).isTrue();
        var waiting = times(() -> permits.beginWaiting(LARGE));

        assertThat(waiting).isBetween(1, 64);
        assertThat(permits.mayWait(LARGE)).isFalse();
        assertThat(permits.mayWait(SMALL)).isTrue();
        assertThat(permits.beginWaiting(SMALL)).isTrue();
        times(() -> permits.takeSlow(LARGE));
        var waits = Thread.ofVirtual().start(() -> {
            while (permits.takeUnlessInterrupted(LARGE)) {
                // until it waits for memory
            }
        });
        assertThat(waits.join(Duration.ofMillis(200))).isFalse();
        assertThat(permits.crowded()).isFalse();
        waits.interrupt();

        permits.endWaiting(LARGE);
        assertThat(permits.mayWait(LARGE)).isTrue();
    }

    @Test
    void itIsCrowdedWhenMoreThanAThousandWaitForAPlace() {
        queued(1_000);
        assertThat(permits.crowded()).isFalse();

        permits.queued();
        assertThat(permits.crowded()).isTrue();

        permits.unqueued();
        assertThat(permits.crowded()).isFalse();
    }

    @Test
    void itIsCrowdedWhenManyWaitForAPermit() throws Exception {
        cpuLoad = 1;
        cpu.look();
        var none = limit(0, 0);
        var threads = IntStream.range(0, 33)
                .mapToObj(_ -> Thread.ofVirtual().start(() -> {
                    while (!Thread.currentThread().isInterrupted()) {
                        none.takeUnlessInterrupted(SMALL);
                    }
                }))
                .toList();

        await().atMost(SOON).until(none::crowded);

        for (var thread : threads) {
            thread.interrupt();
            thread.join();
        }
        assertThat(none.crowded()).isFalse();
    }

    /** As many may wait as end in an eighth of a second, if it is the processors that are short. */
    @Test
    void onExhaustedProcessorsAsManyMayWaitAsEndInAnEighthOfASecond() {
        queued(33);
        assertThat(permits.crowded()).isFalse();
        cpuLoad = 1;
        cpu.look();
        assertThat(permits.crowded()).as("32 may however slow things go").isTrue();
        permits.unqueued();
        assertThat(permits.crowded()).isFalse();

        // 2,400 in a second, of which a third counts at once: 800 a second, 100 in an eighth.
        IntStream.range(0, 2_400).forEach(_ -> permits.giveBack(false, SMALL));
        clock.advance(Duration.ofSeconds(1));
        permits.look();
        queued(68);
        assertThat(permits.crowded()).isFalse();
        permits.queued();
        assertThat(permits.crowded()).isTrue();

        permits.look();
        clock.advance(Duration.ofSeconds(-1));
        permits.look();
        permits.unqueued();
        assertThat(permits.crowded()).as("no time has passed").isFalse();

        // 2,400 more in two seconds: 800 + (1,200 - 800) / 3 a second, 116 in an eighth.
        IntStream.range(0, 2_400).forEach(_ -> permits.giveBack(true, SMALL));
        clock.advance(Duration.ofSeconds(3));
        permits.look();
        queued(16);
        assertThat(permits.crowded()).isFalse();
        permits.queued();
        assertThat(permits.crowded()).isTrue();
    }

    @Test
    void onExhaustedProcessorsNoMoreThanAThousandMayWaitEither() {
        cpuLoad = 1;
        cpu.look();
        IntStream.range(0, 100_000).forEach(_ -> permits.giveBack(false, SMALL));
        clock.advance(Duration.ofSeconds(1));
        permits.look();

        queued(1_000);
        assertThat(permits.crowded()).isFalse();
        permits.queued();
        assertThat(permits.crowded()).isTrue();
    }

    @Test
    void whoWaitsForRoomStopsWhenTheGatewayDoes() throws Exception {
        var asked = new AtomicInteger();

        queued(2_000);
        permits.awaitRoom(() -> asked.incrementAndGet() < 3);

        assertThat(asked).hasValue(3);
    }

    @Test
    void whereThereIsRoomOrNobodyWantsItAnyMoreNobodyWaits() throws Exception {
        var asked = new AtomicInteger();

        permits.awaitRoom(() -> asked.incrementAndGet() > 0);
        assertThat(asked).hasValue(1);

        queued(2_000);
        permits.awaitRoom(() -> asked.incrementAndGet() < 2);
        assertThat(asked).hasValue(2);
    }

    @Test
    void whoWaitsForRoomDoesSoForASecondAtMost() throws Exception {
        queued(2_000);
        var asked = new AtomicInteger();

        permits.awaitRoom(() -> {
            if (asked.incrementAndGet() > 2) {
                clock.advance(Duration.ofMillis(400));
            }
            return asked.get() < 100;
        });

        assertThat(asked).as("at 0, 400, 800 and 1,200 ms").hasValue(5);
    }

    @Test
    void whoWaitsForRoomGoesOnWhenThereIsSome() throws Exception {
        queued(1_001);
        var asked = new CountDownLatch(2);
        var waits = Thread.ofVirtual().start(() -> {
            try {
                permits.awaitRoom(() -> {
                    asked.countDown();
                    return true;
                });
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        asked.await();

        permits.unqueued();

        waits.join();
        assertThat(permits.crowded()).isFalse();
    }

    private void allTake(Duration time) {
        for (int i = 0; i < 60; i++) {
            for (int n = 0; n < 10; n++) {
                permits.took(time.toNanos());
                permits.giveBack(false, SMALL);
            }
            clock.advance(Duration.ofMillis(100));
            permits.look();
        }
    }

    private boolean lacksProcessors(long millis) {
        return permits.lacksProcessors(Duration.ofMillis(millis).toNanos());
    }

    @Test
    void whoTakesNotMuchLongerThanAllWhileTheProcessorsAreShortHasNoSlowReceiver() {
        allTake(Duration.ofMillis(100));
        assertThat(lacksProcessors(100)).as("there are processors").isFalse();

        cpuLoad = 1;
        cpu.look();
        assertThat(lacksProcessors(100)).isTrue();
        assertThat(lacksProcessors(395)).isTrue();
        assertThat(lacksProcessors(405)).as("four times what is usual").isFalse();

        allTake(Duration.ofMillis(10));
        assertThat(lacksProcessors(100)).as("all are faster now").isFalse();
        assertThat(lacksProcessors(39)).isTrue();

        clock.advance(Duration.ofSeconds(5));
        permits.look();
        assertThat(lacksProcessors(39)).as("nothing has ended since").isTrue();
    }
}
