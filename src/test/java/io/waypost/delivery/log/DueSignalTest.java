package io.waypost.delivery.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.platform.due.TestDue;
import io.waypost.testing.Delays;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class DueSignalTest {

    private static final Duration NEVER = Duration.ofHours(1);

    private final DueSignal signal = new DueSignal();

    private CompletableFuture<Void> await(Duration most) {
        return CompletableFuture.runAsync(() -> {
            try {
                signal.await(most);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void aSignalWakesWhoWaitsAndOneWhileNobodyDoesIsKept() {
        var waiting = await(NEVER);
        assertThat(waiting).isNotDone();
        signal.wake();
        assertThat(waiting).succeedsWithin(Delays.PAUSE);

        signal.wake();
        assertThat(await(NEVER)).succeedsWithin(Delays.PAUSE);
    }

    @Test
    void manySignalsAreOne() {
        signal.wake();
        signal.wake();
        assertThat(await(NEVER)).succeedsWithin(Delays.PAUSE);

        var second = await(NEVER);
        assertThat(second).isNotDone();
        signal.wake();
        assertThat(second).succeedsWithin(Delays.PAUSE);
    }

    @Test
    void withoutASignalItReturnsAfterTheTime() {
        assertThat(await(Duration.ofMillis(1))).succeedsWithin(Delays.PAUSE);
    }

    @Test
    void aLookThatFoundSomethingDueWakesAndOneThatDidNotDoesNot() {
        var noon = Instant.parse("2026-03-01T12:00:00Z");
        signal.looked(TestDue.deliveries(noon.plusNanos(1)), noon);
        var waiting = await(NEVER);
        assertThat(waiting).isNotDone();

        signal.looked(TestDue.deliveries(noon), noon);
        assertThat(waiting).succeedsWithin(Delays.PAUSE);
    }
}
