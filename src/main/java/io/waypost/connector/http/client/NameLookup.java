package io.waypost.connector.http.client;

import io.waypost.connector.Asker;
import io.waypost.connector.Slots;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Looks names up within the deadline of the exchange that asks. The system's resolver can neither be interrupted nor
 * called without holding its thread, so it runs on threads of its own. A name holds one of them at most for each tenant,
 * and a tenant no more of them than are free, so that name servers that do not answer hold up only whoever asks them.
 */
public final class NameLookup implements AutoCloseable {

    /** The deadline of the exchange that asks, in {@link System#nanoTime()}. */
    static final ScopedValue<Long> DEADLINE = ScopedValue.newInstance();

    /** Look-ups at once. */
    static final int MOST = 64;

    /** How long one waits for its slot. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final Resolver resolver;
    private final Slots slots = new Slots(MOST);
    private final Map<Question, CompletableFuture<InetAddress[]>> running = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(
            Thread.ofPlatform().name("name-lookup-", 0).daemon().factory());

    public NameLookup(Resolver resolver) {
        this.resolver = resolver;
    }

    /** Asks the name servers, for as long as they like. */
    @FunctionalInterface
    public interface Resolver {

        /** @throws UnknownHostException if there are none */
        InetAddress[] addresses(String host) throws UnknownHostException;
    }

    /** Tenants do not wait for each other, even for the same name: one of them may have no slot. */
    private record Question(String tenant, String host) {}

    /**
     * All addresses of a name, looked up on behalf of the current {@link Asker}.
     *
     * @throws LookupsBusy if the gateway had no slot for it
     * @throws UnknownHostException if it has none, or the answer did not come in time
     */
    public InetAddress[] addresses(String host) throws UnknownHostException {
        var end = DEADLINE.isBound() ? DEADLINE.get() : System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        try {
            var answer = lookup(new Question(Asker.current(), host), end);
            return answer.get(Math.max(end - System.nanoTime(), 0), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw failure(host, "the look-up was interrupted");
        } catch (TimeoutException | CancellationException _) {
            throw failure(host, "the name servers did not answer in time");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof LookupsBusy
                    ? new LookupsBusy(host)
                    : failure(host, "the name has no address");
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    private CompletableFuture<InetAddress[]> lookup(Question question, long end) throws InterruptedException {
        var mine = new CompletableFuture<InetAddress[]>();
        var other = running.putIfAbsent(question, mine);
        if (other != null) {
            return other;
        }
        var started = false;
        try {
            started = start(question, mine, end);
        } finally {
            if (!started) {
                running.remove(question);
                mine.completeExceptionally(new LookupsBusy(question.host));
            }
        }
        return mine;
    }

    private boolean start(Question question, CompletableFuture<InetAddress[]> answer, long end)
            throws InterruptedException {
        if (!slots.take(question.tenant, Math.min(end - System.nanoTime(), PATIENCE.toNanos()))) {
            return false;
        }
        try {
            threads.execute(() -> {
                try {
                    var found = resolver.addresses(question.host);
                    ended(question);
                    answer.complete(found);
                } catch (UnknownHostException | RuntimeException e) {
                    ended(question);
                    answer.completeExceptionally(e);
                }
            });
            return true;
        } catch (RejectedExecutionException _) {
            slots.giveBack(question.tenant);
            return false; // the gateway is stopping
        }
    }

    private void ended(Question question) {
        running.remove(question);
        slots.giveBack(question.tenant);
    }

    private static UnknownHostException failure(String host, String why) {
        return new UnknownHostException(host + ": " + why);
    }
}
