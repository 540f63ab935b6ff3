package io.waypost.platform.due;

import java.time.Instant;

/** Is told of each look. */
@FunctionalInterface
public interface DueListener {

    /**
     * Must return at once.
     *
     * @param now when the look was over
     */
    void looked(Due due, Instant now);
}
