package io.waypost.platform.clock;

import java.time.Clock;
import java.time.Duration;

/** Clocks as a gateway has one whose host's clock is wrong. */
public final class SteppedClock {

    private SteppedClock() {}

    /** The gateway's clock, moved by so much since its start; what is waited for in memory must not notice. */
    public static Clock by(Duration step) {
        var clock = new GatewayClock(HostClock.SYSTEM);
        clock.move(step);
        return clock;
    }
}
