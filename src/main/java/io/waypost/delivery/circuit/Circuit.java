package io.waypost.delivery.circuit;

import io.waypost.delivery.circuit.CircuitState.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The circuit breaker of a subscription, from the first attempt without an answer until the next answer. While it is open
 * only probes are sent. All times are of the {@linkplain io.waypost.platform.clock.SteadyClock steady clock}.
 *
 * <p>The circuit breaker of resilience4j (2.3.0) counts and waits in the same way, but does not tell when the next probe is
 * due, which is the date that deliveries are stored with, and cannot be asked for room without making the probe. A probe
 * given back is not tied to who had it: two deliveries that give back what they never held let two probes through. An answer
 * to an attempt from before it opened does not close it, its count of failures ends with each change of state, and a lost
 * probe is timed by a thread of its own instead of the clock. With all of that kept beside it, this class would hardly get
 * shorter.
 */
final class Circuit {

    static final int OPENS_AFTER = 5;
    static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
    static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    /** Deliveries that are held back become due spread over this time, not all at once. */
    private static final Duration SPREAD = Duration.ofSeconds(5);

    /** How long after a delivery was let through as a probe its attempt may begin; then another one is let through. */
    private static final Duration WAY_TO_THE_ATTEMPT = Duration.ofSeconds(2);

    /** Longer than any attempt (60 s): a probe without an outcome after this time counts as lost. */
    private static final Duration LONGEST_PROBE = Duration.ofSeconds(75);

    private final long revision;
    private final RandomGenerator random;
    private Kind kind = Kind.CLOSED;
    private int silent;
    private Duration pause = FIRST_PAUSE;
    private @Nullable Instant since;
    /** From when on a probe may be made; while one is under way, when it counts as lost. */
    private Instant probeAt = Instant.MIN;

    private Instant letThroughUntil = Instant.MIN;
    private boolean oneIsDueForTheProbe;

    /** @param revision of the subscription when the circuit was created */
    Circuit(long revision, RandomGenerator random) {
        this.revision = revision;
        this.random = random;
    }

    /** Whether the subscription is unchanged since the circuit was created; a change may have repaired the fault. */
    boolean isAbout(long current) {
        return revision == current;
    }

    synchronized boolean closed() {
        return kind == Kind.CLOSED;
    }

    /**
     * Asked for a delivery on its way to its queue. Lets one through if a probe is due.
     *
     * @return null if it may go on; otherwise when it is due again
     */
    synchronized @Nullable Instant heldUntil(Instant now) {
        if (room(now) == 0) {
            return dueAgain(now);
        }
        if (kind != Kind.CLOSED) {
            letThroughUntil = now.plus(WAY_TO_THE_ATTEMPT);
        }
        return null;
    }

    /**
     * Asked right before an attempt. If a probe is due, this attempt is it.
     *
     * @return null if the attempt is to be made; otherwise when the delivery is due again
     */
    synchronized @Nullable Instant heldBack(Instant now) {
        if (kind == Kind.CLOSED) {
            return null;
        }
        if (now.isBefore(probeAt)) {
            return dueAgain(now);
        }
        kind = Kind.HALF_OPEN;
        since = now;
        probeAt = now.plus(LONGEST_PROBE);
        return null;
    }

    /** How many deliveries may be claimed now: 0, 1 or {@link Integer#MAX_VALUE}. */
    synchronized int room(Instant now) {
        if (kind == Kind.CLOSED) {
            return Integer.MAX_VALUE;
        }
        return now.isBefore(probeAt) || now.isBefore(letThroughUntil) ? 0 : 1;
    }

    /** When a delivery is due again: the first at the time of the probe, the others spread after it. */
    private Instant dueAgain(Instant now) {
        var earliest = kind == Kind.OPEN && now.isBefore(probeAt) ? probeAt : now;
        if (kind == Kind.OPEN && !oneIsDueForTheProbe) {
            oneIsDueForTheProbe = true;
            return earliest;
        }
        return earliest.plusMillis(random.nextLong(SPREAD.toMillis()));
    }

    /**
     * To be called when an attempt ended without an answer.
     *
     * @return whether this opened a closed circuit
     */
    synchronized boolean silent(Instant now) {
        silent++;
        if (kind == Kind.HALF_OPEN) {
            pause = pause.multipliedBy(2);
            open(now, pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause);
            return false;
        }
        return silent >= OPENS_AFTER && openNow(now);
    }

    /**
     * Opens the circuit unless it is open.
     *
     * @return whether it was closed
     */
    synchronized boolean openNow(Instant now) {
        if (kind != Kind.CLOSED) {
            return false;
        }
        open(now, FIRST_PAUSE);
        return true;
    }

    private void open(Instant now, Duration newPause) {
        pause = newPause;
        kind = Kind.OPEN;
        since = now;
        probeAt = now.plus(newPause);
        letThroughUntil = Instant.MIN;
        oneIsDueForTheProbe = false;
    }

    /**
     * To be called when an attempt shows nothing about the receiver, because nothing was sent: the next attempt may be the
     * probe.
     */
    synchronized void undecided(Instant now) {
        if (kind == Kind.HALF_OPEN) {
            kind = Kind.OPEN;
            probeAt = now;
        }
        letThroughUntil = Instant.MIN;
    }

    synchronized int timeouts() {
        return silent;
    }

    synchronized CircuitState state() {
        return new CircuitState(kind, since, kind == Kind.OPEN ? probeAt : null, silent);
    }
}
