package io.waypost.platform;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;

/**
 * Something that fails again and again for as long as its cause lasts, told in two lines of the log: one when it begins, and
 * one when it is over, with how often it failed and for how long. What comes back within seconds is the same fault.
 */
public final class Fault {

    /** It is over when it has worked and has not failed for so long. */
    private static final Duration QUIET = Duration.ofSeconds(3);

    private final Logger log;
    private final String begins;
    private final String ends;

    private final AtomicBoolean on = new AtomicBoolean();
    private long count;
    private long sinceNanos;
    private long lastNanos;

    /**
     * @param begins what the first line says, without a full stop; the cause follows
     * @param ends what the second line says; count and duration follow
     */
    public Fault(Logger log, String begins, String ends) {
        this.log = log;
        this.begins = begins;
        this.ends = ends;
    }

    /** It has failed. */
    public void failed(Throwable cause) {
        failed(Texts.cause(cause));
    }

    /** @param cause in a line */
    public synchronized void failed(String cause) {
        var now = System.nanoTime();
        lastNanos = now;
        if (on.compareAndSet(false, true)) {
            sinceNanos = now;
            count = 1;
            log.warn("{}: {}", begins, cause);
        } else {
            count++;
            log.debug("{}: {}", begins, cause);
        }
    }

    /** It is still on, and somebody else has met it: counted, and no news. */
    public synchronized void met() {
        if (on.get()) {
            count++;
        }
    }

    /** It has worked. Costs nothing while there is no fault. */
    public void over() {
        if (on.get()) {
            end();
        }
    }

    private synchronized void end() {
        var now = System.nanoTime();
        if (on.get() && now - lastNanos >= QUIET.toNanos()) {
            on.set(false);
            var lasted = Duration.ofNanos(lastNanos - sinceNanos);
            log.warn("{}; it failed {} in {} s", ends, count == 1 ? "once" : count + " times", lasted.toSeconds());
        }
    }
}
