package io.waypost.platform.clock;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/**
 * The one clock. It ticks in microseconds, the finest step every supported database keeps, at the pace of the host's
 * {@link System#nanoTime()}, so it does not step when somebody sets the host's time. {@link ClockWatch} keeps it at the time
 * that all nodes share.
 */
public final class GatewayClock extends Clock {

    private final HostClock host;
    private final Instant begun;
    private final long begunNanos;
    private volatile Line line;

    /** The time at one moment, from which that of all others follows. */
    private record Line(Instant at, long nanos) {}

    GatewayClock(HostClock host) {
        this.host = host;
        this.begun = host.time().instant();
        this.begunNanos = host.nanos().getAsLong();
        this.line = new Line(begun, begunNanos);
    }

    HostClock host() {
        return host;
    }

    @Override
    public Instant instant() {
        return at(host.nanos().getAsLong());
    }

    /** What it said, or would have said, when the host's nanoseconds were these. */
    Instant at(long nanos) {
        var known = line;
        return known.at.plusNanos(nanos - known.nanos).truncatedTo(ChronoUnit.MICROS);
    }

    /** Goes on from there. Only {@link ClockWatch} knows when that does no harm. */
    void move(Duration by) {
        var known = line;
        line = new Line(known.at.plus(by), known.nanos);
    }

    /** How far it is ahead of {@link #steady}: by its steps and corrections so far. */
    Duration stepped() {
        var known = line;
        return Duration.between(begun.plusNanos(known.nanos - begunNanos), known.at);
    }

    /** The time since the start, as an instant that never steps and means nothing else. */
    Instant steady() {
        return begun.plusNanos(host.nanos().getAsLong() - begunNanos);
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException("Zones belong to those who show a time");
    }
}
