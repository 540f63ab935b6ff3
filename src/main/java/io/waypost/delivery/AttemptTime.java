package io.waypost.delivery;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** When the attempt under way began, on the calendar and on the stopwatch. */
final class AttemptTime {

    private @Nullable Instant at;
    private long nanos;

    void begins(Instant now) {
        nanos = System.nanoTime();
        at = now;
    }

    /** @throws IllegalStateException if none has begun */
    Instant at() {
        if (at == null) {
            throw new IllegalStateException("no attempt has begun");
        }
        return at;
    }

    long millis() {
        return (System.nanoTime() - nanos) / 1_000_000;
    }

    /** For how long it has not been answered; nothing before the first one. */
    Duration silence() {
        return at == null ? Duration.ZERO : Duration.ofMillis(millis());
    }
}
