package io.waypost.delivery;

import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Failure;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.delivery.circuit.Circuits;
import io.waypost.delivery.limit.ConcurrencyLimit;
import io.waypost.delivery.limit.Shares;
import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.delivery.log.DeliveryUpdate.Effect;
import io.waypost.delivery.log.DueSignal;
import io.waypost.delivery.policy.RetryPolicy;
import io.waypost.delivery.policy.Verdict;
import io.waypost.event.Event;
import io.waypost.platform.Memory;
import io.waypost.platform.Texts;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.clock.SteadyClock;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Makes attempts: what the steps of the route {@code attempt} do. */
@Component
public class Courier {

    private static final Logger log = LoggerFactory.getLogger(Courier.class);

    /** Longer waits are rows that are due then. A shorter one is made in memory as long as there is some, beside its row. */
    private static final Duration LONGEST_REST = Duration.ofSeconds(6);

    /** How long a delivery waits whose expressions could not be evaluated at once. */
    private static final Duration WHEN_BEHIND = Duration.ofSeconds(1);

    /** Characters kept of what the other side says. */
    private static final int MOST_TOLD = 1024;

    /** How much longer than its attempt a claim lasts. */
    static final Duration GRACE = Duration.ofSeconds(30);

    private final SubscriptionIndex index;
    private final SubscriptionStore subscriptions;
    private final ConnectorCatalog connectors;
    private final Evaluations evaluations;
    private final Recorder recorder;
    private final Circuits circuits;
    private final Shares shares;
    private final ConcurrencyLimit limit;
    private final DueSignal due;
    private final Clock clock;
    private final SteadyClock steady;
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
            Shares shares,
            ConcurrencyLimit limit,
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
        this.shares = shares;
        this.limit = limit;
        this.due = due;
        this.clock = clock;
        this.steady = SteadyClock.of(clock);
        this.random = RandomGenerator.getDefault();
        this.jitter = properties.delivery().jitter();
        this.metrics = metrics;
    }

    /**
     * Whether the subscription still wants the delivery. If it is not active any more, the delivery goes into its replay buffer; if
     * it is deleted, the delivery is discarded.
     *
     * @return false if no attempt is to be made; then the delivery has ended here
     */
    boolean stillWanted(InFlightDelivery delivery) {
        if (delivery.closed()) {
            return false;
        }
        var subscription = index.current(delivery.key().subscription()).or(() -> unheardOf(delivery));
        if (subscription.isPresent() && subscription.get().active()) {
            delivery.begins(subscription.get());
            if (!shares.reads(subscription.get())) {
                // Its secrets cannot be read here any more. It is due at once, for a node that can.
                close(delivery, delivery.waiting(clock.instant(), clock.instant()));
                return false;
            }
            if (!matches(delivery, subscription.get())) {
                notAttempted(delivery);
                return false;
            }
            var until =
                    delivery.byHand() ? null : circuits.heldBack(delivery.key().subscription());
            if (until != null) {
                // Its receiver does not answer: it comes back later, and this was no attempt.
                close(delivery, delivery.waiting(until, until));
                return false;
            }
            return true;
        }
        if (subscription.isEmpty()) {
            setAside(delivery, Status.DISCARDED);
        } else if (matches(delivery, subscription.get())) {
            setAside(delivery, Status.BUFFERED);
        }
        return false;
    }

    /** If it was the probe of an open circuit, another delivery becomes the probe at once. */
    private void notAttempted(InFlightDelivery delivery) {
        if (circuits.notAttempted(delivery.key().subscription())) {
            due.wake();
        }
    }

    /**
     * Evaluates the filter and the condition if that was left open when the event was matched.
     *
     * @return false if the subscription does not want all events of the delivery, or the evaluation is put off; then the delivery
     *     has ended here
     */
    private boolean matches(InFlightDelivery delivery, Subscription subscription) {
        var definition = subscription.definition();
        if (delivery.certain() || (definition.filter() == null && definition.condition() == null)) {
            return true;
        }
        var now = clock.instant();
        var wanted = delivery.events().stream()
                .map(event -> index.wants(subscription, event, Patience.COMES_BACK))
                .toList();
        if (wanted.contains(Optional.<Boolean>empty())) {
            comeBack(delivery);
            return false;
        }
        var unwanted = delivery.unwanted(i -> !wanted.get(i).orElseThrow(), now);
        if (unwanted.isEmpty()) {
            delivery.becomeCertain();
            return true;
        }
        delivery.close(hadRow -> {
            if (hadRow) {
                // The wanted part of a batch is due again at once, without the rest.
                var rest = delivery.events().size() > unwanted.size()
                        ? delivery.waiting(now, now).withRow(true)
                        : null;
                var written = Stream.concat(Stream.ofNullable(rest), unwanted.stream())
                        .map(recorder::recordAndTell)
                        .toArray(CompletableFuture[]::new);
                delivery.written(CompletableFuture.allOf(written));
            }
        });
        return false;
    }

    /**
     * Evaluates the subscription's transform.
     *
     * @return false if the evaluation is put off; then the delivery has ended here
     */
    boolean transform(InFlightDelivery delivery) {
        var goes = transforms(delivery, delivery.subscription(), Patience.COMES_BACK);
        if (!goes) {
            notAttempted(delivery);
        }
        return goes;
    }

    private boolean transforms(InFlightDelivery delivery, Subscription subscription, Patience patience) {
        var transform = subscription.definition().transform();
        if (transform == null) {
            return true;
        }
        try {
            var input = message(delivery, subscription, clock.instant()).input();
            var made = evaluations.evaluate(subscription.tenant(), transform, input, patience);
            made.ifPresentOrElse(delivery::transformed, () -> comeBack(delivery));
            return made.isPresent();
        } catch (ExpressionFailed e) {
            delivery.transformFails(e);
            return true;
        }
    }

    /** Other expressions of its tenant wait to be evaluated: it becomes a row that is due a little later. */
    private void comeBack(InFlightDelivery delivery) {
        var later = clock.instant().plus(WHEN_BEHIND);
        close(delivery, delivery.waiting(later, later));
    }

    /** Another node may have made the subscription a moment ago. */
    private Optional<Subscription> unheardOf(InFlightDelivery delivery) {
        var found = subscriptions.find(delivery.key().subscription());
        found.ifPresent(index::put);
        return found;
    }

    /**
     * Makes exactly one attempt: sends the event, or what the transform made of it, through the subscription's connector.
     *
     * @return the outcome; an error of ours is one, too
     */
    Outcome send(InFlightDelivery delivery) {
        try {
            var at = clock.instant();
            delivery.attemptBegins(steady.now(), at);
            var plain = message(delivery, delivery.subscription(), at);
            var transforms = delivery.subscription().definition().transform() != null;
            return send(transforms ? plain.transformed(delivery.transformed()) : plain);
        } catch (ExpressionFailed e) {
            return new Outcome.Failed(Failure.TRANSFORM_FAILED, String.valueOf(e.getMessage()));
        } catch (Exception | LinkageError | StackOverflowError e) {
            Memory.endIfGone(e);
            log.warn(
                    "The attempt of {} ran into an error of ours",
                    delivery.key().id(),
                    e);
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
     * Makes one attempt outside of any delivery, to try a subscription out. It is neither recorded nor counted.
     *
     * @return the attempt, numbered as the first of a delivery
     */
    public Attempt once(Event event, Subscription subscription) {
        var delivery = InFlightDelivery.fresh(event, subscription.no(), true, () -> {});
        delivery.begins(subscription);
        transforms(delivery, subscription, Patience.WAITS);
        var outcome = send(delivery);
        return attempt(delivery, outcome, delivery.attemptMillis(steady.now()));
    }

    private static Message message(InFlightDelivery delivery, Subscription subscription, Instant at) {
        return subscription.message(
                delivery.events(),
                delivery.isBatch(),
                delivery.key().id(),
                delivery.attempts() + 1,
                delivery.replay(),
                at);
    }

    /**
     * Decides what follows from the outcome, and hands that to the recorder.
     *
     * @return how long to wait for the next attempt, if this node makes it; null if the delivery has ended here
     */
    @Nullable
    Duration judge(InFlightDelivery delivery, Outcome outcome) {
        var duration = delivery.attemptMillis(steady.now());
        var subscription = delivery.subscription();
        var retry = subscription.definition().retry();
        var now = clock.instant();
        var attempt = attempt(delivery, outcome, duration);
        var before = delivery.throttledSince();
        var verdict = new RetryPolicy(retry.effectiveSchedule(), jitter, random)
                .judge(outcome, delivery.used() + 1, before, now);
        circuits.attempted(subscription.no(), outcome);
        if (!(verdict instanceof Verdict.Postponed)) {
            delivery.attempted(throttledSince(verdict, before, now));
            metrics.attempted(attempt);
        }
        switch (verdict) {
            case Verdict.Postponed(var at) -> {
                log.debug(
                        "{} waits until the gateway has room: {}",
                        delivery.key().id(),
                        outcome.detail());
                close(delivery, delivery.waiting(at, at));
            }
            case Verdict.Done _ -> end(delivery, Status.SUCCEEDED, attempt, Effect.SUCCESS, now);
            case Verdict.Exhausted _ -> end(delivery, Status.EXHAUSTED, attempt, effect(outcome), now);
            case Verdict.WaitUntil(var at) -> waits(delivery, at, attempt, Effect.NONE);
            case Verdict.Deactivate(var attemptsLeft) -> {
                if (attemptsLeft && !retry.effectiveProfile().endsWhenGone()) {
                    close(delivery, delivery.update(delivery.progress().buffered(), attempt, Effect.GONE));
                } else {
                    end(delivery, Status.EXHAUSTED, attempt, Effect.GONE, now);
                }
            }
            case Verdict.RetryAt(var at, var delay) -> {
                if (retry.inRuns()
                        || !delivery.mayRest()
                        || delay.compareTo(LONGEST_REST) > 0
                        || !limit.beginResting(delivery.load())) {
                    waits(delivery, at, attempt, effect(outcome));
                } else {
                    delivery.waits(limit::endResting);
                    rest(delivery, at, attempt, effect(outcome));
                    return delay;
                }
            }
        }
        return null;
    }

    private static @Nullable Instant throttledSince(Verdict verdict, @Nullable Instant before, Instant now) {
        return verdict instanceof Verdict.WaitUntil ? (before == null ? now : before) : null;
    }

    private static Effect effect(Outcome outcome) {
        return outcome instanceof Outcome.Failed failed && failed.counts() ? Effect.FAILURE : Effect.NONE;
    }

    /** What the other side says is shown in lists, mails, pages and the log: control characters are made visible, and it is cut. */
    private static Attempt attempt(InFlightDelivery delivery, Outcome given, long duration) {
        var outcome =
                given.told(detail -> beginning(Texts.visible(detail)), body -> beginning(Texts.visibleLines(body)));
        return new Attempt(
                delivery.key(),
                delivery.attempts() + 1,
                delivery.attemptAt(),
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

    private void end(InFlightDelivery delivery, Status status, Attempt attempt, Effect effect, Instant now) {
        metrics.ended(status, delivery.events().size());
        close(delivery, delivery.update(delivery.progress().ended(status, now), attempt, effect));
    }

    /** Its next attempt is a row that is due then or, for a subscription with dispatch runs, in the first run after that. */
    private void waits(InFlightDelivery delivery, Instant at, Attempt attempt, Effect effect) {
        var update = delivery.update(delivery.progress().waiting(at, at), attempt, effect);
        var inRuns = delivery.subscription().definition().retry().inRuns();
        close(delivery, inRuns ? update.held() : update);
    }

    /** The row says when the next attempt is planned, and stays claimed until that attempt must be over. */
    private void rest(InFlightDelivery delivery, Instant at, Attempt attempt, Effect effect) {
        var claimEnd =
                at.plus(delivery.subscription().definition().effectiveTimeout()).plus(GRACE);
        var waiting = delivery.update(delivery.progress().waiting(claimEnd, at), attempt, effect);
        delivery.rest(hadRow -> recorder.record(waiting.withRow(hadRow)));
    }

    private void setAside(InFlightDelivery delivery, Status status) {
        var progress = delivery.progress();
        var aside = status == Status.DISCARDED ? progress.ended(status, clock.instant()) : progress.buffered();
        close(delivery, delivery.update(aside, null, Effect.NONE));
    }

    private void close(InFlightDelivery delivery, DeliveryUpdate update) {
        delivery.close(
                hadRow -> delivery.written(recorder.recordAndTell(update.withRow(hadRow), delivery.othersFollow())));
    }
}
