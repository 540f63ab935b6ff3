package io.waypost.delivery;

import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Failure;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.delivery.circuit.Circuits;
import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DueSignal;
import io.waypost.delivery.log.Settlement;
import io.waypost.delivery.log.Settlement.Effect;
import io.waypost.delivery.permit.Permits;
import io.waypost.delivery.permit.Senders;
import io.waypost.delivery.policy.RetryPolicy;
import io.waypost.delivery.policy.TryAgainSoon;
import io.waypost.delivery.policy.Verdict;
import io.waypost.event.Event;
import io.waypost.platform.Memory;
import io.waypost.platform.Texts;
import io.waypost.platform.WaypostProperties;
import io.waypost.subscription.Evaluations;
import io.waypost.subscription.Evaluations.Patience;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionIndex;
import io.waypost.subscription.SubscriptionStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Makes attempts: the steps of the {@code deliver} route. Shape, send, judge. */
@Component("courier")
public class Courier {

    private static final Logger log = LoggerFactory.getLogger(Courier.class);

    /** Longer waits are made as a row that is due then; shorter ones in memory, while there is some, with a row all the same. */
    private static final Duration LONGEST_REST = Duration.ofSeconds(6);

    /** When who is behind with computing is asked again. */
    private static final Duration WHEN_BEHIND = Duration.ofSeconds(1);

    /** The exchange property that holds the flight. */
    static final String FLIGHT = "flight";

    /** Characters of what the other side says. */
    private static final int MOST_TOLD = 1024;

    /** What a claim allows for beside the attempt itself. */
    static final Duration GRACE = Duration.ofSeconds(30);

    private final SubscriptionIndex index;
    private final SubscriptionStore subscriptions;
    private final ConnectorCatalog connectors;
    private final Evaluations evaluations;
    private final Recorder recorder;
    private final Circuits circuits;
    private final Senders senders;
    private final Permits permits;
    private final DueSignal due;
    private final Clock clock;
    private final RandomGenerator random;
    private final double jitter;
    private final DeliveryMetrics metrics;

    Courier(
            SubscriptionIndex index,
            SubscriptionStore subscriptions,
            ConnectorCatalog connectors,
            Evaluations evaluations,
            Recorder recorder,
            Circuits circuits,
            Senders senders,
            Permits permits,
            DueSignal due,
            Clock clock,
            WaypostProperties properties,
            DeliveryMetrics metrics) {
        this.index = index;
        this.subscriptions = subscriptions;
        this.connectors = connectors.inside();
        this.evaluations = evaluations;
        this.recorder = recorder;
        this.circuits = circuits;
        this.senders = senders;
        this.permits = permits;
        this.due = due;
        this.clock = clock;
        this.random = RandomGenerator.getDefault();
        this.jitter = properties.delivery().jitter();
        this.metrics = metrics;
    }

    /** Whether the subscription still wants it; if it has been switched off, the delivery goes into its buffer. */
    public boolean stillWanted(@Body Flight flight) {
        if (flight.closed()) {
            return false;
        }
        var subscription = index.current(flight.key().subscription()).or(() -> unheardOf(flight));
        if (subscription.isPresent() && subscription.get().active()) {
            flight.begins(subscription.get());
            if (!senders.reads(subscription.get())) {
                // It has become unreadable here since it found its place. It is due at once for whoever can read it.
                close(flight, flight.waiting(clock.instant(), clock.instant()));
                return false;
            }
            if (!matches(flight, subscription.get())) {
                notAttempted(flight);
                return false;
            }
            var until = flight.byHand() ? null : circuits.heldBack(flight.key().subscription());
            if (until != null) {
                // Its receiver does not answer: it comes back later, with the attempts it still has.
                close(flight, flight.waiting(until, until));
                return false;
            }
            var goes = transforms(flight, subscription.get(), Patience.COMES_BACK);
            if (!goes) {
                notAttempted(flight);
            }
            return goes;
        }
        if (subscription.isEmpty()) {
            setAside(flight, Status.DISCARDED);
        } else if (matches(flight, subscription.get())) {
            setAside(flight, Status.BUFFERED);
        }
        return false;
    }

    /** If it was let through to a receiver that does not answer, another one is, and at once: it may be the first that is wanted. */
    private void notAttempted(Flight flight) {
        if (circuits.notAttempted(flight.key().subscription())) {
            due.wake();
        }
    }

    /**
     * Matches what was not matched for certain when it was dispatched.
     *
     * @return false if the subscription does not want all of it, or that is to be found out later; then the flight has ended
     */
    private boolean matches(Flight flight, Subscription subscription) {
        var definition = subscription.definition();
        if (flight.certain() || (definition.filter() == null && definition.condition() == null)) {
            return true;
        }
        var now = clock.instant();
        var wanted = flight.events().stream()
                .map(event -> index.wants(subscription, event, Patience.COMES_BACK))
                .toList();
        if (wanted.contains(Optional.<Boolean>empty())) {
            comeBack(flight);
            return false;
        }
        var unwanted = flight.unwanted(i -> !wanted.get(i).orElseThrow(), now);
        if (unwanted.isEmpty()) {
            flight.becomeCertain();
            return true;
        }
        flight.close(hadRow -> {
            if (hadRow) {
                // Of a batch what is wanted goes again at once, without the rest.
                var rest = flight.events().size() > unwanted.size()
                        ? flight.waiting(now, now).withRow(true)
                        : null;
                var written = Stream.concat(Stream.ofNullable(rest), unwanted.stream())
                        .map(recorder::recordAndTell)
                        .toArray(CompletableFuture[]::new);
                flight.written(CompletableFuture.allOf(written));
            }
        });
        return false;
    }

    /**
     * Computes what is to be sent.
     *
     * @return false if that takes long and is to be done later; then the flight has ended
     */
    private boolean transforms(Flight flight, Subscription subscription, Patience patience) {
        var transform = subscription.definition().transform();
        if (transform == null) {
            return true;
        }
        try {
            var input = message(flight, subscription, clock.instant()).input();
            var made = evaluations.evaluate(subscription.tenant(), transform, input, patience);
            made.ifPresentOrElse(flight::transformed, () -> comeBack(flight));
            return made.isPresent();
        } catch (ExpressionFailed e) {
            flight.transformFails(e);
            return true;
        }
    }

    /** Its tenant has much waiting to be computed: it comes back when that may be over, and holds nothing meanwhile. */
    private void comeBack(Flight flight) {
        var later = clock.instant().plus(WHEN_BEHIND);
        close(flight, flight.waiting(later, later));
    }

    /** Another node may have made it a moment ago. */
    private Optional<Subscription> unheardOf(Flight flight) {
        var found = subscriptions.find(flight.key().subscription());
        found.ifPresent(index::put);
        return found;
    }

    /**
     * Exactly one attempt: what its connector is to send, the event or what its transform makes of it, is sent.
     *
     * @return also of an error of ours an outcome like any other
     */
    public Outcome send(@Body Flight flight) {
        try {
            var at = clock.instant();
            flight.attemptBegins(at);
            var plain = message(flight, flight.subscription(), at);
            var transforms = flight.subscription().definition().transform() != null;
            return send(transforms ? plain.transformed(flight.transformed()) : plain);
        } catch (ExpressionFailed e) {
            return new Outcome.Failed(Failure.TRANSFORM_FAILED, String.valueOf(e.getMessage()));
        } catch (Exception | LinkageError | StackOverflowError e) {
            Memory.endIfGone(e);
            log.warn("The attempt of {} ran into an error of ours", flight.key().id(), e);
            return new Outcome.Failed(Failure.CONNECTOR_FAILED, e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }

    private Outcome send(Message message) {
        return connectors
                .find(message.connector())
                .<Outcome>map(connector -> connector.send(message))
                .orElseGet(() -> new Outcome.Failed(
                        Failure.CONNECTOR_FAILED, "The connector " + message.connector() + " is not available"));
    }

    /**
     * One attempt outside of any delivery, to try a subscription out. Nothing of it is recorded or counted.
     *
     * @return the attempt, as if it were the first of a delivery
     */
    public Attempt once(Event event, Subscription subscription) {
        var flight = Flight.fresh(event, subscription.no(), true, () -> {});
        flight.begins(subscription);
        transforms(flight, subscription, Patience.WAITS);
        var outcome = send(flight);
        return attempt(flight, outcome, flight.attemptMillis());
    }

    private static Message message(Flight flight, Subscription subscription, Instant at) {
        return subscription.message(
                flight.events(), flight.isBatch(), flight.key().id(), flight.attempts() + 1, flight.replay(), at);
    }

    /**
     * Decides what follows from the outcome, and hands it in to be written down.
     *
     * @throws TryAgainSoon if the next attempt is due within seconds and this node may wait for it
     */
    public void judge(@ExchangeProperty(FLIGHT) Flight flight, @Body Outcome outcome, Exchange exchange) {
        var duration = flight.attemptMillis();
        var subscription = flight.subscription();
        var retry = subscription.definition().retry();
        var now = clock.instant();
        var attempt = attempt(flight, outcome, duration);
        var before = flight.throttledSince();
        var verdict = new RetryPolicy(retry.effectiveSchedule(), jitter, random)
                .judge(outcome, flight.used() + 1, before, now);
        circuits.attempted(subscription.no(), outcome);
        if (!(verdict instanceof Verdict.Postponed)) {
            flight.attempted(throttledSince(verdict, before, now));
            metrics.attempted(attempt);
        }
        switch (verdict) {
            case Verdict.Postponed(var at) -> {
                log.debug(
                        "{} waits until the gateway has room: {}", flight.key().id(), outcome.detail());
                close(flight, flight.waiting(at, at));
            }
            case Verdict.Done _ -> end(flight, Status.SUCCEEDED, attempt, Effect.SUCCESS, now);
            case Verdict.Exhausted _ -> end(flight, Status.EXHAUSTED, attempt, effect(outcome), now);
            case Verdict.WaitUntil(var at) -> park(flight, Status.RETRYING, at, at, attempt, Effect.NONE);
            case Verdict.Deactivate(var attemptsLeft) -> {
                if (attemptsLeft && !retry.effectiveProfile().endsWhenGone()) {
                    park(flight, Status.BUFFERED, null, null, attempt, Effect.GONE);
                } else {
                    end(flight, Status.EXHAUSTED, attempt, Effect.GONE, now);
                }
            }
            case Verdict.RetryAt(var at, var delay) -> {
                if (retry.inRuns()
                        || !flight.mayRest()
                        || delay.compareTo(LONGEST_REST) > 0
                        || !permits.beginResting(flight.load())) {
                    park(flight, Status.RETRYING, at, at, attempt, effect(outcome));
                } else {
                    flight.waits(permits::endResting);
                    rest(flight, at, attempt, effect(outcome));
                    exchange.getMessage().setHeader(Exchange.REDELIVERY_DELAY, delay.toMillis());
                    throw new TryAgainSoon();
                }
            }
        }
    }

    private static @Nullable Instant throttledSince(Verdict verdict, @Nullable Instant before, Instant now) {
        return verdict instanceof Verdict.WaitUntil ? (before == null ? now : before) : null;
    }

    private static Effect effect(Outcome outcome) {
        return outcome instanceof Outcome.Failed failed && failed.counts() ? Effect.FAILURE : Effect.NONE;
    }

    /** What is told of it may be the other side's own words: it goes into lists, mails, pages and the log. */
    private static Attempt attempt(Flight flight, Outcome given, long duration) {
        var outcome =
                given.told(detail -> beginning(Texts.visible(detail)), body -> beginning(Texts.visibleLines(body)));
        return new Attempt(
                flight.key(),
                flight.attempts() + 1,
                flight.attemptAt(),
                duration,
                outcome.status(),
                outcome.failure(),
                outcome.detail(),
                outcome.body());
    }

    private static String beginning(String text) {
        var end = text.length() > MOST_TOLD && Character.isHighSurrogate(text.charAt(MOST_TOLD - 1))
                ? MOST_TOLD - 1
                : MOST_TOLD;
        return text.length() <= MOST_TOLD ? text : text.substring(0, end);
    }

    private void end(Flight flight, Status status, Attempt attempt, Effect effect, Instant now) {
        metrics.ended(status, flight.events().size());
        close(flight, flight.settlement(status, null, null, now, attempt, effect));
    }

    private void park(
            Flight flight,
            Status status,
            @Nullable Instant dueAt,
            @Nullable Instant nextAt,
            Attempt attempt,
            Effect effect) {
        var settlement = flight.settlement(status, dueAt, nextAt, null, attempt, effect);
        var inRuns = flight.subscription().definition().retry().inRuns();
        close(flight, inRuns ? settlement.held() : settlement);
    }

    /** The row says when the next attempt is planned; its claim runs on until that attempt must be over. */
    private void rest(Flight flight, Instant at, Attempt attempt, Effect effect) {
        var claimEnd =
                at.plus(flight.subscription().definition().effectiveTimeout()).plus(GRACE);
        var waiting = flight.settlement(Status.RETRYING, claimEnd, at, null, attempt, effect);
        flight.rest(hadRow -> recorder.record(waiting.withRow(hadRow)));
    }

    private void setAside(Flight flight, Status status) {
        var now = status == Status.DISCARDED ? clock.instant() : null;
        close(flight, flight.settlement(status, null, null, now, null, Effect.NONE));
    }

    private void close(Flight flight, Settlement settlement) {
        flight.close(
                hadRow -> flight.written(recorder.recordAndTell(settlement.withRow(hadRow), flight.othersFollow())));
    }
}
