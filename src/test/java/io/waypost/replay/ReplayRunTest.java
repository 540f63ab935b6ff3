package io.waypost.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.replay.ReplayStore.Mode;
import io.waypost.replay.ReplayStore.Replay;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ReplayRunTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration LEASE = Duration.ofSeconds(30);

    private final AtomicInteger written = new AtomicInteger();
    private final ReplayStore store = (ReplayStore) Proxy.newProxyInstance(
            ReplayStore.class.getClassLoader(), new Class<?>[] {ReplayStore.class}, (_, method, _) -> {
                assertThat(method.getName()).isEqualTo("progress");
                written.incrementAndGet();
                return true;
            });
    private final ReplayRun run = new ReplayRun(new Replay(1, 7, Mode.REPLAY, 3, 9, 0, 7, 1), store);

    @Test
    void aReplayThatStandsStillIsWrittenDownOnlyToKeepItsClaim() {
        for (int millis = 0; millis < 10_000; millis += 250) {
            run.keep(NOON.plusMillis(millis), LEASE);
        }
        assertThat(written).hasValue(1);

        run.keep(NOON.plusSeconds(10), LEASE);
        assertThat(written).hasValue(2);
    }

    @Test
    void howFarItHasComeIsWrittenDownAtOnce() {
        run.keep(NOON, LEASE);
        run.oneLess();
        run.keep(NOON.plusMillis(250), LEASE);
        run.advance(5);
        run.keep(NOON.plusMillis(500), LEASE);
        run.keep(NOON.plusMillis(750), LEASE);

        assertThat(written).hasValue(3);
    }
}
