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
 * The circuits of this node: a subscription whose receiver has not answered several times in a row gets no attempts for a
 * while but one to see whether it answers again. Only receivers in trouble are remembered, in memory, so for all others
 * it costs a look at what is mostly an empty map.
 */
@Component
public class Circuits implements CircuitStates {

    private static final Logger log = LoggerFactory.getLogger(Circuits.class);

    /** All places of a subscription taken by attempts, and one of them without an answer for that long: it hangs. */
    private static final Duration HANGS = Duration.ofSeconds(10);

    /** With so many attempts in a row without an answer it is not waited for that. */
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
     * For a delivery on its way to its queue. When a probe is due one is let through.
     *
     * @return null if it may go on; otherwise when it is to come back
     */
    public @Nullable Instant heldUntil(long subscription) {
        var circuit = troubled(subscription);
        return circuit == null ? null : date(circuit.heldUntil(clock.now()));
    }

    /**
     * Right before an attempt. When a probe is due this attempt is it.
     *
     * @return null if it is to be made; otherwise when the delivery is to come back
     */
    public @Nullable Instant heldBack(long subscription) {
        var circuit = troubled(subscription);
        return circuit == null ? null : date(circuit.heldBack(clock.now()));
    }

    private @Nullable Instant date(@Nullable Instant steady) {
        return steady == null ? null : clock.date(steady);
    }

    /** How many deliveries of the subscription may come now: 0, 1 or {@link Integer#MAX_VALUE}. */
    public int room(long subscription) {
        var circuit = troubled(subscription);
        return circuit == null ? Integer.MAX_VALUE : circuit.room(clock.now());
    }

    /** Takes note of what came of an attempt. Any answer closes the circuit, that of a server in trouble too. */
    public void attempted(long subscription, Outcome outcome) {
        switch (Sign.of(outcome)) {
            case ANSWER -> answered(subscription);
            case SILENCE -> {
                if (circuit(subscription).silent(clock.now())) {
                    tellOpen(subscription);
                }
            }
            case NONE -> {
                var _ = notAttempted(subscription);
            }
        }
    }

    /**
     * An attempt that was to be made is not: if it was the probe, the next one is.
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
     * All places of the subscription are taken by attempts that take long.
     *
     * @param silence for how long one of them has not been answered
     */
    public void stuck(long subscription, Duration silence) {
        var circuit = troubled(subscription);
        var suspect = circuit != null && circuit.timeouts() >= SUSPECT;
        if ((suspect || silence.compareTo(HANGS) >= 0) && circuit(subscription).openNow(clock.now())) {
            tellOpen(subscription);
        }
    }

    private void tellOpen(long subscription) {
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

    /** Those that got no answer the most times in a row, the worst first: id → how its circuit stands. */
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

    /** How many are not closed. */
    long open() {
        return troubled.values().stream().filter(circuit -> !circuit.closed()).count();
    }

    /** Forgets those whose subscriptions have changed, or are gone. */
    void tidy() {
        troubled.keySet().forEach(this::troubled);
    }

    /** What the end of an attempt says of the receiver. */
    private enum Sign {
        ANSWER,
        SILENCE,
        /** The attempt never left. */
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
