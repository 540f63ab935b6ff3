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
 * The short waits between attempts. Camel's redelivery asks for each by what it takes for a thread pool, and gives what is to
 * be run when the wait is over. Meanwhile the delivery holds neither a place of its subscription nor a permit nor a thread;
 * then it takes a place as any other does.
 */
@Component("redeliveries")
final class Redeliveries extends ScheduledThreadPoolExecutor implements SmartLifecycle {

    /** The delivery whose attempt this thread makes. */
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
     * Called by Camel, on the thread that has made the attempt. The wait begins when the delivery has given back its place.
     *
     * @return what says nothing: Camel does not look at it
     */
    @Override
    public ScheduledFuture<?> schedule(Runnable next, long delay, TimeUnit unit) {
        ATTEMPTED.get().redeliverAfter(Duration.of(delay, unit.toChronoUnit()), next);
        return noted;
    }

    /**
     * Begins the wait.
     *
     * @param then run on a thread of its own when it is over, or at once when the gateway stops
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

    /** Ends all waits, so that no exchange of Camel's keeps its shutdown waiting. */
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

    /** With the look for what is due: stopped before Camel's routes. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE - 10;
    }
}
