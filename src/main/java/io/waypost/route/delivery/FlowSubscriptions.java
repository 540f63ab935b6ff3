package io.waypost.route.delivery;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Json;
import io.waypost.platform.Violation;
import io.waypost.replay.Activation;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionStore;
import io.waypost.subscription.Subscriptions;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * The subscriptions of the flows: one for each route that starts from events, made when it first starts, and the same one
 * ever after. While the route is not there it is paused, so that what comes meanwhile is kept as for any other.
 */
@Component
public final class FlowSubscriptions {

    /** Why a subscription is paused whose route is not there; one that its owner has paused stays paused. */
    static final String GONE = "route_gone";

    private static final Logger LOG = LoggerFactory.getLogger(FlowSubscriptions.class);
    private static final String APP = "routes";
    private static final int PAGE = 250;

    private final Subscriptions subscriptions;
    private final Subscriptions.Internal internal;
    private final Activation activation;

    FlowSubscriptions(Subscriptions subscriptions, Subscriptions.Internal internal, Activation activation) {
        this.subscriptions = subscriptions;
        this.internal = internal;
        this.activation = activation;
    }

    /** What is wrong with what a route asks for, as for a subscription. */
    public List<Violation> violations(String tenant, ObjectNode wish) {
        return internal.violations(tenant, whole("flow", wish));
    }

    /**
     * The route has started: it is subscribed from now on to what it asks for. What came while it was gone is sent.
     *
     * @param wish fields of a subscription; null for what it leaves to the defaults
     */
    public void started(String route, String tenant, ObjectNode wish) {
        var mine = all().filter(s -> route.equals(s.definition().name())).toList();
        mine.stream().filter(s -> !s.tenant().equals(tenant)).forEach(this::pause);
        var known =
                mine.stream().filter(s -> s.tenant().equals(tenant)).min(Comparator.comparingLong(Subscription::no));
        var subscription = known.isPresent() ? internal.replace(known.get().id(), wish) : create(route, tenant, wish);
        if (GONE.equals(subscription.state().reason())) {
            activation.activate(subscription, true);
        }
    }

    /** Another node may start the same route at the same moment: then the older subscription is the one that stays. */
    private Subscription create(String route, String tenant, ObjectNode wish) {
        var made = internal.create(tenant, whole(route, wish));
        var first = all().filter(
                        s -> route.equals(s.definition().name()) && s.tenant().equals(tenant))
                .min(Comparator.comparingLong(Subscription::no))
                .orElse(made);
        if (first.no() != made.no()) {
            subscriptions.delete(made.id());
        }
        return first;
    }

    /** Pauses the subscriptions of all routes but these. */
    public void onlyThese(Set<String> running) {
        all().filter(s -> !running.contains(String.valueOf(s.definition().name())))
                .forEach(this::pause);
    }

    /** The ids of the subscriptions by route. */
    public List<Subscription> list() {
        return all().toList();
    }

    private void pause(Subscription subscription) {
        if (subscription.active()) {
            activation.pause(subscription, GONE);
            LOG.info(
                    "The route {} is gone; its events are kept for {}",
                    subscription.definition().name(),
                    subscription.definition().replayBuffer().window());
        }
    }

    private Stream<Subscription> all() {
        var query = new SubscriptionStore.Query(null, APP, null, RouteConnector.NAME, null, Long.MAX_VALUE, PAGE);
        return Stream.iterate(
                        subscriptions.list(query),
                        page -> !page.isEmpty(),
                        page -> subscriptions.list(new SubscriptionStore.Query(
                                null,
                                APP,
                                null,
                                RouteConnector.NAME,
                                null,
                                page.getLast().no(),
                                PAGE)))
                .flatMap(List::stream);
    }

    private static ObjectNode whole(String route, ObjectNode wish) {
        var whole = Json.object().put("app", APP).put("name", route).put("connector", RouteConnector.NAME);
        whole.putObject("config").put(RouteConnector.ROUTE, route);
        wish.properties().forEach(field -> {
            if (!field.getValue().isNull()) {
                whole.set(field.getKey(), field.getValue());
            }
        });
        return whole;
    }
}
