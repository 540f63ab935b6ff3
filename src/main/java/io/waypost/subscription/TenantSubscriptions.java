package io.waypost.subscription;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.event.ruler.GenericMachine;

/**
 * The subscriptions of one tenant, arranged by what they ask for: without a filter by type, with one in a rule machine.
 * Writers take turns; readers do not wait for them but look again if {@link #changes} moved meanwhile.
 */
final class TenantSubscriptions {

    private static final Logger log = LoggerFactory.getLogger(TenantSubscriptions.class);
    private static final int MAX_REMEMBERED_TYPES = 10_000;

    /** What one subscription asks for; the rule machine knows it by its identity. */
    private record Wish(long no, List<TypePattern> types, String filter, String rule) {

        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(no);
        }
    }

    private final Map<Long, Wish> wishes = new HashMap<>();
    private final Map<String, Set<Long>> byName = new ConcurrentHashMap<>();
    private final Map<String, Set<Long>> byPattern = new ConcurrentHashMap<>();
    private final Map<String, TypePattern> patterns = new ConcurrentHashMap<>();
    private final GenericMachine<Wish> machine = GenericMachine.<Wish>builder().build();

    private final AtomicLong changes = new AtomicLong();

    /** Which patterns a type matches; made anew when a pattern comes or goes. */
    private volatile Map<String, List<String>> remembered = new ConcurrentHashMap<>();

    /** Changes several things at once, as far as readers can tell who look at {@link #changes}. */
    synchronized void change(Runnable change) {
        changes.incrementAndGet();
        try {
            change.run();
        } finally {
            changes.incrementAndGet();
        }
    }

    /** How often something began or ended to change; odd while it does. */
    long changes() {
        return changes.get();
    }

    /** Takes in a subscription in place of what it asked for before. */
    synchronized void put(Subscription subscription) {
        var definition = subscription.definition();
        var before = wishes.get(subscription.no());
        var filter = definition.filter() == null ? "" : definition.filter();
        var types = definition.events().stream().map(TypePattern::of).toList();
        if (before != null
                && before.filter.equals(filter)
                && names(before.types).equals(definition.events())) {
            return;
        }
        var wish = new Wish(subscription.no(), types, filter, filter.isEmpty() ? "" : Filter.rule(filter, types));
        if (!filter.isEmpty() && !added(wish)) {
            return;
        }
        if (filter.isEmpty()) {
            types.forEach(type -> listen(type, wish.no));
        }
        wishes.put(wish.no, wish);
        if (before != null) {
            forget(before, filter.isEmpty() ? Set.copyOf(definition.events()) : Set.of());
        }
    }

    synchronized void remove(long no) {
        var wish = wishes.remove(no);
        if (wish != null) {
            forget(wish, Set.of());
        }
    }

    /** Adds to {@code found} those without a filter that ask for the type. */
    void byType(String type, Collection<Long> found) {
        found.addAll(byName.getOrDefault(type, Set.of()));
        for (var pattern : patternsOf(type)) {
            found.addAll(byPattern.getOrDefault(pattern, Set.of()));
        }
    }

    boolean hasFilters() {
        return !machine.isEmpty();
    }

    /**
     * Adds to {@code found} those with a filter that the event matches; their types are still to be compared.
     *
     * @throws RuntimeException if the machine cannot digest the event
     */
    void byFilter(JsonNode event, Collection<Long> found) {
        machine.rulesForJSONEvent(event).forEach(wish -> found.add(wish.no));
    }

    private boolean added(Wish wish) {
        try {
            machine.addRule(wish, wish.rule);
            return true;
        } catch (IOException | RuntimeException e) {
            // It was accepted once, so this is a bug or a newer library; the other subscriptions must not suffer.
            log.error("Subscription no. {} is left out: its filter cannot be used", wish.no, e);
            return false;
        }
    }

    private void listen(TypePattern type, long no) {
        var name = type.toString();
        if (type.exact()) {
            byName.computeIfAbsent(name, _ -> ConcurrentHashMap.newKeySet()).add(no);
        } else {
            byPattern.computeIfAbsent(name, _ -> ConcurrentHashMap.newKeySet()).add(no);
            if (patterns.putIfAbsent(name, type) == null) {
                remembered = new ConcurrentHashMap<>();
            }
        }
    }

    private void forget(Wish wish, Set<String> stillWanted) {
        if (!wish.filter.isEmpty()) {
            try {
                machine.deleteRule(wish, wish.rule);
            } catch (IOException | RuntimeException e) {
                log.error("The old filter of subscription no. {} stays in memory", wish.no, e);
            }
            return;
        }
        for (var type : wish.types) {
            var name = type.toString();
            if (stillWanted.contains(name)) {
                continue;
            }
            if (type.exact()) {
                drop(byName, name, wish.no);
            } else if (drop(byPattern, name, wish.no)) {
                patterns.remove(name);
                remembered = new ConcurrentHashMap<>();
            }
        }
    }

    private static boolean drop(Map<String, Set<Long>> listeners, String name, long no) {
        var set = listeners.get(name);
        if (set != null) {
            set.remove(no);
        }
        return set != null && set.isEmpty() && listeners.remove(name) != null;
    }

    private List<String> patternsOf(String type) {
        // Read once: an answer worked out from older patterns must not be remembered among newer ones.
        var memory = remembered;
        var known = memory.get(type);
        if (known != null) {
            return known;
        }
        var found = new ArrayList<String>();
        patterns.forEach((name, pattern) -> {
            if (pattern.matches(type)) {
                found.add(name);
            }
        });
        if (memory.size() < MAX_REMEMBERED_TYPES) {
            memory.put(type, List.copyOf(found));
        }
        return found;
    }

    private static List<String> names(List<TypePattern> types) {
        return types.stream().map(TypePattern::toString).toList();
    }
}
