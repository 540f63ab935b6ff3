package io.waypost.delivery;

import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.Settlement;
import io.waypost.delivery.log.Settlement.Effect;
import io.waypost.event.Event;
import io.waypost.subscription.Subscription;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A delivery under way in this process, from the moment it is handed to its subscription's lane until its last attempt
 * here has been written down.
 */
public final class Flight {

    private enum Row {
        /** Nothing of it is stored; the stretch it came from answers for it. */
        NONE,
        /** A row with a due date answers for it. */
        STORED,
        /** Written down for good, or given back: it has no say any more. */
        CLOSED
    }

    private final DeliveryKey key;
    private final Event event;
    private final boolean replay;
    private final boolean waitsInPlace;
    private final int fence;
    private final Runnable accounted;
    private final long offeredNanos = System.nanoTime();

    private Row row;
    private boolean answeredFor;
    private int attempts;
    private int used;
    private @Nullable Instant throttledSince;
    private volatile long startedNanos;
    private boolean slow;
    private boolean landed;
    private boolean resting;
    private volatile @Nullable CompletableFuture<Void> written;
    private @Nullable Instant attemptAt;
    private long attemptNanos;
    private @Nullable Lane lane;
    private @Nullable Subscription subscription;

    /** @param accounted run once, as soon as what becomes of it no longer depends on this process's memory */
    private Flight(
            DeliveryKey key,
            Event event,
            boolean replay,
            boolean waitsInPlace,
            int fence,
            Row row,
            Runnable accounted) {
        this.key = key;
        this.event = event;
        this.replay = replay;
        this.waitsInPlace = waitsInPlace;
        this.fence = fence;
        this.row = row;
        this.accounted = accounted;
    }

    /** Straight from the log: no row yet. */
    static Flight fresh(Event event, long subscription, Runnable accounted) {
        var key = new DeliveryKey(event.receivedAt(), event.seq(), subscription);
        return new Flight(key, event, false, true, 1, Row.NONE, accounted);
    }

    /** From a row that this node has claimed. */
    static Flight claimed(DeliveryLog.Claimed claimed) {
        return new Flight(claimed, claimed.replay(), true);
    }

    /** Out of a buffer that has no row for it. It never waits in place: one that fails holds nobody up. */
    public static Flight replayed(Event event, long subscription) {
        var key = new DeliveryKey(event.receivedAt(), event.seq(), subscription);
        return new Flight(key, event, true, false, 1, Row.NONE, () -> {});
    }

    /** Out of a buffer, from the row it had before the deactivation. */
    public static Flight replayed(DeliveryLog.Claimed row) {
        return new Flight(row, true, false);
    }

    private Flight(DeliveryLog.Claimed claimed, boolean replay, boolean waitsInPlace) {
        this(claimed.key(), claimed.event(), replay, waitsInPlace, claimed.fence(), Row.STORED, () -> {});
        attempts = claimed.attempts();
        used = claimed.used();
        throttledSince = claimed.throttledSince();
    }

    public DeliveryKey key() {
        return key;
    }

    public Event event() {
        return event;
    }

    boolean replay() {
        return replay;
    }

    /** Whether it may make a short wait where it is: not if others queue behind it meanwhile. */
    boolean waitsInPlace() {
        return waitsInPlace && (lane == null || !lane.crowded());
    }

    void enters(Lane entered) {
        lane = entered;
    }

    /** The lane whose place it holds; null if it holds none. */
    @Nullable
    Lane lane() {
        return lane;
    }

    /** The subscription as it was when the attempt began. */
    Subscription subscription() {
        if (subscription == null) {
            throw new IllegalStateException("no attempt has begun");
        }
        return subscription;
    }

    void begins(Subscription current) {
        subscription = current;
    }

    int fence() {
        return fence;
    }

    synchronized int attempts() {
        return attempts;
    }

    /** How many steps of the schedule are used up. */
    synchronized int used() {
        return used;
    }

    synchronized @Nullable Instant throttledSince() {
        return throttledSince;
    }

    long offeredNanos() {
        return offeredNanos;
    }

    /** Called when it has its permits. */
    void started() {
        startedNanos = System.nanoTime();
    }

    /** 0 while it waits. */
    long startedNanos() {
        return startedNanos;
    }

    /** @return false if it has landed or was slow before */
    synchronized boolean becomeSlow() {
        if (landed || slow) {
            return false;
        }
        slow = true;
        return true;
    }

    /**
     * Called when it gives its permits back.
     *
     * @return whether it had become slow
     */
    synchronized boolean land() {
        landed = true;
        return slow;
    }

    /** Called when an attempt begins. */
    void leaves(Instant at) {
        attemptAt = at;
        attemptNanos = System.nanoTime();
    }

    Instant attemptAt() {
        if (attemptAt == null) {
            throw new IllegalStateException("no attempt has left");
        }
        return attemptAt;
    }

    long attemptMillis() {
        return (System.nanoTime() - attemptNanos) / 1_000_000;
    }

    /** Called when it begins, and when it ends, a short wait in place. */
    synchronized void rests(boolean now) {
        resting = now;
    }

    /**
     * Ends a flight that waits, because something else will make the next attempt.
     *
     * @return false if an attempt is under way
     */
    synchronized boolean recall() {
        if (row == Row.CLOSED) {
            return true;
        }
        // Without a row nothing else could make the attempt.
        if (row == Row.NONE || (!resting && startedNanos != 0)) {
            return false;
        }
        row = Row.CLOSED;
        return true;
    }

    /**
     * Takes note of an attempt that was made.
     *
     * @param throttled since when the receiver answers "too much"; null if this attempt was a step of the schedule
     */
    synchronized void attempted(@Nullable Instant throttled) {
        attempts++;
        used += throttled == null ? 1 : 0;
        throttledSince = throttled;
    }

    /**
     * Asks for the right to write a row that answers for the delivery from now on while it stays in the air.
     *
     * @return false if it has a row, or was written down meanwhile
     */
    synchronized boolean park() {
        if (row != Row.NONE) {
            return false;
        }
        row = Row.STORED;
        return true;
    }

    /**
     * Ends it: nothing that happens to it in this process counts after this.
     *
     * @return whether it had a row; null if it had ended before
     */
    synchronized @Nullable Boolean close() {
        if (row == Row.CLOSED) {
            return null;
        }
        var had = row == Row.STORED;
        row = Row.CLOSED;
        return had;
    }

    synchronized boolean closed() {
        return row == Row.CLOSED;
    }

    /** Where it stands after a step. */
    Settlement settlement(
            Status status,
            @Nullable Instant dueAt,
            @Nullable Instant nextAt,
            @Nullable Instant finishedAt,
            @Nullable Attempt attempt,
            Effect effect) {
        return new Settlement(
                key,
                event.tenant(),
                true,
                fence,
                status,
                attempts(),
                used(),
                dueAt,
                nextAt,
                finishedAt,
                throttledSince(),
                replay,
                attempt,
                effect);
    }

    /** It waits for an attempt, planned for {@code nextAt}, and from {@code dueAt} on is there for whoever claims it. */
    Settlement waiting(Instant dueAt, Instant nextAt) {
        var status = attempts() == 0 ? Status.PENDING : Status.RETRYING;
        return settlement(status, dueAt, nextAt, null, null, Effect.NONE).withRow(false);
    }

    /** A row is on its way to the disk, in the same queue as whatever follows. */
    void accountedFor() {
        synchronized (this) {
            if (answeredFor) {
                return;
            }
            answeredFor = true;
        }
        accounted.run();
    }

    void written(CompletableFuture<Void> future) {
        written = future;
    }

    /** Returns when its end, if it has come, is on disk. */
    public void awaitWritten() {
        var end = written;
        if (end != null) {
            end.join();
        }
    }
}
