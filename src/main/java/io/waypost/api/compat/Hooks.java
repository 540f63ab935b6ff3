package io.waypost.api.compat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Json;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionStore;
import io.waypost.subscription.SubscriptionStore.Made;
import io.waypost.subscription.Subscriptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** A tenant's webhooks as other systems see them: by number, and without a word about secrets. */
@Component
final class Hooks {

    private static final int PAGE = 250;

    private final Subscriptions subscriptions;

    Hooks(Subscriptions subscriptions) {
        this.subscriptions = subscriptions;
    }

    /**
     * An order for a webhook in a system's own words; none of these systems signs.
     *
     * @param profile of the deliveries
     */
    static ObjectNode order(@Nullable String app, List<String> events, String url, String format, String profile) {
        var order = Json.object().put("app", app);
        var names = order.putArray("events");
        events.forEach(names::add);
        order.putObject("config").put("url", url).put("format", format).put("signing", "none");
        order.putObject("retry").put("profile", profile);
        return order;
    }

    /** @throws io.waypost.platform.Invalid with everything that is wrong */
    Subscription create(String tenant, ObjectNode order) {
        return subscriptions.create(tenant, order);
    }

    /**
     * Creates it, unless the tenant's app has one already that is its rival, which may be being made at this moment.
     *
     * @return the rival, or what was made
     */
    Made createUnless(Predicate<Subscription> rival, String tenant, ObjectNode order) {
        return subscriptions.createUnless(rival, tenant, order);
    }

    /** All webhooks of the tenant that fit, oldest first. */
    List<Subscription> list(String tenant, @Nullable String app, Predicate<Subscription> fits) {
        var found = new ArrayList<Subscription>();
        var before = Long.MAX_VALUE;
        List<Subscription> page;
        do {
            page = subscriptions.list(new SubscriptionStore.Query(tenant, app, null, "webhook", null, before, PAGE));
            page.stream().filter(fits).forEach(found::add);
            before = page.isEmpty() ? 0 : page.getLast().no();
        } while (page.size() == PAGE);
        return found.reversed();
    }

    /** The one of the number, if it is the tenant's and fits. */
    Optional<Subscription> find(String tenant, String number, Predicate<Subscription> fits) {
        if (!number.matches("\\d{1,18}")) {
            return Optional.empty();
        }
        var no = Long.parseLong(number);
        // The newest below the next number is the one of this number, or there is none.
        var newest = new SubscriptionStore.Query(tenant, null, null, "webhook", null, no + 1, 1);
        return subscriptions.list(newest).stream()
                .filter(hook -> hook.no() == no)
                .filter(fits)
                .findFirst();
    }

    Subscription patch(Subscription hook, JsonNode patch) {
        return subscriptions.patch(hook.id(), patch);
    }

    /** The same, if {@code allowed} throws nothing for what it is right before the change. */
    Subscription patch(Subscription hook, JsonNode patch, Consumer<Subscription> allowed) {
        return subscriptions.patch(hook.id(), patch, allowed);
    }

    void delete(Subscription hook) {
        subscriptions.delete(hook.id());
    }

    /** A field of its config, passwords masked; empty if it has none. */
    String shown(Subscription hook, String field) {
        return subscriptions
                .toJson(hook.definition())
                .path("config")
                .path(field)
                .asText();
    }

    /** A field of its config as it is. */
    static String config(Subscription hook, String field) {
        return hook.definition().config().path(field).asText();
    }
}
