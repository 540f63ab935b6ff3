package io.waypost.route.delivery;

import io.waypost.platform.WaypostProperties;
import io.waypost.platform.clock.SteadyClock;
import io.waypost.replay.Activation;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.SubscriptionIndex;
import io.waypost.subscription.SubscriptionStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Pauses subscriptions whose routes run nowhere. A node that misses a route asks by a mark in the subscription's state; a
 * node that has it takes the mark away. Only if nobody does is the subscription paused, and whoever has the route after all
 * switches it on again.
 */
@Component
final class Absences {

    /** Why a subscription is paused whose route is not there; one that its owner has paused stays paused. */
    static final String GONE = "route_gone";

    /** The mark, of an active one. */
    private static final String MISSED = "route_missed";

    /** A node that runs sees the mark within a second. */
    private static final Duration TIME_TO_ANSWER = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(Absences.class);

    private final SubscriptionStore store;
    private final SubscriptionIndex index;
    private final Activation activation;
    private final Clock clock;
    private final SteadyClock steady;
    private final boolean alone;

    /** Subscriptions this node has asked about. */
    private final Map<Long, Question> asked = new ConcurrentHashMap<>();

    /** @param revision of the subscription with the mark: with any other it has been answered, or asked by somebody else */
    private record Question(long revision, Instant at) {}

    Absences(
            SubscriptionStore store,
            SubscriptionIndex index,
            Activation activation,
            Clock clock,
            WaypostProperties properties) {
        this.store = store;
        this.index = index;
        this.activation = activation;
        this.clock = clock;
        this.steady = SteadyClock.of(clock);
        this.alone = !properties.db().shared();
    }

    /** Its route does not run here. */
    void missing(Subscription subscription) {
        // What cannot be read here cannot start here either; that says nothing of the route.
        if (!subscription.active() || !subscription.readable() || asked.containsKey(subscription.no())) {
            return;
        }
        if (alone) {
            pause(subscription);
        } else {
            mark(subscription, MISSED).ifPresent(s -> asked.put(s.no(), new Question(s.revision(), steady.now())));
        }
    }

    /** Its route runs here, whatever others think. */
    void present(Subscription subscription) {
        var state = subscription.state();
        if (subscription.active() && MISSED.equals(state.reason())) {
            mark(subscription, null);
        } else if (state.kind() == State.Kind.PAUSED && GONE.equals(state.reason())) {
            activation.activate(subscription, true);
        }
    }

    /** Pauses what nobody has taken the mark from in time. */
    void tidy() {
        var now = steady.now();
        asked.forEach((no, question) -> {
            if (!now.isBefore(question.at.plus(TIME_TO_ANSWER))) {
                store.find(no).filter(s -> s.revision() == question.revision).ifPresent(this::pause);
                asked.remove(no);
            }
        });
    }

    /** Pauses it at once. */
    void pause(Subscription subscription) {
        if (subscription.active()) {
            activation.pause(subscription, GONE);
            LOG.info(
                    "The route {} is gone; its events are kept for {}",
                    subscription.definition().name(),
                    subscription.definition().replayBuffer().window());
        }
    }

    private java.util.Optional<Subscription> mark(
            Subscription subscription, @org.jspecify.annotations.Nullable String reason) {
        var state = new State(State.Kind.ACTIVE, subscription.state().since(), reason, null);
        var marked = store.changeState(subscription.no(), State.Kind.ACTIVE, state, clock.instant());
        marked.ifPresent(index::put);
        return marked;
    }
}
