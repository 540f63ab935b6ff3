package io.waypost.subscription;

import io.waypost.subscription.Subscription.Definition;
import io.waypost.subscription.Subscription.SigningSecret;
import io.waypost.subscription.Subscription.State;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Where subscriptions are kept, their config and secrets encrypted. What of one cannot be read is left out of what is given,
 * which says so ({@link Subscription#unreadable}); that fails nothing else.
 */
public interface SubscriptionStore {

    Subscription create(String id, Definition definition, List<SigningSecret> secrets, Instant now);

    /**
     * Creates it, unless the tenant's app has a rival with the same connector: of two that are each other's rivals and come
     * at the same moment, on whichever nodes, one is made.
     *
     * @return the newest rival, or what was made
     * @throws io.waypost.platform.Refused (overloaded) if one that could be the rival cannot be read by this node
     */
    Made createUnless(
            Predicate<Subscription> rival, String id, Definition definition, List<SigningSecret> secrets, Instant now);

    /** @param isNew false if it was there before */
    record Made(Subscription subscription, boolean isNew) {}

    Optional<Subscription> find(String id);

    Optional<Subscription> find(long no);

    /**
     * Replaces what is given of the subscription, if it still has the revision.
     *
     * @return empty if it was changed or deleted meanwhile
     * @throws io.waypost.platform.Refused (overloaded) if this node has not been able to read it
     */
    Optional<Subscription> update(Subscription seen, Definition definition, List<SigningSecret> secrets, Instant now);

    /**
     * Changes whether it gets anything.
     *
     * @return empty if it was not in the expected kind of state, or does not exist
     */
    Optional<Subscription> changeState(long no, State.Kind expected, State to, Instant now);

    /** Deletes it with its deliveries that are not final, its buffer and its replay. @return whether there was one */
    boolean delete(String id, Instant now);

    /** Newest first. */
    List<Subscription> list(Query query);

    /**
     * What changed after the given revision, in order, at most {@code most}. A deleted subscription appears as an id with
     * a null subscription.
     */
    List<Change> changesAfter(long revision, int most);

    /** @param subscription null if it was deleted */
    record Change(long no, long revision, @Nullable Subscription subscription) {}

    /**
     * Filters combine.
     *
     * @param event an event type or pattern, as the subscription has it
     * @param before only numbers below this
     */
    record Query(
            @Nullable String tenant,
            @Nullable String app,
            @Nullable String event,
            @Nullable String connector,
            @Nullable Boolean active,
            long before,
            int limit) {

        /** What comes after its last one. */
        public Query after(Subscription last) {
            return new Query(tenant, app, event, connector, active, last.no(), limit);
        }
    }
}
