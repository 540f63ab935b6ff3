package io.waypost.delivery;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * The short waits between attempts. It is the executor that Camel's error handler schedules redeliveries on. Camel schedules the
 * next attempt on the thread that has made the last one; the wait begins when that delivery has given its place and its permit
 * back, and it holds no thread either. After the wait it goes through its queue again, as a new delivery does.
 */
@Component("redeliveries")
final class Redeliveries extends ScheduledThreadPoolExecutor implements SmartLifecycle {

    /** The delivery whose attempt the current thread makes. */
    static final ScopedValue<InFlightDelivery> ATTEMPTED = ScopedValue.newInstance();

    private final Set<InFlightDelivery> waiting = ConcurrentHashMap.newKeySet();
    private final ScheduledFuture<?> noted;
    private volatile boolean running;
    private volatile boolean stopped;

    Redeliveries() {
        super(1, Thread.ofPlatform().name("redeliveries").daemon().factory());
        noted = super.schedule(() -> {}, 0, TimeUnit.NANOSECONDS);
    }

    /**
     * Called by Camel on the thread that has made the attempt: notes the wait with the delivery.
     *
     * @return a future that is done, which Camel does not look at
     */
    @Override
    public ScheduledFuture<?> schedule(Runnable next, long delay, TimeUnit unit) {
        ATTEMPTED.get().redeliverAfter(Duration.of(delay, unit.toChronoUnit()), next);
        return noted;
    }

    /**
     * Starts the wait.
     *
     * @param then run on a thread of its own when the wait is over, or at once when the gateway stops
     */
    void begin(InFlightDelivery delivery, Duration wait, Runnable then) {
        Runnable ends = () -> {
            if (waiting.remove(delivery)) {
                Thread.ofVirtual().name("delivery").start(then);
            }
        };
        waiting.add(delivery);
        var _ = super.schedule(ends, stopped ? 0 : wait.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Deliveries that wait for their next attempt. */
    Set<InFlightDelivery> waiting() {
        return waiting;
    }

    @Override
    public void start() {
        running = true;
        stopped = false;
    }

    /** Ends all waits at once, because Camel waits for their exchanges when it stops. */
    @Override
    public void stop() {
        running = false;
        stopped = true;
        for (var wait : getQueue()) {
            if (remove(wait)) {
                wait.run();
            }
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Stopped with {@link DueDeliveries}, before Camel's routes. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE - 10;
    }
}
