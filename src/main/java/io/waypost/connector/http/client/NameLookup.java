package io.waypost.connector.http.client;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Looks names up within the deadline of the exchange that asks. The system's resolver can neither be interrupted nor
 * called without holding its thread, so it runs on threads of its own, and one name holds one of them at most.
 */
public final class NameLookup implements AutoCloseable {

    /** The deadline of the exchange that asks, in {@link System#nanoTime()}. */
    static final ScopedValue<Long> DEADLINE = ScopedValue.newInstance();

    private static final int THREADS = 64;

    private final Map<String, CompletableFuture<InetAddress[]>> running = new ConcurrentHashMap<>();
    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(
            0,
            THREADS,
            30,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            Thread.ofPlatform().name("name-lookup-", 0).daemon().factory());

    /**
     * All addresses of a name.
     *
     * @throws UnknownHostException if it has none, or the answer did not come in time
     */
    public InetAddress[] addresses(String host) throws UnknownHostException {
        var left = DEADLINE.isBound() ? DEADLINE.get() - System.nanoTime() : TimeUnit.SECONDS.toNanos(10);
        try {
            return lookup(host).get(Math.max(left, 0), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw failure(host, "the look-up was interrupted");
        } catch (TimeoutException | CancellationException _) {
            throw failure(host, "the name servers did not answer in time");
        } catch (ExecutionException e) {
            throw failure(
                    host,
                    e.getCause() instanceof RejectedExecutionException
                            ? "too many look-ups are under way"
                            : "the name has no address");
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    private CompletableFuture<InetAddress[]> lookup(String host) {
        var mine = new CompletableFuture<InetAddress[]>();
        var other = running.putIfAbsent(host, mine);
        if (other != null) {
            return other;
        }
        try {
            threads.execute(() -> {
                try {
                    var found = InetAddress.getAllByName(host);
                    running.remove(host);
                    mine.complete(found);
                } catch (UnknownHostException | RuntimeException e) {
                    running.remove(host);
                    mine.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            running.remove(host);
            mine.completeExceptionally(e);
        }
        return mine;
    }

    private static UnknownHostException failure(String host, String why) {
        return new UnknownHostException(host + ": " + why);
    }
}
