package io.waypost.platform.clock;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Measures what is waited for in memory. Its instants never step, unlike those of the clock, and are to be compared with one
 * another only: stored and shown is what {@link #date} makes of them.
 */
public final class SteadyClock {

    private final Clock clock;

    private SteadyClock(Clock clock) {
        this.clock = clock;
    }

    /** @param clock the one clock */
    public static SteadyClock of(Clock clock) {
        return new SteadyClock(clock);
    }

    public Instant now() {
        return clock instanceof GatewayClock ours ? ours.steady() : clock.instant();
    }

    /** The same as nanoseconds, for what measures times a thousand times a second. */
    public long nanos() {
        var now = now();
        return now.getEpochSecond() * 1_000_000_000 + now.getNano();
    }

    /** When that is, by the clock as it goes now. */
    public Instant date(Instant steady) {
        return clock instanceof GatewayClock ours ? steady.plus(ours.stepped()).truncatedTo(ChronoUnit.MICROS) : steady;
    }
}
