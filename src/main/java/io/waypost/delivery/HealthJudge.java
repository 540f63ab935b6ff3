package io.waypost.delivery;

import io.waypost.connector.Failure;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.delivery.log.DeliveryUpdate.Effect;
import io.waypost.delivery.log.Health;
import io.waypost.platform.due.DueWatch;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.SubscriptionIndex;
import io.waypost.subscription.SubscriptionStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Decides from the outcomes of its deliveries whether a subscription stays active. */
@Component
class HealthJudge {

    private static final Logger log = LoggerFactory.getLogger(HealthJudge.class);
    private static final String GONE = "gone";

    private final DeliveryLog deliveries;
    private final SubscriptionStore subscriptions;
    private final SubscriptionIndex index;
    private final DueWatch due;
    /** Subscriptions with failures in a row: only for them a success has to be written. */
    private final Set<Long> failing = ConcurrentHashMap.newKeySet();
    /** The revision up to which this node has read the failures that others wrote. */
    private volatile long heard = -1;

    /** The revision of everything at that time. */
    private volatile long followed = -1;

    HealthJudge(DeliveryLog deliveries, SubscriptionStore subscriptions, SubscriptionIndex index, DueWatch due) {
        this.due = due;
        this.deliveries = deliveries;
        this.subscriptions = subscriptions;
        this.index = index;
    }

    /** Reads which subscriptions failed on other nodes, so that a success here resets their count. */
    @Scheduled(fixedDelayString = "${waypost.follow:500ms}")
    void follow() {
        var latest = due.last().revision();
        if (latest >= 0 && latest == followed) {
            return;
        }
        var news = deliveries.failing(heard);
        failing.addAll(news.subscriptions());
        heard = news.revision();
        followed = latest;
    }

    @Scheduled(fixedDelayString = "${waypost.retention-every:10m}")
    void forget() {
        failing.removeIf(no -> index.current(no).isEmpty());
    }

    /**
     * What follows from some outcomes.
     *
     * @param changed subscriptions that are no longer active, or go on at their backup URLs
     * @param ended numbers of those that are no longer there
     */
    record Consequences(List<Subscription> changed, List<Long> ended) {

        static final Consequences NONE = new Consequences(List.of(), List.of());
    }

    /**
     * Counts failures in a row, and deactivates subscriptions whose receivers have failed too often or are gone, or lets their backup
     * URLs take over; hooks whose receiver is gone are deleted. To be called in the transaction that writes the outcomes.
     */
    Consequences judge(List<DeliveryUpdate> updates, Instant now) {
        var concerned = concerned(updates);
        if (concerned.isEmpty()) {
            return Consequences.NONE;
        }
        var health = new HashMap<>(deliveries.health(concerned));
        var reasons = new HashMap<Long, State>();
        for (var update : updates) {
            var subscription = update.key().subscription();
            if (concerned.contains(subscription) && (update.effect() == Effect.SUCCESS || failsNow(update))) {
                var state = apply(update, health, now);
                if (state != null) {
                    reasons.putIfAbsent(subscription, state);
                }
            }
        }
        var changedOnes = new ArrayList<Subscription>();
        var ended = new ArrayList<Long>();
        reasons.forEach((subscription, state) -> {
            if (ends(subscription, state, now)) {
                health.put(subscription, Health.GOOD);
                ended.add(subscription);
                return;
            }
            backup(subscription, state, now)
                    .or(() -> deliveries.deactivate(subscription, state, now))
                    .ifPresent(changed -> {
                        health.put(subscription, Health.GOOD);
                        changedOnes.add(changed);
                    });
        });
        deliveries.saveHealth(health);
        remember(health);
        return new Consequences(changedOnes, ended);
    }

    /** Lets the backup URL take over, if there is one that has not yet. */
    private Optional<Subscription> backup(long no, State state, Instant now) {
        return index.current(no).filter(Subscription::hasBackup).flatMap(_ -> deliveries.toBackup(no, state, now));
    }

    /** Deletes the subscription if it is a hook, which "gone" ends. */
    private boolean ends(long no, State state, Instant now) {
        var hook = index.current(no)
                .filter(s -> GONE.equals(state.reason())
                        && s.definition().retry().effectiveProfile().endsWhenGone());
        hook.ifPresent(s -> {
            subscriptions.delete(s.id(), now);
            log.info("Hook {} is deleted: its receiver is gone", s.id());
        });
        return hook.isPresent();
    }

    /** Whether any of the outcomes changes the health of a receiver. */
    boolean isConcernedWith(List<DeliveryUpdate> updates) {
        return !concerned(updates).isEmpty();
    }

    /** The subscriptions whose receivers failed, or succeeded after failures. */
    private Set<Long> concerned(List<DeliveryUpdate> updates) {
        var concerned = new HashSet<Long>();
        for (var update : updates) {
            var subscription = update.key().subscription();
            var counts =
                    switch (update.effect()) {
                        case FAILURE, GONE -> failsNow(update);
                        case SUCCESS -> failing.contains(subscription);
                        case NONE -> false;
                    };
            if (counts) {
                concerned.add(subscription);
            }
        }
        return concerned;
    }

    /**
     * Whether it shows that the receiver fails now. An attempt made before the subscription was activated again, or before its
     * backup URL took over, says nothing about the time since.
     */
    private boolean failsNow(DeliveryUpdate update) {
        return (update.effect() == Effect.FAILURE || update.effect() == Effect.GONE)
                && index.current(update.key().subscription())
                        .filter(s -> s.active() && Objects.equals(s.state().since(), update.stateSince()))
                        .isPresent();
    }

    /** @return the state the subscription is to be in from now on, or null if it may stay active */
    private @Nullable State apply(DeliveryUpdate update, Map<Long, Health> health, Instant now) {
        var subscription = update.key().subscription();
        var before = health.getOrDefault(subscription, Health.GOOD);
        return switch (update.effect()) {
            case NONE -> null;
            case SUCCESS -> {
                health.put(subscription, Health.GOOD);
                yield null;
            }
            case GONE -> deactivated(update, GONE, now);
            case FAILURE -> {
                var at = update.attempt() == null ? now : update.attempt().at();
                var after = before.afterFailure(at);
                health.put(subscription, after);
                yield index.current(subscription)
                                .filter(s -> after.tips(s.definition().deactivation(), at))
                                .isPresent()
                        ? deactivated(update, "failures", now)
                        : null;
            }
        };
    }

    private static State deactivated(DeliveryUpdate update, String reason, Instant now) {
        return new State(State.Kind.DEACTIVATED, now, reason, describe(update));
    }

    private static String describe(DeliveryUpdate update) {
        var error = update.attempt() == null ? null : update.attempt().error();
        return error == null ? Failure.CONNECTOR_FAILED.code() : error;
    }

    private void remember(Map<Long, Health> health) {
        health.forEach((subscription, state) -> {
            if (state.failures() == 0) {
                failing.remove(subscription);
            } else {
                failing.add(subscription);
            }
        });
    }
}
