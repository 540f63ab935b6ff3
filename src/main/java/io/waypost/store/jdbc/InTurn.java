package io.waypost.store.jdbc;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * A look at very many rows that is made again and again: each time at the next so many, and after the last at the first ones
 * again. So a look costs the same however many there are, and of few it sees all each time.
 */
public final class InTurn<K> {

    /** How many rows a look sees. */
    public static final int AT_ONCE = 1_000;

    private final K start;
    private final AtomicReference<K> after;

    /** @param start comes before all keys */
    public InTurn(K start) {
        this.start = start;
        this.after = new AtomicReference<>(start);
    }

    /**
     * @param rows at most {@link #AT_ONCE} rows whose keys are after the given one, in their order
     * @param key of a row
     */
    public <T> List<T> next(Function<K, List<T>> rows, Function<T, K> key) {
        var found = rows.apply(after.get());
        after.set(found.size() < AT_ONCE ? start : key.apply(found.getLast()));
        return found;
    }
}
