package io.waypost.connector.pool;

import io.waypost.connector.pool.Pool.Limits;
import io.waypost.connector.pool.Pool.Opening;
import io.waypost.connector.pool.Pool.Work;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The clients of one destination. */
final class Destination<K, C extends Client> {

    private final K key;
    private final Limits limits;
    private final Opening<K, C> opening;
    private final LongSupplier nanoTime;
    private final Semaphore permits;
    private final List<Held<C>> all = new ArrayList<>();
    private final ReentrantLock oneOpens = new ReentrantLock();
    private volatile long lastUsed;

    /** Guarded by the lock of the pool. */
    private int users;

    private boolean retired;

    Destination(K key, Limits limits, Opening<K, C> opening, LongSupplier nanoTime) {
        this.key = key;
        this.limits = limits;
        this.opening = opening;
        this.nanoTime = nanoTime;
        this.permits = new Semaphore(limits.clients() * limits.sharing());
        this.lastUsed = nanoTime.getAsLong();
    }

    K key() {
        return key;
    }

    Semaphore permits() {
        return permits;
    }

    long lastUsed() {
        return lastUsed;
    }

    void enter() {
        users++;
    }

    void leave() {
        users--;
        lastUsed = nanoTime.getAsLong();
    }

    boolean free() {
        return users == 0;
    }

    boolean unused() {
        synchronized (all) {
            return users == 0 && all.isEmpty();
        }
    }

    <T> T use(Work<C, T> work) throws Exception {
        var held = take();
        var kept = false;
        try {
            var result = work.with(held.client);
            kept = true;
            return result;
        } finally {
            giveBack(held, kept);
        }
    }

    /** Takes out what nobody used since then. */
    List<C> idleSince(long before) {
        return takeOut(held -> held.load == 0 && held.lastUsed - before < 0);
    }

    /** Takes out what nobody uses; nothing will be kept any more. */
    List<C> retire() {
        synchronized (all) {
            retired = true;
            return takeOut(held -> held.load == 0);
        }
    }

    private Held<C> take() throws Exception {
        if (limits.sharing() == 1) {
            var kept = takeKept();
            return kept == null ? open() : kept;
        }
        // The second comer waits for the client that the first one makes, instead of making another.
        oneOpens.lockInterruptibly();
        try {
            var kept = takeKept();
            return kept == null ? open() : kept;
        } finally {
            oneOpens.unlock();
        }
    }

    private @Nullable Held<C> takeKept() throws Exception {
        while (true) {
            var held = lastWithRoom();
            if (held == null) {
                return null;
            }
            var usable = false;
            try {
                usable = held.client.usable();
            } finally {
                if (!usable) {
                    giveBack(held, false);
                }
            }
            if (usable) {
                return held;
            }
        }
    }

    private @Nullable Held<C> lastWithRoom() {
        synchronized (all) {
            for (var held : all.reversed()) {
                if (held.load < limits.sharing()) {
                    held.load++;
                    return held;
                }
            }
            return null;
        }
    }

    private Held<C> open() throws Exception {
        var held = new Held<>(opening.open(key));
        synchronized (all) {
            held.load = 1;
            all.add(held);
        }
        return held;
    }

    private void giveBack(Held<C> held, boolean kept) {
        boolean over;
        synchronized (all) {
            held.load--;
            held.lastUsed = nanoTime.getAsLong();
            if (!kept || retired) {
                all.remove(held);
                held.spent = true;
            }
            over = held.spent && held.load == 0;
        }
        if (over) {
            Pool.closeAside(List.of(held.client));
        }
    }

    private List<C> takeOut(Predicate<Held<C>> which) {
        synchronized (all) {
            var out = new ArrayList<C>();
            all.removeIf(held -> which.test(held) && out.add(held.client));
            return out;
        }
    }

    private static final class Held<C> {

        private final C client;
        private int load;
        private long lastUsed;
        private boolean spent;

        private Held(C client) {
            this.client = client;
        }
    }
}
