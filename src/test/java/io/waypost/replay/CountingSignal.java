package io.waypost.replay;

import io.waypost.delivery.log.DueSignal;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts how often it was given. */
final class CountingSignal extends DueSignal {

    final AtomicInteger given = new AtomicInteger();

    @Override
    public void wake() {
        given.incrementAndGet();
    }
}
