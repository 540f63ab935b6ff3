package io.waypost.delivery;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** All in-flight deliveries but those that wait for their next attempt. Who watches them rests while there are none. */
final class UnderWay {

    private final Set<InFlightDelivery> all = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Thread resting;

    void add(InFlightDelivery delivery) {
        all.add(delivery);
        wake();
    }

    void remove(InFlightDelivery delivery) {
        all.remove(delivery);
    }

    Set<InFlightDelivery> all() {
        return all;
    }

    /** To be called by one thread: returns when there are some, or when it need not go on. */
    void awaitSome(BooleanSupplier goesOn) {
        resting = Thread.currentThread();
        while (all.isEmpty() && goesOn.getAsBoolean()) {
            LockSupport.park(this);
        }
        resting = null;
    }

    /** Lets who rests look whether it goes on. */
    void wake() {
        var watcher = resting;
        if (watcher != null) {
            LockSupport.unpark(watcher);
        }
    }
}
