package io.waypost.subscription;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Connector.PreparedRequest;
import io.waypost.event.Event;
import io.waypost.platform.Violation;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The service over all subscriptions: checks what owners write, keeps it, and tells who would get what. */
public interface Subscriptions {

    /**
     * Creates and activates one.
     *
     * @param tenant whose it will be (the caller has already settled a {@code tenant} field in the body against its key)
     * @param body as posted; the short form too
     * @throws io.waypost.platform.Invalid with everything that is wrong
     */
    Subscription create(String tenant, JsonNode body);

    /**
     * The same, unless the tenant's app has one with this connector already that is its rival; also when two do this at the
     * same moment.
     *
     * @return the rival, or what was made
     * @throws io.waypost.platform.Invalid with everything that is wrong, rival or not
     */
    SubscriptionStore.Made createUnless(Predicate<Subscription> rival, String tenant, JsonNode body);

    /** @throws io.waypost.platform.Refused (not found) */
    Subscription get(String id);

    /**
     * Applies a JSON merge patch (RFC 7396) to what its owner wrote.
     *
     * @throws io.waypost.platform.Invalid if the result is
     * @throws io.waypost.platform.Refused (not found)
     */
    default Subscription patch(String id, JsonNode patch) {
        return patch(id, patch, _ -> {});
    }

    /** The same, if {@code allowed} throws nothing for what it is right before the change. */
    Subscription patch(String id, JsonNode patch, Consumer<Subscription> allowed);

    void delete(String id);

    List<Subscription> list(SubscriptionStore.Query query);

    /** A new secret; the old one signs too until the grace (null: 24 h; 0 to 30 d) ends. */
    Subscription rotateSecret(String id, @Nullable Duration grace);

    /** The definition as the owner wrote it, secrets masked, defaults filled in: the body of a GET without the state. */
    ObjectNode toJson(Subscription.Definition definition);

    /** Why it gets the event or not: events, filter, condition, active, window, in this order. */
    List<Check> explain(Subscription subscription, Event event);

    /** All that {@link #create} would find wrong, for callers who have found something else wrong already. */
    List<Violation> violations(String tenant, JsonNode body);

    /** Checks a definition that is not stored, as {@link #create} would, and what it would do with the event. */
    Preview preview(String tenant, JsonNode body, Event event);

    /**
     * What parts of the gateway itself do with subscriptions of their own: their connector is one of {@link
     * io.waypost.connector.ConnectorCatalog#inside}.
     */
    interface Internal {

        /** As {@link Subscriptions#createUnless}. */
        SubscriptionStore.Made createUnless(Predicate<Subscription> rival, String tenant, JsonNode body);

        /** As {@link Subscriptions#violations}. */
        List<Violation> violations(String tenant, JsonNode body);

        /**
         * Puts whole fields in the place of those its definition has; null takes one away.
         *
         * @return what it is then; unchanged if the definition is the same already
         */
        Subscription replace(String id, ObjectNode fields);
    }

    /** @param request null if it does not match or the connector speaks no HTTP */
    record Preview(List<Check> checks, @Nullable PreparedRequest request) {
        public boolean matches() {
            return checks.stream().allMatch(Check::passed);
        }
    }

    /**
     * One of the questions that decide whether a subscription gets an event.
     *
     * @param check {@code events}, {@code filter}, {@code condition}, {@code active} or {@code window}
     * @param detail why, for a person
     */
    record Check(String check, boolean passed, String detail) {}
}
