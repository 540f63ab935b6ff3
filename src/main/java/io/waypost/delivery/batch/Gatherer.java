package io.waypost.delivery.batch;

import io.waypost.delivery.Batches;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.platform.Texts;
import io.waypost.platform.Worker;
import io.waypost.platform.storage.StorageWatch;
import io.waypost.subscription.Subscription.Batch;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Inserts the rows of deliveries that wait for a batch, and counts them. Counts are added to the groups on a thread of its
 * own, many events at once, so that the fan-out does not wait for it. If a count is lost, a full batch waits until it is
 * due.
 */
@Component
class Gatherer implements Batches, SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Gatherer.class);
    private static final Duration PAUSE_AFTER_ERROR = Duration.ofMillis(500);

    private final BatchLog rows;
    private final BatchGroups groups;
    private final Noted noted;
    private final SubscriptionIndex index;
    private final StorageWatch storage;
    private final Map<Long, PendingBatch> counts = new ConcurrentHashMap<>();
    /** The rules under which this node has gathered; kept up to date by {@link BatchTidy}. */
    private final Map<Long, Batch> rules = new ConcurrentHashMap<>();

    private final Semaphore signals = new Semaphore(0);
    private volatile boolean running;
    private @Nullable Worker worker;

    Gatherer(BatchLog rows, BatchGroups groups, Noted noted, SubscriptionIndex index, StorageWatch storage) {
        this.rows = rows;
        this.groups = groups;
        this.noted = noted;
        this.index = index;
        this.storage = storage;
    }

    @Override
    public void gather(List<Member> members) {
        var waiting = new ArrayList<BatchLog.Waiting>(members.size());
        for (var member : members) {
            var event = member.event();
            var key = new DeliveryKey(
                    event.receivedAt(), event.seq(), member.subscription().no());
            // The first delivery of a batch has the earliest due date, because times in the log never go back.
            var dueAt = event.receivedAt().plus(batch(member).maxWait());
            waiting.add(new BatchLog.Waiting(key, event.tenant(), dueAt));
        }
        rows.gather(waiting);
        for (var member : members) {
            var event = member.event();
            var no = member.subscription().no();
            rules.putIfAbsent(no, batch(member));
            count(new PendingBatch(
                    no, event.seq(), 1, event.data().length(), batch(member).maxItems()));
        }
    }

    private static Batch batch(Member member) {
        return Objects.requireNonNull(member.subscription().definition().batch(), "a subscription with batches");
    }

    @Override
    public boolean takesUp(long subscription) {
        var batches = index.current(subscription)
                .filter(s -> s.definition().batch() != null)
                .isPresent();
        if (batches) {
            noted.note(subscription, Noted.ONLY_DUE);
        }
        return batches;
    }

    /** Subscription → the rules under which its deliveries were gathered here. */
    Map<Long, Batch> rules() {
        return rules;
    }

    private void count(PendingBatch more) {
        counts.merge(more.subscription(), more, PendingBatch::plus);
        if (signals.availablePermits() == 0) {
            signals.release();
        }
    }

    /** Removes the group. Deliveries that wait are to be counted after this, and the count passed to {@link #begin}. */
    void forget(long subscription) {
        try {
            groups.forget(subscription);
        } catch (RuntimeException e) {
            // Another thread adds to the group at this moment. Deliveries counted twice make a batch be looked at too
            // early, and then be counted again.
            log.debug("The group of subscription {} goes on: {}", subscription, e.toString());
        }
    }

    /** Adds the count to a new group. */
    void begin(PendingBatch waiting) {
        if (waiting.count() > 0) {
            count(waiting);
        }
    }

    private void run() {
        while (running || !counts.isEmpty()) {
            try {
                if (counts.isEmpty()) {
                    signals.acquire();
                }
                signals.drainPermits();
                if (storage.fails() || !addAll()) {
                    if (!running) {
                        return;
                    }
                    TimeUnit.NANOSECONDS.sleep(PAUSE_AFTER_ERROR.toNanos());
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /**
     * Adds all counts to their groups; one that fails does not keep the others from being added.
     *
     * @return false if some have to be tried again
     */
    private boolean addAll() {
        var all = true;
        for (var subscription : List.copyOf(counts.keySet())) {
            var more = counts.remove(subscription);
            if (more != null && !add(more)) {
                counts.merge(subscription, more, PendingBatch::plus);
                all = false;
            }
        }
        return all;
    }

    private boolean add(PendingBatch more) {
        try {
            groups.add(more);
            return true;
        } catch (RuntimeException | Error e) {
            log.warn(
                    "Could not count what waits for a batch of subscription {}, trying again: {}",
                    more.subscription(),
                    Texts.cause(e));
            return false;
        }
    }

    @Override
    public void start() {
        running = true;
        worker = Worker.start("batch-counter", this::run);
    }

    @Override
    public void stop() {
        running = false;
        signals.release();
        var started = worker;
        if (started != null) {
            started.awaitEnd(Duration.ofSeconds(5));
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Started after Camel's routes, and stopped before them. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE - 10;
    }
}
