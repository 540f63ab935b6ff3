package io.waypost.platform;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.springframework.dao.QueryTimeoutException;

/**
 * Asks the database for what a request cannot go on without: once for all who want the same at a time, and nobody waits
 * longer than a bound, however long the database takes. Who asks holds no lock meanwhile.
 *
 * @param <K> what is asked for
 * @param <V> the answer
 */
public final class Lookups<K, V> {

    private final Duration patience;
    private final ConcurrentMap<K, CompletableFuture<V>> asked = new ConcurrentHashMap<>();

    /** @param patience how long each of those who ask waits at most */
    public Lookups(Duration patience) {
        this.patience = patience;
    }

    /**
     * @param question is asked on a thread of its own, unless it is being asked already
     * @return what the question returned
     * @throws QueryTimeoutException if there is no answer in time
     * @throws RuntimeException what the question ended in
     */
    public V ask(K key, Supplier<V> question) {
        return ask(key, patience, question);
    }

    /** As {@link #ask(Object, Supplier)}, with a bound of its own. */
    public V ask(K key, Duration most, Supplier<V> question) {
        var mine = new CompletableFuture<V>();
        var first = asked.putIfAbsent(key, mine);
        if (first == null) {
            Thread.ofVirtual().name("lookup").start(() -> answer(key, question, mine));
        }
        return await(first == null ? mine : first, most);
    }

    private void answer(K key, Supplier<V> question, CompletableFuture<V> answer) {
        try {
            var found = question.get();
            // First, so that who comes after the answer asks again.
            asked.remove(key, answer);
            answer.complete(found);
        } catch (RuntimeException | Error e) {
            asked.remove(key, answer);
            answer.completeExceptionally(e);
        }
    }

    private static <V> V await(CompletableFuture<V> answer, Duration most) {
        try {
            return answer.get(most.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new QueryTimeoutException("The database has not answered for " + most.toMillis() + " ms", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new QueryTimeoutException("The gateway is stopping", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failed) {
                throw failed;
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
