package io.waypost.store.jdbc;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * Reads a list again and again in pages: each call reads the next page, and after the end the first one again. So the cost
 * of a call is bounded, and a short list is read completely each time.
 */
public final class InTurn<K> {

    /** The size of a page. */
    public static final int AT_ONCE = 1_000;

    private final K start;
    private final AtomicReference<K> after;

    /** @param start a value that is less than all keys */
    public InTurn(K start) {
        this.start = start;
        this.after = new AtomicReference<>(start);
    }

    /**
     * Reads the next page.
     *
     * @param rows reads at most {@link #AT_ONCE} rows whose keys are greater than the given one, in the order of keys
     * @param key returns the key of a row
     */
    public <T> List<T> next(Function<K, List<T>> rows, Function<T, K> key) {
        var found = rows.apply(after.get());
        after.set(found.size() < AT_ONCE ? start : key.apply(found.getLast()));
        return found;
    }
}
