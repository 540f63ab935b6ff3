package io.waypost.testing;

import io.waypost.platform.clock.HostClock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;

/** The clock of a host that goes wrong, and steps when somebody sets it. */
public final class SkewedClock extends Clock {

    private final AtomicReference<Duration> ahead;

    public SkewedClock(Duration ahead) {
        this.ahead = new AtomicReference<>(ahead);
    }

    /** Sets it so much ahead, or back if that is negative. */
    public void step(Duration by) {
        ahead.updateAndGet(already -> already.plus(by));
    }

    public HostClock host() {
        return new HostClock(this, System::nanoTime);
    }

    @Override
    public Instant instant() {
        return Clock.systemUTC().instant().plus(ahead.get());
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
