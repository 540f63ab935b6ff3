package io.waypost.subscription;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.subscription.filter.Filter;
import io.waypost.subscription.filter.Filter.Lookup;
import io.waypost.subscription.filter.Scalars;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of one tenant, each found by the types that it asks for, or by a value that its filter asks for: by
 * what the fewest others ask for. So of a million that want the same type, each from a list of its own, an event meets
 * those of its list. Writers take turns; readers do not wait for them but look again if {@link #changes} moved meanwhile.
 */
final class TenantSubscriptions {

    /** A field that may have more values than that is no place to look for a subscription. */
    private static final int MAX_VALUES = 256;

    private final TypeNode types = new TypeNode();
    private final ValueNode values = new ValueNode();
    private final AtomicLong changes = new AtomicLong();

    /** Those who want a segment of a type, and the segments that come after it. */
    private static final class TypeNode {

        private final Map<String, TypeNode> next = new ConcurrentHashMap<>();
        private final Set<Long> here = ConcurrentHashMap.newKeySet();

        boolean isEmpty() {
            return here.isEmpty() && next.isEmpty();
        }
    }

    /** A field of events: who wants which value of it, and the fields below it. */
    private static final class ValueNode {

        private final Map<String, ValueNode> below = new ConcurrentHashMap<>();
        private final Map<Object, Set<Long>> wanted = new ConcurrentHashMap<>();

        boolean isEmpty() {
            return wanted.isEmpty() && below.isEmpty();
        }
    }

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

    /**
     * Takes a subscription in.
     *
     * @return where to find it, for {@link #remove}; null if by its types
     */
    synchronized @Nullable List<Lookup> add(long no, List<TypePattern> asked, @Nullable Filter filter) {
        var lookups = filter == null ? null : fewest(filter, most(asked));
        if (lookups == null) {
            asked.forEach(type -> nodeOf(type).here.add(no));
        } else {
            lookups.forEach(lookup -> add(no, lookup));
        }
        return lookups;
    }

    synchronized void remove(long no, List<TypePattern> asked, @Nullable List<Lookup> lookups) {
        if (lookups == null) {
            asked.forEach(type -> remove(types, type.segments(), 0, no));
        } else {
            lookups.forEach(lookup -> remove(values, lookup, 0, no));
        }
    }

    /**
     * Adds to {@code found} those who may want the event, some of them more than once; all others do not want it.
     *
     * @param event {@linkplain Filter#comparable as filters see it}; asked for only if a value of it matters
     */
    void find(String type, Supplier<JsonNode> event, Collection<Long> found) {
        find(types, type, 0, found);
        if (!values.isEmpty()) {
            var met = Collections.<Set<Long>>newSetFromMap(new IdentityHashMap<>());
            find(values, event.get(), met);
            met.forEach(found::addAll);
        }
    }

    // By type

    private TypeNode nodeOf(TypePattern type) {
        var node = types;
        for (var segment : type.segments()) {
            node = node.next.computeIfAbsent(segment, _ -> new TypeNode());
        }
        return node;
    }

    /** How many ask for the one of these types that most ask for. */
    private int most(List<TypePattern> asked) {
        var most = 0;
        for (var type : asked) {
            var node = types;
            for (var segment : type.segments()) {
                node = node == null ? null : node.next.get(segment);
            }
            most = Math.max(most, node == null ? 0 : node.here.size());
        }
        return most;
    }

    private static void find(TypeNode node, String type, int from, Collection<Long> found) {
        if (from > type.length()) {
            found.addAll(node.here);
            return;
        }
        var dot = type.indexOf('.', from);
        var to = dot < 0 ? type.length() : dot;
        var named = node.next.get(type.substring(from, to));
        if (named != null) {
            find(named, type, to + 1, found);
        }
        var any = node.next.get(TypePattern.ONE);
        if (any != null) {
            find(any, type, to + 1, found);
        }
        var rest = node.next.get(TypePattern.REST);
        if (rest != null) {
            found.addAll(rest.here);
        }
    }

    private static void remove(TypeNode node, List<String> segments, int depth, long no) {
        if (depth == segments.size()) {
            node.here.remove(no);
            return;
        }
        var name = segments.get(depth);
        var next = node.next.get(name);
        if (next != null) {
            remove(next, segments, depth + 1, no);
            if (next.isEmpty()) {
                node.next.remove(name);
            }
        }
    }

    // By value

    /** The lookups under which the fewest others are; null if those with the types are fewer, or the filter has none. */
    private @Nullable List<Lookup> fewest(Filter filter, int byTypes) {
        var chosen = new ArrayList<Lookup>();
        var others = 0;
        for (var alternative : filter.lookups()) {
            Lookup best = null;
            var least = Integer.MAX_VALUE;
            for (var lookup : alternative) {
                var crowd = lookup.values().size() > MAX_VALUES ? Integer.MAX_VALUE : crowd(lookup);
                if (crowd < least) {
                    best = lookup;
                    least = crowd;
                }
            }
            if (best == null || (others += least) > byTypes) {
                return null;
            }
            chosen.add(best);
        }
        return List.copyOf(chosen);
    }

    private int crowd(Lookup lookup) {
        var node = values;
        for (var name : lookup.path()) {
            node = node.below.get(name);
            if (node == null) {
                return 0;
            }
        }
        var most = 0;
        for (var value : lookup.values()) {
            var there = node.wanted.get(value);
            most = Math.max(most, there == null ? 0 : there.size());
        }
        return most;
    }

    private void add(long no, Lookup lookup) {
        var node = values;
        for (var name : lookup.path()) {
            node = node.below.computeIfAbsent(name, _ -> new ValueNode());
        }
        for (var value : lookup.values()) {
            node.wanted
                    .computeIfAbsent(value, _ -> ConcurrentHashMap.newKeySet(1))
                    .add(no);
        }
    }

    private static void remove(ValueNode node, Lookup lookup, int depth, long no) {
        if (depth == lookup.path().size()) {
            for (var value : lookup.values()) {
                node.wanted.computeIfPresent(value, (_, there) -> {
                    there.remove(no);
                    return there.isEmpty() ? null : there;
                });
            }
            return;
        }
        var name = lookup.path().get(depth);
        var next = node.below.get(name);
        if (next != null) {
            remove(next, lookup, depth + 1, no);
            if (next.isEmpty()) {
                node.below.remove(name);
            }
        }
    }

    private static void find(ValueNode node, JsonNode value, Set<Set<Long>> met) {
        if (value instanceof ArrayNode array) {
            array.forEach(element -> find(node, element, met));
        } else if (value instanceof ObjectNode object) {
            for (var below : node.below.entrySet()) {
                var there = object.get(below.getKey());
                if (there != null) {
                    find(below.getValue(), there, met);
                }
            }
        } else if (!node.wanted.isEmpty()) {
            var there = node.wanted.get(Scalars.key(value));
            if (there != null) {
                met.add(there);
            }
        }
    }
}
