package io.waypost.delivery;

import io.waypost.connector.Failure;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.Health;
import io.waypost.delivery.log.Settlement;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Decides from what becomes of deliveries whether a subscription may stay active. */
@Component
class HealthJudge {

    private final DeliveryLog deliveries;
    private final SubscriptionIndex index;
    /** Subscriptions that have failures to forget: only for them does a success have to be written down. */
    private final Set<Long> failing = ConcurrentHashMap.newKeySet();

    HealthJudge(DeliveryLog deliveries, SubscriptionIndex index) {
        this.deliveries = deliveries;
        this.index = index;
    }

    /** Learns which subscriptions other nodes saw fail, so that a success seen here starts the count anew. */
    @Scheduled(fixedDelayString = "${waypost.follow:500ms}")
    void follow() {
        failing.addAll(deliveries.failing());
    }

    /**
     * Counts the outcomes, and deactivates the subscriptions whose receivers have failed once too often or are gone. To be
     * called in the transaction that writes the outcomes down.
     *
     * @return the subscriptions that are no longer active
     */
    List<Subscription> judge(List<Settlement> settlements, Instant now) {
        var concerned = concerned(settlements);
        if (concerned.isEmpty()) {
            return List.of();
        }
        var health = new HashMap<>(deliveries.health(concerned));
        var reasons = new HashMap<Long, State>();
        for (var settlement : settlements) {
            var subscription = settlement.key().subscription();
            if (concerned.contains(subscription)) {
                var state = apply(settlement, health, now);
                if (state != null) {
                    reasons.putIfAbsent(subscription, state);
                }
            }
        }
        var deactivated = new ArrayList<Subscription>();
        reasons.forEach((subscription, state) -> deliveries
                .deactivate(subscription, state, now)
                .ifPresent(gone -> {
                    health.put(subscription, Health.GOOD);
                    deactivated.add(gone);
                }));
        deliveries.saveHealth(health);
        remember(health);
        return deactivated;
    }

    /** Whether any of the outcomes changes what is known of a receiver. */
    boolean isConcernedWith(List<Settlement> settlements) {
        return !concerned(settlements).isEmpty();
    }

    /** The subscriptions whose receivers failed, or succeeded after failures. */
    private Set<Long> concerned(List<Settlement> settlements) {
        var concerned = new HashSet<Long>();
        for (var settlement : settlements) {
            var subscription = settlement.key().subscription();
            var counts =
                    switch (settlement.effect()) {
                        case FAILURE, GONE ->
                            index.current(subscription)
                                    .filter(s ->
                                            s.active() && begunSince(s.state().since(), settlement))
                                    .isPresent();
                        case SUCCESS -> failing.contains(subscription);
                        case NONE -> false;
                    };
            if (counts) {
                concerned.add(subscription);
            }
        }
        return concerned;
    }

    /** What was on its way before the owner switched the subscription on again says nothing about the time after. */
    private static boolean begunSince(@Nullable Instant activation, Settlement settlement) {
        var attempt = settlement.attempt();
        return activation == null || attempt == null || !attempt.at().isBefore(activation);
    }

    /** @return the state the subscription is to be in from now on, or null if it may stay active */
    private @Nullable State apply(Settlement settlement, Map<Long, Health> health, Instant now) {
        var subscription = settlement.key().subscription();
        var before = health.getOrDefault(subscription, Health.GOOD);
        return switch (settlement.effect()) {
            case NONE -> null;
            case SUCCESS -> {
                health.put(subscription, Health.GOOD);
                yield null;
            }
            case GONE -> deactivated(settlement, "gone", now);
            case FAILURE -> {
                var at = settlement.attempt() == null
                        ? now
                        : settlement.attempt().at();
                var after = before.afterFailure(at);
                health.put(subscription, after);
                yield index.current(subscription)
                                .filter(s -> after.tips(s.definition().deactivation(), at))
                                .isPresent()
                        ? deactivated(settlement, "failures", now)
                        : null;
            }
        };
    }

    private static State deactivated(Settlement settlement, String reason, Instant now) {
        return new State(State.Kind.DEACTIVATED, now, reason, describe(settlement));
    }

    private static String describe(Settlement settlement) {
        var attempt = settlement.attempt();
        if (attempt == null) {
            return Failure.CONNECTOR_FAILED.code();
        }
        var code = attempt.failure() == null ? "" : attempt.failure().code();
        return attempt.detail() == null ? code : code + ": " + attempt.detail();
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
