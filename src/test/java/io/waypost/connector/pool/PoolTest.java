package io.waypost.connector.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.waypost.connector.Failure;
import io.waypost.connector.Outcome.Postponed;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.connector.pool.Pool.Limits;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PoolTest {

    private static final Duration SOON = Duration.ofSeconds(5);

    private final AtomicLong now = new AtomicLong();
    private final List<FakeClient> opened = new CopyOnWriteArrayList<>();

    @Test
    void aClientIsUsedAgain() throws Exception {
        var pool = pool(2, 2, 1);

        var first = pool.use("a", client -> client);
        var second = pool.use("a", client -> client);
        var other = pool.use("b", client -> client);

        assertThat(second).isSameAs(first);
        assertThat(other).isNotSameAs(first);
        assertThat(pool.size()).isEqualTo(2);
    }

    @Test
    void whatIsNoLongerUsableOrHasThrownIsClosedAndReplaced() throws Exception {
        var pool = pool(2, 2, 1);
        var first = pool.use("a", client -> client);

        first.usable = false;
        var second = pool.use("a", client -> client);
        assertThatThrownBy(() -> pool.use("a", client -> {
                    throw new IllegalStateException("broken");
                }))
                .hasMessage("broken");
        var third = pool.use("a", client -> client);

        assertThat(opened).containsExactly(first, second, third);
        await().atMost(SOON).until(() -> first.closed && second.closed);
        assertThat(third.closed).isFalse();
    }

    @Test
    void noMoreClientsThanADestinationMayHave() throws Exception {
        var pool = pool(2, 3, 1);
        var inside = new AtomicInteger();
        var most = new AtomicInteger();

        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 200; i++) {
                threads.submit(() -> pool.use("a", client -> {
                    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                    Thread.yield();
                    return inside.decrementAndGet();
                }));
            }
        }

        assertThat(most.get()).isBetween(1, 3);
        assertThat(opened).hasSizeBetween(1, 3);
    }

    @Test
    void aSharedClientIsMadeOnceForAllAndClosedWhenItsLastUserIsDone() throws Exception {
        var pool = pool(2, 1, 10);
        var together = new CountDownLatch(10);

        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 10; i++) {
                var fails = i == 0;
                threads.submit(() -> pool.use("a", client -> {
                    together.countDown();
                    together.await();
                    assertThat(client.closed).isFalse();
                    if (fails) {
                        throw new IllegalStateException("broken");
                    }
                    return null;
                }));
            }
        }

        assertThat(opened).hasSize(1);
        await().atMost(SOON).until(() -> opened.getFirst().closed);
        assertThat(pool.size()).isZero();
    }

    @Test
    void whatNobodyUsesIsClosedAfterAWhile() throws Exception {
        var pool = pool(2, 2, 1);
        var first = pool.use("a", client -> client);

        now.addAndGet(Duration.ofSeconds(59).toNanos());
        pool.tidy();
        assertThat((Object) pool.use("a", client -> client)).isSameAs(first);

        now.addAndGet(Duration.ofSeconds(61).toNanos());
        pool.tidy();
        await().atMost(SOON).until(() -> first.closed);
        assertThat(pool.size()).isZero();
    }

    @Test
    void anotherDestinationPushesOutTheOneThatWasIdleLongestButNoneInUse() throws Exception {
        var pool = pool(2, 2, 1);
        var old = pool.use("a", client -> client);
        now.addAndGet(1);
        var newer = pool.use("b", client -> client);
        now.addAndGet(1);

        pool.use(
                "c",
                client -> pool.use("b", again -> {
                    assertThat(again).isSameAs(newer);
                    assertThatThrownBy(() -> pool.use("d", none -> none)).isInstanceOf(PoolBusy.class);
                    return again;
                }));

        await().atMost(SOON).until(() -> old.closed);
        assertThat(newer.closed).isFalse();
        assertThat(pool.size()).isEqualTo(2);
    }

    @Test
    void nobodyUsesAllDestinationsAtOnce() throws Exception {
        var pool = pool(4, 1, 1);

        pool.use(
                "mine 1",
                _ -> pool.use("mine 2", _ -> {
                    assertThatThrownBy(() -> pool.use("mine 3", none -> none)).isInstanceOf(PoolBusy.class);
                    return pool.use("others 1", other -> other);
                }));

        assertThat((Object) pool.use("mine 3", client -> client)).isNotNull();
    }

    @Test
    void havingNoRoomSpeaksAgainstNoReceiver() {
        var pool = pool(1, 1, 1);

        var outcome = new Attempts()
                .within(
                        SOON,
                        () -> pool.use("a", _ -> new Attempts()
                                .within(SOON, () -> pool.use("b", _ -> new Succeeded(null, null)), Failures::of)),
                        Failures::of);

        assertThat(outcome).isInstanceOf(Postponed.class);
    }

    @Test
    void closingClosesWhatIsInUseOnceItIsGivenBack() throws Exception {
        var pool = pool(2, 2, 1);

        var client = pool.use("a", used -> {
            pool.close();
            assertThat(used.closed).isFalse();
            return used;
        });

        await().atMost(SOON).until(() -> client.closed);
    }

    @Test
    void anAttemptThatHangsIsLeftAloneAndKeepsItsPlaceUntilItEnds() {
        var pool = pool(2, 1, 1);
        var release = new CompletableFuture<Void>();
        var attempts = new Attempts();
        var hung = attempts.within(
                Duration.ofMillis(50),
                () -> pool.use("a", client -> {
                    deafTo(release);
                    return new Succeeded(null, null);
                }),
                Failures::of);
        var behind = attempts.within(
                Duration.ofMillis(50), () -> pool.use("a", client -> new Succeeded(null, null)), Failures::of);
        var other = attempts.within(SOON, () -> pool.use("b", client -> new Succeeded(null, null)), Failures::of);
        release.complete(null);
        var after = attempts.within(SOON, () -> pool.use("a", client -> new Succeeded(null, null)), Failures::of);

        assertThat(hung.failure()).isEqualTo(Failure.TIMEOUT);
        assertThat(behind.failure()).isEqualTo(Failure.TIMEOUT);
        assertThat(other.failure()).isNull();
        assertThat(after.failure()).isNull();
    }

    /** Goes on waiting, though it is interrupted. */
    private static void deafTo(CompletableFuture<Void> release) {
        release.join();
    }

    private Pool<String, FakeClient> pool(int destinations, int clients, int sharing) {
        return new Pool<>(
                new Limits(destinations, clients, sharing, Duration.ofMinutes(1)),
                _ -> {
                    var client = new FakeClient();
                    opened.add(client);
                    return client;
                },
                key -> key.split(" ")[0],
                now::get);
    }

    private static final class FakeClient implements Client {

        private volatile boolean usable = true;
        private volatile boolean closed;

        @Override
        public boolean usable() {
            return usable;
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
