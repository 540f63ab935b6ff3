package io.waypost.delivery.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.testing.Delays;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class NotedTest {

    private static final Duration NEVER = Duration.ofHours(1);

    private final Noted noted = new Noted();

    private CompletableFuture<Void> await(Duration most) {
        return CompletableFuture.runAsync(() -> {
            try {
                noted.await(most);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void whatIsNotedIsTakenOnceFromTheLowestOn() {
        noted.note(1, Noted.ONLY_DUE);
        noted.full(new PendingBatch(1, 20, 3, 60, 3));
        noted.keep(1, 30);
        noted.keep(2, 5);
        assertThat(noted.subscriptions()).containsExactlyInAnyOrder(1L, 2L);

        assertThat(noted.take(1)).hasValue(20);
        assertThat(noted.take(1)).isEmpty();
        assertThat(noted.subscriptions()).containsExactly(2L);
    }

    @Test
    void whatIsNotedWakesWhoWaitsAndWhatIsKeptDoesNot() {
        noted.keep(1, 5);
        var waiting = await(NEVER);
        assertThat(waiting).isNotDone();

        noted.note(1, 7);

        assertThat(waiting).succeedsWithin(Delays.PAUSE);
        assertThat(await(Duration.ofMillis(1)))
                .as("after the time at the latest")
                .succeedsWithin(Delays.PAUSE);
    }

    @Test
    void whereNothingIsNotedNothingIsLookedAtUntilItIs() {
        var waiting = await(Duration.ofMillis(1));
        assertThat(waiting).isNotDone();

        noted.wake();

        assertThat(waiting).succeedsWithin(Delays.PAUSE);
    }

    @Test
    void whatIsNotedManyTimesWakesOnce() {
        noted.note(1, 7);
        noted.full(new PendingBatch(2, 20, 3, 60, 3));
        assertThat(await(NEVER)).succeedsWithin(Delays.PAUSE);

        var second = await(NEVER);
        assertThat(second).isNotDone();
        noted.note(3, 1);
        assertThat(second).succeedsWithin(Delays.PAUSE);
    }
}
