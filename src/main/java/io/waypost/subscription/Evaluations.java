package io.waypost.subscription;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.ExpressionFailed.TooSlow;
import io.waypost.connector.Expressions;
import io.waypost.platform.DutyCycle;
import io.waypost.subscription.filter.Effort;
import io.waypost.subscription.filter.Effort.Overspent;
import io.waypost.subscription.filter.Filter;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Computes what tenants wrote: conditions, transforms, filters that take long. What is quick, as nearly everything is, is
 * computed where it is asked for, as long as its tenant has time left for that. The rest is computed by threads of its own,
 * at most half as many as there are processors, one tenant's after another's, a few milliseconds at once with rests between
 * them: so whatever somebody writes delays only deliveries of their own, and neither holds one of the few carriers of virtual
 * threads for long nor takes a processor from the others. While all events are of one tenant there is nobody to rest for.
 */
@Component
public class Evaluations implements DisposableBean {

    /** What takes longer is not quick. */
    private static final Duration QUICK = Duration.ofMillis(2);

    /** What takes longer is not computed by the thread that all events pass. */
    private static final Duration AT_ONCE = Duration.ofMillis(1);

    private static final int QUICK_STEPS = 200_000;

    /** The part of a processor that a tenant's quick evaluations may take. */
    private static final double QUICK_SHARE = 0.25;

    /** The part of the dispatching thread's time that a tenant's conditions may take. */
    private static final double DISPATCH_SHARE = 0.1;

    /** The part of a processor that each thread may take that computes what is not quick. */
    private static final double SLOW_SHARE = 0.1;

    /** So long it computes before it rests: whoever else wants the processor has it then. */
    private static final Duration SLICE = Duration.ofMillis(2);

    /** As long ago as that another tenant's events must have come for the parts of a processor not to matter. */
    private static final Duration ALONE_AFTER = Duration.ofSeconds(1);

    /** What has not been used is kept for that long. */
    private static final Duration KEPT = Duration.ofMillis(100);

    /** When so many of a tenant wait for their turn, its deliveries are put off: they would hold permits meanwhile. */
    private static final int MOST_WAITING = 2;

    private static final Duration SLOW_FOR = Duration.ofSeconds(30);
    private static final int MOST_REMEMBERED = 10_000;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final Expressions expressions;
    private final LongSupplier now;
    private final LongSupplier spent;
    private final Map<String, Account> accounts = new ConcurrentHashMap<>();

    /** Expressions that were not quick, by a hash of theirs and their tenant's, and until when that is remembered. */
    private final Map<Long, Long> slow = new ConcurrentHashMap<>();

    private final Turns turns =
            new Turns(Math.max(1, Runtime.getRuntime().availableProcessors() / 2), () -> isAlone() ? 1 : SLOW_SHARE);

    private volatile String latest = "";
    private volatile long mixedNanos;

    @Autowired
    Evaluations(Expressions expressions) {
        this(expressions, System::nanoTime, Evaluations::spent);
    }

    /**
     * @param now nanoseconds since some time or other
     * @param spent nanoseconds that the current thread has had a processor for
     */
    Evaluations(Expressions expressions, LongSupplier now, LongSupplier spent) {
        this.expressions = expressions;
        this.now = now;
        this.spent = spent;
        this.mixedNanos = now.getAsLong() - ALONE_AFTER.toNanos();
    }

    /** Time on a processor; of a virtual thread only the time is known, in which others may have had it. */
    private static long spent() {
        return Thread.currentThread().isVirtual() ? System.nanoTime() : THREADS.getCurrentThreadCpuTime();
    }

    /** To be told of each event that is dispatched. */
    void comes(String tenant) {
        if (!tenant.equals(latest)) {
            latest = tenant;
            mixedNanos = now.getAsLong();
        }
    }

    /** Whether there is nobody to whom the processors must be left: of late all events were of one tenant. */
    private boolean isAlone() {
        return now.getAsLong() - mixedNanos > ALONE_AFTER.toNanos();
    }

    private boolean hasTime(Account account) {
        return isAlone() || account.quick.hasTime();
    }

    /**
     * The value of an expression of the tenant's; waits for its turn if it is not quick.
     *
     * @return {@code MissingNode} if the expression yields nothing
     * @throws ExpressionFailed if it fails or oversteps a bound
     */
    public JsonNode evaluate(String tenant, String expression, JsonNode input) {
        return evaluate(tenant, expression, input, Patience.WAITS).orElseThrow();
    }

    /**
     * The same for somebody who may not want to wait.
     *
     * @return empty if too much of the tenant waits already
     * @throws ExpressionFailed if it fails or oversteps a bound
     */
    public Optional<JsonNode> evaluate(String tenant, String expression, JsonNode input, Patience patience) {
        var account = account(tenant);
        if (!isSlow(tenant, expression) && hasTime(account)) {
            try {
                return Optional.of(
                        account.quick.charged(() -> expressions.evaluate(expression, input, Map.of(), QUICK)));
            } catch (TooSlow _) {
                remember(tenant, expression);
            }
        }
        return turns.take(tenant, patience, () -> expressions.evaluate(expression, input, Map.of()));
    }

    /**
     * The value of an expression, if it can be said at once.
     *
     * @return empty if that takes longer than the thread that dispatches all events can wait
     * @throws ExpressionFailed if it fails or oversteps a bound
     */
    Optional<JsonNode> evaluateAtOnce(String tenant, String expression, JsonNode input) {
        var account = account(tenant);
        if (isSlow(tenant, expression) || !account.dispatch.hasTime()) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    account.dispatch.charged(() -> expressions.evaluate(expression, input, Map.of(), AT_ONCE)));
        } catch (TooSlow _) {
            remember(tenant, expression);
            return Optional.empty();
        }
    }

    /**
     * Anything else that the tenant's definitions make us do, of a few milliseconds at the most. It must not ask for an
     * evaluation, which is charged by itself.
     *
     * @return empty if the tenant has had its time and too much of it waits already
     */
    <T> Optional<T> work(String tenant, Patience patience, Supplier<T> work) {
        var account = account(tenant);
        return hasTime(account) ? Optional.of(account.quick.charged(work)) : turns.take(tenant, patience, work);
    }

    /**
     * Whether a filter of the tenant's matches.
     *
     * @param event {@linkplain Filter#comparable made for it}
     * @return empty if that takes long and too much of the tenant waits already
     * @throws Overspent if it takes more than a filter may
     */
    Optional<Boolean> matches(String tenant, Filter filter, Supplier<JsonNode> event, Patience patience) {
        try {
            return work(tenant, patience, () -> filter.matches(event.get(), new Effort(QUICK_STEPS)));
        } catch (Overspent _) {
            return turns.take(tenant, patience, () -> filter.matches(event.get(), new Effort(Effort.ONE_FILTER)));
        }
    }

    /** What somebody does whose turn is not now. */
    public enum Patience {
        /** Waits for it, however long. */
        WAITS,
        /** Comes back later if others of the tenant wait already. */
        COMES_BACK
    }

    /** Whether so much of the tenant's waits for its turn that more had better come later. */
    public boolean isBehind(String tenant) {
        return turns.waiting(tenant) >= MOST_WAITING;
    }

    /** What is computed is finished; what waits for its turn is not begun any more. */
    @Override
    public void destroy() {
        turns.end();
    }

    private Account account(String tenant) {
        if (accounts.size() > MOST_REMEMBERED) {
            accounts.values().removeIf(Account::rested);
        }
        return accounts.computeIfAbsent(tenant, _ -> new Account());
    }

    private boolean isSlow(String tenant, String expression) {
        var until = slow.get(hash(tenant, expression));
        return until != null && until - now.getAsLong() > 0;
    }

    /** Takes it for slow, for a while. */
    void remember(String tenant, String expression) {
        var time = now.getAsLong();
        if (slow.size() > MOST_REMEMBERED) {
            slow.values().removeIf(until -> until - time <= 0);
        }
        if (slow.size() <= MOST_REMEMBERED) {
            slow.put(hash(tenant, expression), time + SLOW_FOR.toNanos());
        }
    }

    /** Two that have the same one are taken for slow together, which harms none of them. */
    private static long hash(String tenant, String expression) {
        return (long) tenant.hashCode() << Integer.SIZE ^ expression.hashCode();
    }

    /** The time that one tenant has. */
    private final class Account {

        private final Allowance quick = new Allowance(QUICK_SHARE);
        private final Allowance dispatch = new Allowance(DISPATCH_SHARE);

        boolean rested() {
            return quick.rested() && dispatch.rested();
        }
    }

    /** Time that comes back at a steady rate, up to a bound. */
    private final class Allowance {

        private final double share;
        private final double most;
        private double left;
        private long at = now.getAsLong();

        Allowance(double share) {
            this.share = share;
            this.most = share * KEPT.toNanos();
            this.left = most;
        }

        synchronized boolean hasTime() {
            refill();
            return left > 0;
        }

        synchronized boolean rested() {
            refill();
            return left >= most;
        }

        <T> T charged(Supplier<T> work) {
            var begun = spent.getAsLong();
            try {
                return work.get();
            } finally {
                charge(spent.getAsLong() - begun);
            }
        }

        private synchronized void charge(long nanos) {
            left -= nanos;
        }

        private void refill() {
            var time = now.getAsLong();
            left = Math.min(most, left + (time - at) * share);
            at = time;
        }
    }

    /** What waits to be computed, tenant by tenant, and who computes it. */
    private static final class Turns {

        /** Bound in the threads that compute. */
        private static final ScopedValue<Boolean> WORKING = ScopedValue.newInstance();

        private record Task<T>(Supplier<T> work, CompletableFuture<T> result) {

            void run() {
                try {
                    result.complete(work.get());
                } catch (RuntimeException | Error e) {
                    result.completeExceptionally(e);
                }
            }
        }

        private final Map<String, Queue<Task<?>>> waiting = new ConcurrentHashMap<>();
        private final Queue<String> tenants = new ArrayDeque<>();
        private final Semaphore there = new Semaphore(0);
        private volatile boolean ended;

        private final DoubleSupplier share;

        /** @param share of a processor that a thread may take now */
        Turns(int threads, DoubleSupplier share) {
            this.share = share;
            for (int i = 1; i <= threads; i++) {
                Thread.ofPlatform().name("evaluations-" + i).daemon().start(() -> ScopedValue.where(WORKING, true)
                        .run(this::work));
            }
        }

        <T> Optional<T> take(String tenant, Patience patience, Supplier<T> work) {
            if (WORKING.isBound()) {
                // It is its turn, and who waits for another of them might wait for itself.
                return Optional.of(work.get());
            }
            var task = new Task<>(work, new CompletableFuture<T>());
            if (!add(tenant, task, patience)) {
                return Optional.empty();
            }
            there.release();
            try {
                return Optional.of(task.result.join());
            } catch (CompletionException e) {
                switch (e.getCause()) {
                    case RuntimeException cause -> throw cause;
                    case Error cause -> throw cause;
                    case null, default -> throw e;
                }
            }
        }

        int waiting(String tenant) {
            var queue = waiting.get(tenant);
            return queue == null ? 0 : queue.size();
        }

        void end() {
            ended = true;
            there.release(Short.MAX_VALUE);
        }

        private synchronized boolean add(String tenant, Task<?> task, Patience patience) {
            if (ended) {
                throw new IllegalStateException("The gateway is stopping");
            }
            if (patience == Patience.COMES_BACK && waiting(tenant) >= MOST_WAITING) {
                return false;
            }
            waiting.computeIfAbsent(tenant, name -> {
                        tenants.add(name);
                        return new ConcurrentLinkedQueue<>();
                    })
                    .add(task);
            return true;
        }

        private synchronized @Nullable Task<?> next() {
            var tenant = tenants.poll();
            var queue = tenant == null ? null : waiting.get(tenant);
            if (queue == null || tenant == null) {
                return null;
            }
            var task = queue.poll();
            if (queue.isEmpty()) {
                waiting.remove(tenant);
            } else {
                tenants.add(tenant);
            }
            return task;
        }

        private void work() {
            var pace = new DutyCycle(SLICE, share);
            while (!ended) {
                there.acquireUninterruptibly();
                var task = next();
                if (task != null) {
                    pace.run(task::run);
                }
            }
            for (var left = next(); left != null; left = next()) {
                left.result.completeExceptionally(new IllegalStateException("The gateway is stopping"));
            }
        }
    }
}
