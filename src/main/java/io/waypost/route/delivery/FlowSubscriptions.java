package io.waypost.route.delivery;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Json;
import io.waypost.platform.Violation;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionIndex;
import io.waypost.subscription.SubscriptionStore;
import io.waypost.subscription.Subscriptions;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/**
 * The subscriptions of the flows: one for each route that starts from events, made when it first starts, and the same one
 * ever after. While the route is on no node it is paused, so that what comes meanwhile is kept as for any other.
 */
@Component
public final class FlowSubscriptions {

    private static final String APP = "routes";
    private static final int PAGE = 250;

    private final Subscriptions subscriptions;
    private final Subscriptions.Internal internal;
    private final SubscriptionIndex index;
    private final RunningFlows running;
    private final Absences absences;

    /** Route → the number of its subscription, of those that have started here. */
    private final Map<String, Long> started = new ConcurrentHashMap<>();

    FlowSubscriptions(
            Subscriptions subscriptions,
            Subscriptions.Internal internal,
            SubscriptionIndex index,
            RunningFlows running,
            Absences absences) {
        this.subscriptions = subscriptions;
        this.internal = internal;
        this.index = index;
        this.running = running;
        this.absences = absences;
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
        mine.stream().filter(s -> !s.tenant().equals(tenant)).forEach(absences::pause);
        var known =
                mine.stream().filter(s -> s.tenant().equals(tenant)).min(Comparator.comparingLong(Subscription::no));
        var subscription = internal.replace(
                known.orElseGet(() -> create(route, tenant, wish)).id(), wish);
        started.put(route, subscription.no());
        absences.present(subscription);
    }

    /** Another node may start the same route at the same moment. */
    private Subscription create(String route, String tenant, ObjectNode wish) {
        return internal.createUnless(s -> route.equals(s.definition().name()), tenant, whole(route, wish))
                .subscription();
    }

    /** These run here. The others' subscriptions are paused, once no other node says that it has them. */
    public void onlyThese(Set<String> routes) {
        all().filter(s -> !routes.contains(String.valueOf(s.definition().name())))
                .forEach(absences::missing);
    }

    /** Answers other nodes, and takes the silence of theirs for an answer when its time is up. */
    public void tidy() {
        started.forEach((route, no) -> {
            if (running.isHere(route)) {
                index.current(no).ifPresent(absences::present);
            }
        });
        absences.tidy();
    }

    /** The ids of the subscriptions by route. */
    public List<Subscription> list() {
        return all().toList();
    }

    private Stream<Subscription> all() {
        var query = new SubscriptionStore.Query(null, APP, null, RouteConnector.NAME, null, Long.MAX_VALUE, PAGE);
        return Stream.iterate(
                        subscriptions.list(query),
                        page -> !page.isEmpty(),
                        page -> subscriptions.list(query.after(page.getLast())))
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
