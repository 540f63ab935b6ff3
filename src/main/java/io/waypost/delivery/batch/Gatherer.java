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
 * Makes the rows of what waits for a batch, and counts it. The counting goes on beside, many events at once, so that the log
 * does not wait for it; a count that is lost makes a full batch wait, but not longer than its subscription says.
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
    /** The rules under which this node has gathered; whoever follows changes brings them up to date. */
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
            // The first one's date is the earliest: the log never goes back in time.
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

    /** Subscription → the rules under which what waits was gathered here. */
    Map<Long, Batch> rules() {
        return rules;
    }

    private void count(PendingBatch more) {
        counts.merge(more.subscription(), more, PendingBatch::plus);
        if (signals.availablePermits() == 0) {
            signals.release();
        }
    }

    /** The group's count ends here; what waits is to be counted after this, and given to {@link #begin}. */
    void forget(long subscription) {
        try {
            groups.forget(subscription);
        } catch (RuntimeException e) {
            // Somebody adds at this moment. What is counted twice is looked at too early, and then counted again.
            log.debug("The group of subscription {} goes on: {}", subscription, e.toString());
        }
    }

    /** What the group begins with now. */
    void begin(PendingBatch waiting) {
        if (waiting.count() > 0) {
            count(waiting);
        }
    }

    private void run() {
        while (running || !counts.isEmpty()) {
            try {
                if (signals.tryAcquire(250, TimeUnit.MILLISECONDS)) {
                    signals.drainPermits();
                }
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

    /** @return false if some are to be tried again; one that cannot be added keeps none of the others from it */
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
        var started = worker;
        if (started != null) {
            started.awaitEnd(Duration.ofSeconds(5));
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** After Camel's routes have started, and stopped before them. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE - 10;
    }
}
