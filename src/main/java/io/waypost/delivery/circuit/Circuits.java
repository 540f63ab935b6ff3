package io.waypost.delivery.circuit;

import io.waypost.connector.Outcome;
import io.waypost.platform.clock.SteadyClock;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * The circuit breakers of this node: a subscription whose receiver has not answered several attempts in a row gets no
 * attempts for a while, except a probe. Only receivers with unanswered attempts have an entry, in memory, so for all others
 * a call is one look at a map that is mostly empty.
 */
@Component
public class Circuits implements CircuitStates {

    private static final Logger log = LoggerFactory.getLogger(Circuits.class);

    /**
     * If attempts take all places of a subscription and one of them has had no answer for this long, the receiver hangs.
     */
    private static final Duration HANGS = Duration.ofSeconds(10);

    /** After so many unanswered attempts in a row the circuit opens without waiting for {@link #HANGS}. */
    private static final int SUSPECT = 2;

    private final SubscriptionIndex index;
    private final SteadyClock clock;
    private final RandomGenerator random = RandomGenerator.getDefault();
    private final Map<Long, Circuit> troubled = new ConcurrentHashMap<>();

    Circuits(SubscriptionIndex index, Clock clock) {
        this.index = index;
        this.clock = SteadyClock.of(clock);
    }

    /**
     * Asked for a delivery on its way to its queue. Lets one through if a probe is due.
     *
     * @return null if it may go on; otherwise when it is due again
     */
    public @Nullable Instant heldUntil(long subscription) {
        var circuit = troubled(subscription);
        return circuit == null ? null : date(circuit.heldUntil(clock.now()));
    }

    /**
     * Asked right before an attempt. If a probe is due, this attempt is it.
     *
     * @return null if the attempt is to be made; otherwise when the delivery is due again
     */
    public @Nullable Instant heldBack(long subscription) {
        var circuit = troubled(subscription);
        return circuit == null ? null : date(circuit.heldBack(clock.now()));
    }

    private @Nullable Instant date(@Nullable Instant steady) {
        return steady == null ? null : clock.date(steady);
    }

    /** How many deliveries of the subscription may be claimed now: 0, 1 or {@link Integer#MAX_VALUE}. */
    public int room(long subscription) {
        var circuit = troubled(subscription);
        return circuit == null ? Integer.MAX_VALUE : circuit.room(clock.now());
    }

    /** To be called with the outcome of each attempt. Any answer closes the circuit, also one that reports an error. */
    public void attempted(long subscription, Outcome outcome) {
        switch (Sign.of(outcome)) {
            case ANSWER -> answered(subscription);
            case SILENCE -> {
                if (circuit(subscription).silent(clock.now())) {
                    logOpen(subscription);
                }
            }
            case NONE -> {
                var _ = notAttempted(subscription);
            }
        }
    }

    /**
     * To be called when an attempt is not made after all: if it was the probe, the next attempt is.
     *
     * @return whether the subscription waits for a probe
     */
    public boolean notAttempted(long subscription) {
        var circuit = troubled(subscription);
        if (circuit != null) {
            circuit.undecided(clock.now());
        }
        return circuit != null && !circuit.closed();
    }

    private void answered(long subscription) {
        if (troubled.isEmpty()) {
            return;
        }
        var circuit = troubled.remove(subscription);
        if (circuit != null && !circuit.closed()) {
            log.info("Subscription {} answers again", name(subscription));
        }
    }

    /**
     * To be called when attempts that take long occupy all places of the subscription.
     *
     * @param silence how long one of them has had no answer
     */
    public void stuck(long subscription, Duration silence) {
        var circuit = troubled(subscription);
        var suspect = circuit != null && circuit.timeouts() >= SUSPECT;
        if ((suspect || silence.compareTo(HANGS) >= 0) && circuit(subscription).openNow(clock.now())) {
            logOpen(subscription);
        }
    }

    private void logOpen(long subscription) {
        log.warn("Subscription {} does not answer; its deliveries are held back", name(subscription));
    }

    private String name(long subscription) {
        return index.current(subscription).map(Subscription::id).orElseGet(() -> "no. " + subscription);
    }

    private Circuit circuit(long subscription) {
        var present = troubled(subscription);
        return present != null
                ? present
                : troubled.computeIfAbsent(subscription, no -> new Circuit(revision(no), random));
    }

    private @Nullable Circuit troubled(long subscription) {
        if (troubled.isEmpty()) {
            return null;
        }
        var circuit = troubled.get(subscription);
        if (circuit == null || circuit.isAbout(revision(subscription))) {
            return circuit;
        }
        troubled.remove(subscription, circuit);
        return null;
    }

    private long revision(long subscription) {
        return index.current(subscription).map(Subscription::revision).orElse(-1L);
    }

    @Override
    public CircuitState of(long subscription) {
        var circuit = troubled(subscription);
        return circuit == null ? CircuitState.CLOSED : circuit.state().dated(clock::date);
    }

    /** The {@code most} subscriptions with the most unanswered attempts in a row, open circuits first: id → state. */
    Map<String, CircuitState> worst(int most) {
        record Entry(String id, CircuitState state) {}
        var worst = new LinkedHashMap<String, CircuitState>();
        troubled.keySet().stream()
                .flatMap(no -> index.current(no).stream().map(s -> new Entry(s.id(), of(no))))
                .filter(entry -> !entry.state.equals(CircuitState.CLOSED))
                .sorted(Comparator.<Entry>comparingInt(e -> e.state.kind() == CircuitState.Kind.CLOSED ? 1 : 0)
                        .thenComparing(e -> -e.state.timeouts()))
                .limit(most)
                .forEach(entry -> worst.put(entry.id, entry.state));
        return worst;
    }

    /** How many circuits are not closed. */
    long open() {
        return troubled.values().stream().filter(circuit -> !circuit.closed()).count();
    }

    /** Removes the circuits of subscriptions that have changed or are gone. */
    void tidy() {
        troubled.keySet().forEach(this::troubled);
    }

    /** What an outcome shows about whether the receiver answers. */
    private enum Sign {
        ANSWER,
        SILENCE,
        /** Nothing was sent. */
        NONE;

        static Sign of(Outcome outcome) {
            var failure = outcome.failure();
            if (failure == null || outcome.status() != null) {
                return ANSWER;
            }
            return switch (failure) {
                case TIMEOUT, CONNECTION_REFUSED, CONNECTION_RESET, DNS_FAILURE, TLS_FAILURE -> SILENCE;
                case INVALID_RESPONSE, HTTP_STATUS, RESPONSE_REJECTED, RATE_LIMITED -> ANSWER;
                case ADDRESS_BLOCKED, TRANSFORM_FAILED, CONNECTOR_FAILED -> NONE;
            };
        }
    }
}
