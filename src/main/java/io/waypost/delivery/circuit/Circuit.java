package io.waypost.delivery.circuit;

import io.waypost.delivery.circuit.CircuitState.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One receiver from its first attempt without an answer until its next answer. While it is open nothing is sent but a probe
 * now and then. All times are of the {@linkplain io.waypost.platform.clock.SteadyClock steady clock}.
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

    /** What is held back comes due over this time, so that it does not come all at once. */
    private static final Duration SPREAD = Duration.ofSeconds(5);

    /** Who was let through as a probe should have begun its attempt by then; otherwise another one is. */
    private static final Duration WAY_TO_THE_ATTEMPT = Duration.ofSeconds(2);

    /** Longer than any attempt (60 s): a probe of which nothing is heard until then is lost. */
    private static final Duration LONGEST_PROBE = Duration.ofSeconds(75);

    private final long revision;
    private final RandomGenerator random;
    private Kind kind = Kind.CLOSED;
    private int silent;
    private Duration pause = FIRST_PAUSE;
    private @Nullable Instant since;
    /** From when on a probe may be made: while one is under way, the time when it counts as lost. */
    private Instant probeAt = Instant.MIN;

    private Instant letThroughUntil = Instant.MIN;
    private boolean oneWaitsForTheProbe;

    /** @param revision of the subscription whose receiver it is */
    Circuit(long revision, RandomGenerator random) {
        this.revision = revision;
        this.random = random;
    }

    /** Whether it is about the subscription as it is now; a change may have mended what was wrong. */
    boolean isAbout(long current) {
        return revision == current;
    }

    synchronized boolean closed() {
        return kind == Kind.CLOSED;
    }

    /**
     * For a delivery that comes.
     *
     * @return null if it may go on; otherwise when it is to come back
     */
    synchronized @Nullable Instant heldUntil(Instant now) {
        if (room(now) == 0) {
            return comeBack(now);
        }
        if (kind != Kind.CLOSED) {
            letThroughUntil = now.plus(WAY_TO_THE_ATTEMPT);
        }
        return null;
    }

    /**
     * For a delivery whose attempt would be made now; if a probe is due this is it.
     *
     * @return null if the attempt is to be made; otherwise when it is to come back
     */
    synchronized @Nullable Instant heldBack(Instant now) {
        if (kind == Kind.CLOSED) {
            return null;
        }
        if (now.isBefore(probeAt)) {
            return comeBack(now);
        }
        kind = Kind.HALF_OPEN;
        since = now;
        probeAt = now.plus(LONGEST_PROBE);
        return null;
    }

    /** How many deliveries may come now: none, one, or as many as there are. */
    synchronized int room(Instant now) {
        if (kind == Kind.CLOSED) {
            return Integer.MAX_VALUE;
        }
        return now.isBefore(probeAt) || now.isBefore(letThroughUntil) ? 0 : 1;
    }

    /** The first comes back for the probe, the others a little later each. */
    private Instant comeBack(Instant now) {
        var earliest = kind == Kind.OPEN && now.isBefore(probeAt) ? probeAt : now;
        if (kind == Kind.OPEN && !oneWaitsForTheProbe) {
            oneWaitsForTheProbe = true;
            return earliest;
        }
        return earliest.plusMillis(random.nextLong(SPREAD.toMillis()));
    }

    /**
     * An attempt ended without an answer.
     *
     * @return whether that opened it
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
     * Opens it unless it is.
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

    private void open(Instant now, Duration forNow) {
        pause = forNow;
        kind = Kind.OPEN;
        since = now;
        probeAt = now.plus(forNow);
        letThroughUntil = Instant.MIN;
        oneWaitsForTheProbe = false;
    }

    /** An attempt said nothing of the receiver, since it never left: the next one may be the probe. */
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
