package io.waypost.delivery;

import static io.waypost.delivery.Fakes.TENANT;
import static io.waypost.delivery.Fakes.fresh;
import static io.waypost.testing.Delays.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.delivery.limit.ConcurrencyLimit;
import io.waypost.delivery.limit.ConcurrencyLimit.Load;
import io.waypost.delivery.limit.Share;
import io.waypost.delivery.limit.TestLimits;
import io.waypost.platform.SettableClock;
import io.waypost.platform.TestProperties;
import io.waypost.platform.clock.SteadyClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class SubscriptionQueueTest {

    private final Fakes fakes = new Fakes();
    private final SettableClock clock = fakes.clock;
    private final ConcurrencyLimit limit = fakes.limit;
    private final List<Long> begun = new CopyOnWriteArrayList<>();
    private final List<Long> made = new CopyOnWriteArrayList<>();
    private final Semaphore mayEnd = new Semaphore(0);

    /** What an attempt does once it may end. */
    private volatile Consumer<InFlightDelivery> attempt = _ -> {};

    private volatile boolean starts = true;
    private final SubscriptionQueue queue = new SubscriptionQueue(7, limit, SteadyClock.of(clock), this::make);

    private void make(InFlightDelivery delivery) {
        if (starts) {
            delivery.start(clock.instant());
        }
        begun.add(delivery.key().seq());
        mayEnd.acquireUninterruptibly();
        attempt.accept(delivery);
        made.add(delivery.key().seq());
    }

    @AfterEach
    void end() {
        mayEnd.release(1_000);
    }

    private void limit(int places, @Nullable Double perSecond) {
        queue.limit(new Share(places, perSecond));
    }

    private boolean offer(long seq) {
        return queue.offer(fresh(seq));
    }

    private Instant now() {
        return clock.instant();
    }

    private void awaitMade(Long... seqs) {
        await().atMost(SOON).until(() -> made.equals(List.of(seqs)));
    }

    private void awaitIdle() {
        await().atMost(SOON).until(() -> queue.inFlight() == 0);
    }

    @Test
    void asManyAreMadeAtOnceAsThereArePlacesAndTheRestInTheirOrder() {
        limit(2, null);
        assertThat(queue.hasPlace()).isTrue();
        assertThat(queue.room()).isEqualTo(18);

        assertThat(LongStream.rangeClosed(1, 5).allMatch(this::offer)).isTrue();

        await().atMost(SOON).until(() -> begun.size() == 2);
        assertThat(queue.inFlight()).isEqualTo(2);
        assertThat(queue.hasPlace()).isFalse();
        assertThat(queue.room()).isEqualTo(13);
        assertThat(queue.idle()).isFalse();

        mayEnd.release();
        await().atMost(SOON).until(() -> begun.size() == 3);
        assertThat(begun.get(2)).isEqualTo(3);
        assertThat(queue.inFlight()).isEqualTo(2);
        mayEnd.release(4);
        awaitIdle();
        assertThat(made).hasSize(5);
        assertThat(queue.idle()).isTrue();
        assertThat(queue.subscription()).isEqualTo(7);
    }

    @Test
    void whatWaitsIsCountedAsLongAsItDoes() throws Exception {
        limit(1, null);
        assertThat(offer(1)).isTrue();
        await().atMost(SOON).until(() -> begun.size() == 1);
        var waiting = fresh(2);
        IntStream.range(0, 1_000).forEach(_ -> limit.queued());
        assertThat(limit.crowded()).isFalse();

        assertThat(queue.offer(waiting)).isTrue();
        assertThat(limit.crowded()).isTrue();
        assertThat(waiting.queue()).isSameAs(queue);
        clock.advance(Duration.ofSeconds(2));
        assertThat(waiting.queuedFor(now())).isEqualTo(Duration.ofSeconds(2));

        assertThat(queue.withdraw(waiting)).isTrue();
        assertThat(limit.crowded()).isFalse();
        assertThat(queue.withdraw(waiting)).as("it is not there any more").isFalse();
        assertThat(limit.crowded()).isFalse();

        assertThat(offer(3)).isTrue();
        assertThat(limit.crowded()).isTrue();
        mayEnd.release(2);
        awaitMade(1L, 3L);
        assertThat(limit.crowded()).isFalse();
    }

    @Test
    void whatIsClosedWhileItWaitsIsPassedOver() {
        limit(1, null);
        assertThat(offer(1)).isTrue();
        var closed = fresh(2);
        assertThat(queue.offer(closed)).isTrue();
        assertThat(offer(3)).isTrue();
        closed.close(_ -> {});

        mayEnd.release(2);

        awaitMade(1L, 3L);
        awaitIdle();
    }

    @Test
    void withFewerPlacesThanBeforeWhatHoldsOneTooManyGivesItBackAndTheRestGoesOn() {
        limit(2, null);
        LongStream.rangeClosed(1, 4).forEach(this::offer);
        await().atMost(SOON).until(() -> begun.size() == 2);

        limit(1, null);
        assertThat(queue.room()).isEqualTo(13);
        mayEnd.release();
        await().atMost(SOON).until(() -> queue.inFlight() == 1);
        assertThat(begun).hasSize(2);

        mayEnd.release(3);
        awaitIdle();
        assertThat(made).hasSize(4);
    }

    @Test
    void howEverManyWaitMoreThanItsRoomIsNoNegativeRoom() {
        limit(1, null);
        LongStream.rangeClosed(1, 20).forEach(this::offer);

        assertThat(queue.room()).isZero();
    }

    @Test
    void anErrorOfOursDoesNotStopTheQueue() {
        limit(1, null);
        attempt = delivery -> {
            if (delivery.key().seq() == 1) {
                throw new IllegalStateException("a bug");
            }
        };
        assertThat(offer(1)).isTrue();
        assertThat(offer(2)).isTrue();

        mayEnd.release(2);

        awaitMade(2L);
        awaitIdle();
    }

    /** The first took 2 s, of which an eighth counts; who waits waits for one such time for each one before it. */
    @Test
    void whoWouldWaitLongerThanHalfASecondIsTurnedAway() {
        limit(1, null);
        attempt = _ -> clock.advance(Duration.ofSeconds(2));
        assertThat(offer(1)).isTrue();
        mayEnd.release();
        awaitMade(1L);
        awaitIdle();

        assertThat(offer(2)).as("nobody is there").isTrue();
        assertThat(offer(3)).as("would wait for 250 ms").isTrue();
        assertThat(offer(4)).as("would wait for 500 ms").isTrue();
        assertThat(offer(5)).as("would wait for 750 ms").isFalse();
        limit(2, null);
        assertThat(offer(6)).as("another place is free").isTrue();
        assertThat(offer(7)).as("would wait for 375 ms").isTrue();
    }

    @Test
    void whileTheProcessorsAreShortOnlyWhoIsMuchSlowerThanAllIsTurnedAway() {
        var properties = TestProperties.of(Map.of());
        var asSlow = TestLimits.withoutProcessors(clock, properties, Duration.ofMillis(100));
        var muchFaster = TestLimits.withoutProcessors(clock, properties, Duration.ofMillis(10));
        for (var all : List.of(asSlow, muchFaster)) {
            var own = new SubscriptionQueue(7, all, SteadyClock.of(clock), this::make);
            own.limit(new Share(1, null));
            attempt = _ -> clock.advance(Duration.ofSeconds(2));
            made.clear();
            assertThat(own.offer(fresh(1))).isTrue();
            mayEnd.release();
            awaitMade(1L);
            await().atMost(SOON).until(() -> own.inFlight() == 0);

            assertThat(LongStream.rangeClosed(2, 9)
                            .filter(seq -> own.offer(fresh(seq)))
                            .count())
                    .as("each takes 250 ms, usually")
                    .isEqualTo(all == asSlow ? 8 : 3);
            assertThat(own.lacksProcessors()).isEqualTo(all == asSlow);
            attempt = _ -> {};
            mayEnd.release(8);
            await().atMost(SOON).until(() -> own.inFlight() == 0);
            mayEnd.drainPermits();
        }
    }

    @Test
    void theWaitForAPermitSaysNothingAboutTheReceiver() {
        limit(1, null);
        starts = false;
        attempt = _ -> clock.advance(Duration.ofSeconds(60));
        assertThat(offer(1)).isTrue();
        mayEnd.release();
        awaitMade(1L);
        awaitIdle();

        assertThat(LongStream.rangeClosed(2, 10).allMatch(this::offer)).isTrue();
    }

    @Test
    void whenAllPlacesAreHeldBySlowOnesNothingComesIn() {
        limit(2, null);
        queue.oneMoreIsSlow();
        assertThat(queue.stuck()).isFalse();
        assertThat(queue.hasPlace()).isTrue();

        queue.oneMoreIsSlow();
        assertThat(queue.stuck()).isTrue();
        assertThat(queue.room()).isZero();
        assertThat(queue.hasPlace()).isFalse();
        var turnedAway = fresh(1);
        assertThat(queue.offer(turnedAway)).isFalse();
        assertThat(turnedAway.queue()).isNull();

        queue.oneLessIsSlow();
        assertThat(queue.stuck()).isFalse();
        assertThat(offer(2)).isTrue();
    }

    @Test
    void itsRateLetsNoMoreThroughAndSaysWhenToComeBack() {
        limit(10, 2.0);
        assertThat(queue.hasPlace()).isTrue();
        assertThat(queue.idle()).isTrue();
        assertThat(offer(1)).isTrue();
        mayEnd.release();
        awaitMade(1L);
        awaitIdle();

        assertThat(offer(2)).isFalse();
        assertThat(queue.hasToken()).isFalse();
        assertThat(queue.hasPlace()).isFalse();
        assertThat(queue.idle()).as("another one would let one through").isFalse();
        assertThat(queue.tokenInterval()).isEqualTo(Duration.ofMillis(500));
        assertThat(queue.comeBack()).isEqualTo(now().plusMillis(500));
        assertThat(queue.comeBack()).isEqualTo(now().plusMillis(1_000));

        limit(10, 4.0);
        assertThat(queue.tokenInterval()).isEqualTo(Duration.ofMillis(250));
        assertThat(queue.hasToken()).as("the same bucket").isFalse();
        clock.advance(Duration.ofMillis(250));
        assertThat(queue.hasPlace()).isTrue();
        assertThat(queue.hasToken()).isTrue();
        assertThat(queue.hasToken()).isFalse();

        limit(10, null);
        assertThat(queue.hasToken()).isTrue();
        assertThat(queue.hasPlace()).isTrue();
        assertThat(queue.tokenInterval()).isZero();
        assertThat(queue.comeBack()).isEqualTo(now().plusSeconds(1));
    }

    @Test
    void whatFindsNoMemoryIsRememberedUntilAsMuchIsThereAgain() {
        limit(10, null);
        var load = fakes.fillWaitingMemory();
        var large = InFlightDelivery.fresh(Fakes.large(1), 7, true, () -> {});
        assertThat(queue.hasMemory()).isTrue();

        assertThat(queue.findMemory(large)).isFalse();
        assertThat(queue.hasMemory()).isFalse();
        assertThat(queue.idle()).isFalse();
        assertThat(queue.findMemory(fresh(2))).as("a small one needs none").isTrue();
        assertThat(queue.hasMemory()).isTrue();

        assertThat(queue.findMemory(large)).isFalse();
        limit.endWaiting(load);
        assertThat(queue.hasMemory()).isTrue();
        assertThat(queue.findMemory(large)).isTrue();
        assertThat(queue.idle()).isTrue();
        assertThat(limit.mayWait(new Load(TENANT, 1024 * 1024))).isFalse();
        large.waitsNoMore();
        assertThat(limit.mayWait(new Load(TENANT, 1024 * 1024))).isTrue();
    }

    @Nested
    class UsualTime {

        private final SubscriptionQueue.UsualTime usual = new SubscriptionQueue.UsualTime();

        private void took(int times, int millis) {
            IntStream.range(0, times)
                    .forEach(_ -> usual.took(Duration.ofMillis(millis).toNanos()));
        }

        private Duration time() {
            return Duration.ofNanos(usual.nanos());
        }

        @Test
        void aPauseOfTheMachineIsNoSlowReceiver() {
            took(1_000, 2);
            took(10, 50);

            assertThat(time()).isLessThan(Duration.ofMillis(10));
        }

        @Test
        void aReceiverThatGetsSlowIsKnownAfterAFewDeliveries() {
            took(1_000, 2);
            took(10, 400);

            assertThat(time()).isGreaterThan(Duration.ofMillis(250));
        }

        @Test
        void whatTakesATenthOfASecondWeighsEightTimesAsMuch() {
            took(1, 100);
            assertThat(time()).isEqualTo(Duration.ofNanos(12_500_000));
            took(1, 99);
            assertThat(time()).isEqualTo(Duration.ofNanos(12_500_000 + (99_000_000 - 12_500_000) / 64));
        }

        @Test
        void oneThatIsALittleSlowerIsKnownInTheEndAndOneThatRecoversToo() {
            took(200, 50);
            assertThat(time()).isBetween(Duration.ofMillis(45), Duration.ofMillis(50));

            took(400, 1);
            assertThat(time()).isLessThan(Duration.ofMillis(2));
        }
    }
}
