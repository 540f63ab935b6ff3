package io.waypost.subscription;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.Expressions;
import io.waypost.event.Event;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** The index: what is cheap to ask comes first, conditions last. Follows the store by revision. */
@Component
class MemorySubscriptionIndex implements SubscriptionIndex {

    private static final Logger log = LoggerFactory.getLogger(MemorySubscriptionIndex.class);
    private static final int PAGE = 1_000;
    private static final int MAX_GLANCES = 5;
    private static final int MOST_AGAIN = 100;
    private static final int MAX_BURIED = 10_000;

    private final SubscriptionStore store;
    private final ConnectorCatalog connectors;
    private final Condition condition;
    private final Map<Long, Indexed> all = new ConcurrentHashMap<>();
    private final Map<String, TenantSubscriptions> tenants = new ConcurrentHashMap<>();
    private final NavigableSet<Long> unreadable = new ConcurrentSkipListSet<>();
    private long revision;
    /** Up to where those that cannot be read have been read again. */
    private long readAgain;

    /** Deleted ones, so that news which is older than the deletion does not bring them back. */
    private final Set<Long> buried = Collections.newSetFromMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Boolean> eldest) {
            return size() > MAX_BURIED;
        }
    });

    /** A subscription with its patterns ready to be compared. */
    private record Indexed(Subscription subscription, List<TypePattern> types) {

        static Indexed of(Subscription subscription) {
            return new Indexed(
                    subscription,
                    subscription.definition().events().stream()
                            .map(TypePattern::of)
                            .toList());
        }

        boolean wants(String type) {
            for (var pattern : types) {
                if (pattern.matches(type)) {
                    return true;
                }
            }
            return false;
        }
    }

    MemorySubscriptionIndex(SubscriptionStore store, ConnectorCatalog connectors, Expressions expressions) {
        this.store = store;
        this.connectors = connectors;
        this.condition = new Condition(expressions);
    }

    @Override
    public List<Subscription> matching(Event event) {
        var tenant = tenants.get(event.tenant());
        if (tenant == null) {
            return List.of();
        }
        var view = new View(event);
        return candidates(tenant, view).stream().filter(s -> holds(s, view)).toList();
    }

    private List<Subscription> candidates(TenantSubscriptions tenant, View view) {
        for (int i = 0; i < MAX_GLANCES; i++) {
            var before = tenant.changes();
            var found = glance(tenant, view);
            if (before % 2 == 0 && before == tenant.changes()) {
                return found;
            }
        }
        synchronized (this) {
            return glance(tenant, view);
        }
    }

    private List<Subscription> glance(TenantSubscriptions tenant, View view) {
        var type = view.event().type();
        var found = new ArrayList<Long>();
        tenant.byType(type, found);
        byFilter(tenant, view, found);
        found.sort(null);
        var wanted = new ArrayList<Subscription>();
        var before = -1L;
        for (long no : found) {
            // One that asks for the type more than once is there as often.
            var indexed = no == before ? null : all.get(no);
            if (indexed != null && indexed.wants(type)) {
                wanted.add(indexed.subscription);
            }
            before = no;
        }
        return wanted;
    }

    private static void byFilter(TenantSubscriptions tenant, View view, Collection<Long> found) {
        if (!tenant.hasFilters()) {
            return;
        }
        try {
            tenant.byFilter(view.json(), found);
        } catch (RuntimeException e) {
            log.warn("No filter can be applied to event {}: {}", view.event().id(), e.toString());
        }
    }

    private boolean holds(Subscription subscription, View view) {
        var expression = subscription.definition().condition();
        return expression == null || condition.check(expression, view.json()).passed();
    }

    @Override
    public Optional<Subscription> current(long no) {
        return Optional.ofNullable(all.get(no)).map(Indexed::subscription);
    }

    @Override
    public synchronized void put(Subscription subscription) {
        var known = all.get(subscription.no());
        if (buried.contains(subscription.no()) || (known != null && !isNews(known.subscription, subscription))) {
            return;
        }
        var tenant = tenants.computeIfAbsent(subscription.tenant(), _ -> new TenantSubscriptions());
        tenant.change(() -> {
            tenant.put(subscription);
            all.put(subscription.no(), Indexed.of(subscription));
        });
        if (subscription.readable()) {
            unreadable.remove(subscription.no());
        } else {
            unreadable.add(subscription.no());
        }
        if (known != null && hasLeft(known.subscription, subscription)) {
            release(known.subscription);
        }
    }

    /** What is sealed again stays of its revision. */
    private static boolean isNews(Subscription before, Subscription now) {
        return now.revision() > before.revision()
                || (now.revision() == before.revision() && now.readable() && !before.readable());
    }

    private static boolean hasLeft(Subscription before, Subscription now) {
        if (!before.readable() || !now.readable()) {
            return false;
        }
        return (before.active() && !now.active())
                || !before.definition().connector().equals(now.definition().connector())
                || !before.definition().config().equals(now.definition().config());
    }

    /** Nothing is sent there any more, at least not by this one. */
    private void release(Subscription left) {
        var definition = left.definition();
        connectors
                .inside()
                .find(definition.connector())
                .ifPresent(connector ->
                        connector.release(left.tenant(), definition.config(), definition.effectiveTimeout()));
    }

    @Override
    public synchronized void remove(long no) {
        buried.add(no);
        var known = all.get(no);
        if (known == null) {
            return;
        }
        var tenant = tenants.get(known.subscription.tenant());
        if (tenant != null) {
            tenant.change(() -> {
                all.remove(no);
                tenant.remove(no);
            });
            unreadable.remove(no);
            if (known.subscription.readable()) {
                release(known.subscription);
            }
        }
    }

    @Override
    public synchronized void refresh() {
        List<SubscriptionStore.Change> changes;
        do {
            changes = store.changesAfter(revision, PAGE);
            for (var change : changes) {
                if (change.subscription() == null) {
                    remove(change.no());
                } else {
                    put(change.subscription());
                }
                revision = change.revision();
            }
        } while (changes.size() == PAGE);
    }

    @Override
    public List<Subscription> unreadable(int most) {
        return unreadable.stream()
                .flatMap(no -> current(no).stream())
                .limit(most)
                .toList();
    }

    @Override
    public synchronized void readAgain() {
        var some =
                unreadable.tailSet(readAgain, false).stream().limit(MOST_AGAIN).toList();
        some.forEach(no -> store.find(no).ifPresent(this::put));
        readAgain = some.size() < MOST_AGAIN ? 0 : some.getLast();
    }

    /** An event while it is being matched: its JSON is made at most once, and only if somebody asks for it. */
    private static final class View {

        private final Event event;
        private @Nullable ObjectNode json;

        View(Event event) {
            this.event = event;
        }

        Event event() {
            return event;
        }

        ObjectNode json() {
            var made = json;
            if (made == null) {
                made = event.toJson();
                json = made;
            }
            return made;
        }
    }
}
