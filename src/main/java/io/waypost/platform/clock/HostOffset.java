package io.waypost.platform.clock;

import java.time.Duration;

/** How wrong this host's clock is, for looking only. */
@FunctionalInterface
public interface HostOffset {

    /** How far this host's clock is ahead of the one that the gateway goes by; negative if it is behind. */
    Duration hostAhead();
}
