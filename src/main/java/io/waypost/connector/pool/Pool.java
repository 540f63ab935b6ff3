package io.waypost.connector.pool;

import io.waypost.connector.Slots;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clients by destination: made at first use, used again, closed when nobody used them for a while. A destination that hangs
 * holds no more than its own clients; more destinations than there may be push out the one that was idle longest.
 *
 * <p>GenericKeyedObjectPool of commons-pool2 (2.12.1) does not replace it. When a client fails, the thread that gives it back
 * opens the next one for whoever waits, of any destination, and keeps to itself why that failed: an attempt would wait for
 * another tenant's server, and the one that waits would time out instead of being refused. It lends a client to one user at a
 * time (Kafka's are for {@linkplain Limits#sharing() many}), goes on using one that was released while in use, and bounds
 * clients, not destinations: a crowd at one destination makes it close idle clients though there is room for them.
 *
 * @param <K> tells destinations apart; with {@code equals}
 */
public final class Pool<K, C extends Client> implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Pool.class);

    private final Limits limits;
    private final Opening<K, C> opening;
    private final Function<K, String> owner;
    private final LongSupplier nanoTime;
    private final Slots inUse;
    private final Map<K, Destination<K, C>> destinations = new HashMap<>();

    /**
     * @param owner the tenant whose destination it is; nobody may use all at once
     * @param nanoTime as {@link System#nanoTime()}
     */
    public Pool(Limits limits, Opening<K, C> opening, Function<K, String> owner, LongSupplier nanoTime) {
        this.limits = limits;
        this.opening = opening;
        this.owner = owner;
        this.nanoTime = nanoTime;
        this.inUse = new Slots(limits.destinations());
    }

    /**
     * @param destinations the most at once
     * @param clients the most of one destination
     * @param sharing how many may use one client at the same time
     * @param idle after how long without use a client is closed
     */
    public record Limits(int destinations, int clients, int sharing, Duration idle) {}

    /** Makes a client, and connects it if it is one connection. */
    public interface Opening<K, C> {
        C open(K destination) throws Exception;
    }

    /** What is done with a client. If it throws, the client is not used again. */
    public interface Work<C, T> {
        T with(C client) throws Exception;
    }

    /**
     * Does something with a client of the destination, once. Waits while all its clients are in use; the caller sees to the
     * time and interrupts.
     *
     * @throws PoolBusy if there are too many other destinations in use, by all or by its owner
     * @throws Exception whatever opening or the work throws
     */
    public <T> T use(K key, Work<C, T> work) throws Exception {
        var destination = enter(key);
        try {
            destination.permits().acquire();
            try {
                return destination.use(work);
            } finally {
                destination.permits().release();
            }
        } finally {
            leave(destination);
        }
    }

    /** Closes what was idle for too long. */
    public void tidy() {
        List<C> old = new ArrayList<>();
        synchronized (destinations) {
            var before = nanoTime.getAsLong() - limits.idle().toNanos();
            destinations.values().removeIf(destination -> {
                old.addAll(destination.idleSince(before));
                return destination.unused();
            });
        }
        closeAside(old);
    }

    /** Closes the clients of the destination; those in use when they are given back. */
    public void release(K key) {
        List<C> all;
        synchronized (destinations) {
            var destination = destinations.remove(key);
            all = destination == null ? List.of() : destination.retire();
        }
        closeAside(all);
    }

    /** How many destinations have clients now. */
    public int size() {
        synchronized (destinations) {
            return destinations.size();
        }
    }

    /** Closes all clients; those in use when they are given back. */
    @Override
    public void close() {
        List<C> all = new ArrayList<>();
        synchronized (destinations) {
            destinations.values().forEach(destination -> all.addAll(destination.retire()));
            destinations.clear();
        }
        closeAside(all);
    }

    private Destination<K, C> enter(K key) throws PoolBusy {
        List<C> old = List.of();
        try {
            synchronized (destinations) {
                var known = destinations.get(key);
                if ((known == null || known.free()) && !inUse.tryTake(owner.apply(key))) {
                    throw new PoolBusy();
                }
                if (known == null) {
                    if (destinations.size() >= limits.destinations()) {
                        old = pushOut();
                    }
                    known = new Destination<>(key, limits, opening, nanoTime);
                    destinations.put(key, known);
                }
                known.enter();
                return known;
            }
        } finally {
            closeAside(old);
        }
    }

    /** There is one that nobody uses, or there would have been no slot for one more in use. */
    private List<C> pushOut() {
        var oldest = destinations.values().stream()
                .filter(Destination::free)
                .min((one, other) -> Long.signum(one.lastUsed() - other.lastUsed()))
                .orElseThrow();
        destinations.remove(oldest.key());
        return oldest.retire();
    }

    private void leave(Destination<K, C> destination) {
        synchronized (destinations) {
            destination.leave();
            if (destination.free()) {
                inUse.giveBack(owner.apply(destination.key()));
            }
            if (destination.unused()) {
                destinations.remove(destination.key(), destination);
            }
        }
    }

    /** Saying good-bye may take as long as the other side likes. */
    static void closeAside(List<? extends Client> clients) {
        clients.forEach(client -> Thread.ofVirtual().start(() -> closeQuietly(client)));
    }

    private static void closeQuietly(Client client) {
        try {
            client.close();
        } catch (Exception e) {
            LOG.debug("A client was not closed in good order", e);
        }
    }
}
