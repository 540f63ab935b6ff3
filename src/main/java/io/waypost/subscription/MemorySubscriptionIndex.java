package io.waypost.subscription;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.ConnectorCatalog;
import io.waypost.event.Event;
import io.waypost.subscription.Evaluations.Patience;
import io.waypost.subscription.filter.Effort;
import io.waypost.subscription.filter.Effort.Overspent;
import io.waypost.subscription.filter.Filter;
import io.waypost.subscription.filter.Filter.Lookup;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.locks.ReentrantLock;
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

    /** The steps that comparing one event with filters may take where others wait: a millisecond or two. */
    private static final long AT_ONCE = 200_000;

    /** And so many more for each filter. */
    private static final long AT_ONCE_EACH = 20;

    private final SubscriptionStore store;
    private final ConnectorCatalog connectors;
    private final Evaluations evaluations;
    private final Condition condition;
    private final Map<Long, Indexed> all = new ConcurrentHashMap<>();
    private final Map<String, TenantSubscriptions> tenants = new ConcurrentHashMap<>();
    private final NavigableSet<Long> unreadable = new ConcurrentSkipListSet<>();

    /** Held by whoever reads the store; guards what has been read. */
    private final ReentrantLock following = new ReentrantLock();

    private long revision;

    /** Everything up to this revision has been read, also if the last changes were not of subscriptions. */
    private volatile long known = -1;
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

    /**
     * A subscription with what it asks for ready to be compared.
     *
     * @param filter null if it has none, or one that cannot be read
     * @param lookups where it is found; null if by its types
     */
    private record Indexed(
            Subscription subscription,
            List<TypePattern> types,
            @Nullable Filter filter,
            @Nullable List<Lookup> lookups) {

        boolean wants(String type) {
            for (var pattern : types) {
                if (pattern.matches(type)) {
                    return true;
                }
            }
            return false;
        }

        /** Whether the other asks for the same events, but for its condition. */
        boolean asksAs(Subscription other) {
            var ours = subscription.definition();
            return ours.events().equals(other.definition().events())
                    && Objects.equals(ours.filter(), other.definition().filter());
        }

        boolean filterFailed() {
            return filter == null && subscription.definition().filter() != null;
        }
    }

    MemorySubscriptionIndex(SubscriptionStore store, ConnectorCatalog connectors, Evaluations evaluations) {
        this.store = store;
        this.connectors = connectors;
        this.evaluations = evaluations;
        this.condition = new Condition(evaluations);
    }

    @Override
    public List<Subscription> matching(Event event) {
        var view = new View(event);
        return asking(view).stream()
                .filter(indexed -> wants(indexed, view, Patience.WAITS).orElseThrow())
                .map(Indexed::subscription)
                .toList();
    }

    @Override
    public List<Candidate> candidates(Event event) {
        evaluations.comes(event.tenant());
        var view = new View(event);
        var asking = asking(view);
        var candidates = new ArrayList<Candidate>(asking.size());
        var effort = new Effort(AT_ONCE + AT_ONCE_EACH * asking.size());
        for (var indexed : asking) {
            var wants = wantsAtOnce(indexed, view, effort);
            if (wants.orElse(true)) {
                candidates.add(new Candidate(indexed.subscription, wants.isPresent()));
            }
        }
        return candidates;
    }

    @Override
    public Optional<Boolean> wants(Subscription subscription, Event event, Patience patience) {
        var indexed = all.get(subscription.no());
        return indexed != null && indexed.wants(event.type())
                ? wants(indexed, new View(event), patience)
                : Optional.of(false);
    }

    /** Those whose types hold, and whose filters may. */
    private List<Indexed> asking(View view) {
        var tenant = tenants.get(view.event().tenant());
        return tenant == null ? List.of() : asking(tenant, view);
    }

    private List<Indexed> asking(TenantSubscriptions tenant, View view) {
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

    private List<Indexed> glance(TenantSubscriptions tenant, View view) {
        var type = view.event().type();
        var found = new ArrayList<Long>();
        tenant.find(type, view::comparable, found);
        found.sort(null);
        var wanted = new ArrayList<Indexed>();
        var before = -1L;
        for (long no : found) {
            // One that asks for more than one thing that the event has is there as often.
            var indexed = no == before ? null : all.get(no);
            if (indexed != null && indexed.wants(type)) {
                wanted.add(indexed);
            }
            before = no;
        }
        return wanted;
    }

    private Optional<Boolean> wants(Indexed indexed, View view, Patience patience) {
        var filter = filterHolds(indexed, view, patience);
        var condition = indexed.subscription.definition().condition();
        if (condition == null || !filter.orElse(false)) {
            return filter;
        }
        var tenant = indexed.subscription.tenant();
        return evaluations
                .work(tenant, patience, view::json)
                .flatMap(event -> this.condition.holds(tenant, condition, event, patience));
    }

    private Optional<Boolean> filterHolds(Indexed indexed, View view, Patience patience) {
        var filter = indexed.filter;
        if (filter == null) {
            return Optional.of(!indexed.filterFailed());
        }
        try {
            return evaluations.matches(view.event().tenant(), filter, view::comparable, patience);
        } catch (Overspent e) {
            log.warn("Event {} does not go to {}: {}", view.event().id(), indexed.subscription.id(), e.getMessage());
            return Optional.of(false);
        }
    }

    /** @return empty if it takes longer to say */
    private Optional<Boolean> wantsAtOnce(Indexed indexed, View view, Effort effort) {
        var filter = indexed.filter;
        if (filter == null && indexed.filterFailed()) {
            return Optional.of(false);
        }
        try {
            if (filter != null && !filter.matches(view.comparable(), effort)) {
                return Optional.of(false);
            }
        } catch (Overspent _) {
            return Optional.empty();
        }
        var expression = indexed.subscription.definition().condition();
        return expression == null
                ? Optional.of(true)
                : condition.holdsAtOnce(indexed.subscription.tenant(), expression, view.json());
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
        tenant.change(() -> all.put(subscription.no(), index(tenant, known, subscription)));
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

    private static Indexed index(TenantSubscriptions tenant, @Nullable Indexed known, Subscription subscription) {
        if (known != null && known.asksAs(subscription)) {
            return new Indexed(subscription, known.types, known.filter, known.lookups);
        }
        var definition = subscription.definition();
        var types = definition.events().stream().map(TypePattern::of).toList();
        var filter = definition.filter() == null ? null : filter(subscription, definition.filter());
        if (known != null) {
            tenant.remove(subscription.no(), known.types, known.lookups);
        }
        return new Indexed(subscription, types, filter, tenant.add(subscription.no(), types, filter));
    }

    private static @Nullable Filter filter(Subscription subscription, String filter) {
        try {
            return Filter.stored(filter);
        } catch (IllegalArgumentException e) {
            // It was accepted once, so this is a bug or another version; the other subscriptions must not suffer.
            log.error("Subscription {} gets no events: its filter {}", subscription.id(), e.getMessage());
            return null;
        }
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
                tenant.remove(no, known.types, known.lookups);
            });
            unreadable.remove(no);
            if (known.subscription.readable()) {
                release(known.subscription);
            }
        }
    }

    /** The store is asked without the lock on the index: while it hangs, changes made here are taken and events matched. */
    @Override
    public void refresh() {
        following.lock();
        try {
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
        } finally {
            following.unlock();
        }
    }

    @Override
    public void refreshTo(long wanted) {
        if (wanted <= known) {
            return;
        }
        following.lock();
        try {
            if (wanted > known) {
                refresh();
                known = wanted;
            }
        } finally {
            following.unlock();
        }
    }

    @Override
    public List<Subscription> unreadable(int most) {
        return unreadable.stream()
                .flatMap(no -> current(no).stream())
                .limit(most)
                .toList();
    }

    @Override
    public void readAgain() {
        following.lock();
        try {
            var some = unreadable.tailSet(readAgain, false).stream()
                    .limit(MOST_AGAIN)
                    .toList();
            some.forEach(no -> store.find(no).ifPresent(this::put));
            readAgain = some.size() < MOST_AGAIN ? 0 : some.getLast();
        } finally {
            following.unlock();
        }
    }

    /** An event while it is being matched: its JSON is made at most once, and only if somebody asks for it. */
    private static final class View {

        private final Event event;
        private @Nullable ObjectNode json;
        private @Nullable JsonNode comparable;

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

        JsonNode comparable() {
            var made = comparable;
            if (made == null) {
                made = Filter.comparable(json());
                comparable = made;
            }
            return made;
        }
    }
}
