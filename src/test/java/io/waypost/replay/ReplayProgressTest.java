package io.waypost.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.platform.SettableClock;
import io.waypost.platform.clock.SteadyClock;
import io.waypost.replay.ReplayStore.Mode;
import io.waypost.replay.ReplayStore.Replay;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ReplayProgressTest {

    private static final Duration LEASE = Duration.ofSeconds(30);

    private final SettableClock clock = new SettableClock("2026-03-01T12:00:00Z");
    private final AtomicInteger written = new AtomicInteger();
    private final ReplayStore store = (ReplayStore) Proxy.newProxyInstance(
            ReplayStore.class.getClassLoader(), new Class<?>[] {ReplayStore.class}, (_, method, _) -> {
                assertThat(method.getName()).isEqualTo("progress");
                written.incrementAndGet();
                return true;
            });
    private final ReplayProgress run = new ReplayProgress(new Replay(1, 7, Mode.REPLAY, 3, 9, 0, 7, 1), store);

    private void keep() {
        run.keep(SteadyClock.of(clock), LEASE);
    }

    @Test
    void aReplayThatStandsStillIsWrittenDownOnlyToKeepItsClaim() {
        for (int millis = 0; millis < 10_000; millis += 250) {
            keep();
            clock.advance(Duration.ofMillis(250));
        }
        assertThat(written).hasValue(1);

        keep();
        assertThat(written).hasValue(2);
    }

    @Test
    @Timeout(30)
    void itsEndIsWaitedForUntilATimeAndNotLonger() {
        run.awaitEnd(SteadyClock.of(clock), clock.instant());
        run.ended();
        run.awaitEnd(SteadyClock.of(clock), clock.instant().plus(Duration.ofDays(1)));

        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    @Timeout(30)
    void whoIsInterruptedWaitsForItNoMoreAndKnowsWhy() {
        Thread.currentThread().interrupt();

        run.awaitEnd(SteadyClock.of(clock), clock.instant().plus(Duration.ofDays(1)));

        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void howFarItHasComeIsWrittenDownAtOnce() {
        keep();
        run.oneLess(3);
        keep();
        run.advance(5, 1);
        keep();
        keep();

        assertThat(written).hasValue(3);
    }

    @Test
    void whatIsLeftIsLessByWhatWasMadeOfThePageAndThenByAllOfThePage() {
        run.oneLess(3);
        run.oneLess(6);
        assertThat(run.remaining()).isEqualTo(5);

        run.advance(6, 3);
        assertThat(run.remaining())
                .as("3 to 5, of which two were made before, and 6")
                .isEqualTo(3);
        run.oneLess(6);
        assertThat(run.remaining()).as("read again, and made before").isEqualTo(3);
        run.advance(10, 9);
        assertThat(run.remaining()).isZero();
        run.oneLess(11);
        assertThat(run.remaining()).isZero();
    }
}
