package io.waypost.platform.clock;

import java.time.Clock;
import java.util.function.LongSupplier;

/**
 * What this host tells of the time.
 *
 * @param time may be wrong, and may step
 * @param nanos as {@link System#nanoTime()}: never steps
 */
public record HostClock(Clock time, LongSupplier nanos) {

    public static final HostClock SYSTEM = new HostClock(Clock.systemUTC(), System::nanoTime);
}
