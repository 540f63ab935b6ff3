package io.waypost.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.connector.ExpressionFailed;
import io.waypost.delivery.limit.ConcurrencyLimit;
import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.delivery.log.DeliveryUpdate.Claim;
import io.waypost.delivery.log.DeliveryUpdate.Effect;
import io.waypost.delivery.log.DeliveryUpdate.Finding;
import io.waypost.delivery.log.DeliveryUpdate.Progress;
import io.waypost.event.Event;
import io.waypost.subscription.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * An in-flight delivery: one under way in this process, from the moment it is handed to its subscription's queue until what
 * became of it here has been handed in to be written. Two things about it change, both under its lock: what it does, and
 * whether a row with a due date answers for it if this process dies; until there is one, the segment it came from does. It is
 * never neither, so that a crash loses nothing, and whoever closes it, closes it once.
 *
 * <table>
 * <caption>What it does</caption>
 * <tr><th>state</th><th>means</th><th>goes on to</th></tr>
 * <tr><td>QUEUED</td><td>waits for a place or a permit</td>
 *     <td>ATTEMPTED by {@link #start}; CLOSED by {@link #close}, or by {@link #recall} if it has a row</td></tr>
 * <tr><td>ATTEMPTED</td><td>holds a permit; its attempt is made</td>
 *     <td>RESTING by {@link #rest}; CLOSED by {@link #close}; {@link #recall} is refused</td></tr>
 * <tr><td>RESTING</td><td>holds nothing; its row says when the next attempt is planned</td>
 *     <td>QUEUED by {@link #wake}; CLOSED by {@link #recall} or {@link #close}</td></tr>
 * <tr><td>CLOSED</td><td>its end, or its row, is handed in</td><td>nothing: later transitions are ignored</td></tr>
 * </table>
 *
 * <p>{@link #cover} gives it a row in any state but CLOSED. What it is given as the time is the steady one
 * ({@link io.waypost.platform.clock.SteadyClock}), but for the dates of attempts.
 */
public final class InFlightDelivery {

    private enum State {
        QUEUED,
        ATTEMPTED,
        RESTING,
        CLOSED
    }

    private final DeliveryKey key;
    private final Event event;
    private final boolean replay;
    private final boolean mayRest;
    private final int fence;
    private final Runnable accounted;

    private State state = State.QUEUED;
    private boolean hasRow;
    private boolean accountedFor;
    private @Nullable Instant queuedAt;
    private @Nullable Instant startedAt;
    private @Nullable Instant attemptStart;
    private @Nullable Instant attemptDate;
    private volatile @Nullable CompletableFuture<Void> written;
    private volatile @Nullable Runnable then;

    private int attempts;
    private int used;
    private @Nullable Instant throttledSince;
    private boolean slow;
    private boolean byHand;
    private boolean certain = true;
    private @Nullable JsonNode transformed;
    private @Nullable ExpressionFailed failure;
    private boolean permitGivenBack;
    private volatile @Nullable Runnable next;
    private volatile @Nullable Duration restTime;
    private final AtomicReference<@Nullable Consumer<ConcurrencyLimit.Load>> endOfWait = new AtomicReference<>();
    private @Nullable SubscriptionQueue queue;
    private @Nullable OrderedClaims following;
    private volatile boolean ended;
    private @Nullable Subscription subscription;
    /** Of a batch its events and the other deliveries; of a delivery that goes alone nothing. */
    private List<Event> batch = List.of();

    private long batchSize;

    private List<Claim> others = List.of();

    /** @param accounted run once, when what becomes of it no longer depends on the segment it came from */
    private InFlightDelivery(
            DeliveryKey key, Event event, boolean replay, boolean mayRest, int fence, Runnable accounted) {
        this.key = key;
        this.event = event;
        this.replay = replay;
        this.mayRest = mayRest;
        this.fence = fence;
        this.accounted = accounted;
    }

    /**
     * Straight from the log: no row yet.
     *
     * @param certain whether the subscription wants the event; if not, it only may
     */
    static InFlightDelivery fresh(Event event, long subscription, boolean certain, Runnable accounted) {
        var key = new DeliveryKey(event.receivedAt(), event.seq(), subscription);
        var delivery = new InFlightDelivery(key, event, false, true, 1, accounted);
        delivery.certain = certain;
        return delivery;
    }

    /** From a row that this node has claimed, with others that are to follow it. */
    static InFlightDelivery claimed(DeliveryLog.Claimed claimed, @Nullable OrderedClaims following) {
        var delivery = new InFlightDelivery(claimed, claimed.replay(), !claimed.ordered());
        delivery.following = following;
        // A row does not say whether it was certain. What somebody asked to have again has a time of its own.
        delivery.certain = claimed.attempts() > 0
                || !claimed.key().createdAt().equals(claimed.event().receivedAt());
        return delivery;
    }

    /** Out of a buffer that has no row for it. */
    public static InFlightDelivery replayed(Event event, long subscription) {
        var key = new DeliveryKey(event.receivedAt(), event.seq(), subscription);
        return new InFlightDelivery(key, event, true, false, 1, () -> {});
    }

    /** Out of a buffer, from the row it had before the deactivation. */
    public static InFlightDelivery replayed(DeliveryLog.Claimed row) {
        return new InFlightDelivery(row, true, false);
    }

    /** From a row that this node has claimed, because somebody asked for an attempt now, whatever speaks against it. */
    public static InFlightDelivery byHand(DeliveryLog.Claimed claimed) {
        var delivery = new InFlightDelivery(claimed, claimed.replay(), false);
        delivery.byHand = true;
        return delivery;
    }

    /**
     * Rows that this node has claimed to go together. They share one outcome.
     *
     * @param members at least one, in the order of the log, with as many attempts each
     * @param then run once, when the delivery has ended and what became of them is on disk
     */
    public static InFlightDelivery batch(List<DeliveryLog.Claimed> members, Runnable then) {
        var delivery = claimed(members.getFirst(), null);
        delivery.then = then;
        delivery.batch = members.stream().map(DeliveryLog.Claimed::event).toList();
        delivery.batchSize = delivery.batch.stream()
                .mapToLong(event -> event.data().length())
                .sum();
        delivery.others = members.stream().skip(1).map(Claim::of).toList();
        return delivery;
    }

    private InFlightDelivery(DeliveryLog.Claimed claimed, boolean replay, boolean mayRest) {
        this(claimed.key(), claimed.event(), replay, mayRest, claimed.fence(), () -> {});
        hasRow = true;
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

    /** Whether it is a batch; also one of a single delivery is. */
    boolean isBatch() {
        return !batch.isEmpty();
    }

    /** All that it carries. */
    List<Event> events() {
        return isBatch() ? batch : List.of(event);
    }

    /** What an attempt of it takes of the memory. */
    ConcurrencyLimit.Load load() {
        return new ConcurrencyLimit.Load(
                event.tenant(), isBatch() ? batchSize : event.data().length());
    }

    boolean replay() {
        return replay;
    }

    /** Whether it is known that the subscription wants it. */
    boolean certain() {
        return certain;
    }

    /** The subscription wants it. */
    void becomeCertain() {
        certain = true;
    }

    /** What its transform makes of it. */
    void transformed(JsonNode made) {
        transformed = made;
        failure = null;
    }

    /** Its transform fails. */
    void transformFails(ExpressionFailed e) {
        failure = e;
    }

    /**
     * What its transform makes of it, once that was computed for this attempt.
     *
     * @throws ExpressionFailed if it fails
     */
    JsonNode transformed() {
        var failed = failure;
        if (failed != null) {
            throw failed;
        }
        return Objects.requireNonNull(transformed, "no attempt was prepared");
    }

    /**
     * Of what it carries what the subscription does not want, to be written down as discarded.
     *
     * @param unwanted asked about each of {@link #events}, by its place
     */
    List<DeliveryUpdate> unwanted(IntPredicate unwanted, Instant now) {
        var discarded = new ArrayList<DeliveryUpdate>();
        for (int i = 0; i < events().size(); i++) {
            if (unwanted.test(i)) {
                var claim = i == 0 ? new Claim(key, fence, true) : others.get(i - 1);
                var progress = progress().ended(Status.DISCARDED, now);
                discarded.add(DeliveryUpdate.of(claim, event.tenant(), progress, replay));
            }
        }
        return discarded;
    }

    boolean byHand() {
        return byHand;
    }

    /** Whether it may make a short wait in memory, if there is some: not if others are to follow it or wait for its end. */
    boolean mayRest() {
        return mayRest && !isBatch();
    }

    /**
     * Its next attempt is made here.
     *
     * @param wait which begins when it has given back its place
     * @param next makes the attempt
     */
    synchronized void redeliverAfter(Duration wait, Runnable next) {
        this.next = next;
        this.restTime = wait;
    }

    /** How long it is to rest from now on; null if it is not. */
    @Nullable
    Duration restTime() {
        return restTime;
    }

    /** Its wait is over. It takes a place as if it were new. */
    synchronized void wake() {
        if (state == State.RESTING) {
            state = State.QUEUED;
        }
        restTime = null;
        permitGivenBack = false;
        slow = false;
        queue = null;
        startedAt = null;
        queuedAt = null;
    }

    /** What makes its attempt if it has rested, or completes its exchange if it is closed meanwhile; null if it is new. Gives it once. */
    @Nullable
    Runnable next() {
        var given = next;
        next = null;
        return given;
    }

    /** What was claimed with it and is to follow it; null if nothing can be. */
    @Nullable
    OrderedClaims following() {
        return following;
    }

    boolean othersFollow() {
        return following != null && following.goesOn();
    }

    /** Whether it has ended for good: no other attempt follows. */
    boolean ended() {
        return ended;
    }

    synchronized void enters(SubscriptionQueue entered, Instant now) {
        queue = entered;
        queuedAt = now;
    }

    /** It waits in memory, and what it takes of it is counted. */
    void waits(Consumer<ConcurrencyLimit.Load> end) {
        endOfWait.set(end);
    }

    /** It does not wait in memory any more. May be called again. */
    void waitsNoMore() {
        var end = endOfWait.getAndSet(null);
        if (end != null) {
            end.accept(load());
        }
    }

    /** The queue whose place it holds; null if it holds none. */
    synchronized @Nullable SubscriptionQueue queue() {
        return queue;
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

    /** It has its permits. */
    synchronized void start(Instant now) {
        if (state == State.QUEUED) {
            state = State.ATTEMPTED;
        }
        startedAt = now;
    }

    /** Whether it has had permits since it came here or woke. */
    synchronized boolean hasStarted() {
        return startedAt != null;
    }

    /** For how long it has waited for its place or its permit; nothing if it does not. */
    synchronized Duration queuedFor(Instant now) {
        return state == State.QUEUED && startedAt == null ? since(queuedAt, now) : Duration.ZERO;
    }

    /** For how long it has held its permits; nothing if it has none. */
    synchronized Duration heldFor(Instant now) {
        return since(startedAt, now);
    }

    private static Duration since(@Nullable Instant then, Instant now) {
        return then == null ? Duration.ZERO : Duration.between(then, now);
    }

    /** @return false if it has given its permit back or was slow before */
    synchronized boolean becomeSlow() {
        if (permitGivenBack || slow) {
            return false;
        }
        slow = true;
        return true;
    }

    /**
     * Called when it gives its permit back.
     *
     * @return whether it had become slow
     */
    synchronized boolean givePermitBack() {
        permitGivenBack = true;
        return slow;
    }

    /**
     * Its attempt goes out now.
     *
     * @param date the same by the clock
     */
    synchronized void attemptBegins(Instant now, Instant date) {
        attemptStart = now;
        attemptDate = date;
    }

    /**
     * When its attempt went out, by the clock.
     *
     * @throws IllegalStateException if none has begun
     */
    synchronized Instant attemptAt() {
        if (attemptDate == null) {
            throw new IllegalStateException("no attempt has begun");
        }
        return attemptDate;
    }

    /** How long its attempt has taken so far, in milliseconds. */
    synchronized long attemptMillis(Instant now) {
        return since(attemptStart, now).toMillis();
    }

    /** For how long the attempt has not been answered; nothing while none is under way. */
    synchronized Duration silence(Instant now) {
        return state == State.ATTEMPTED ? since(attemptStart, now) : Duration.ZERO;
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

    /** How far it has come: waiting, until a step makes something else of it. */
    synchronized Progress progress() {
        return new Progress(
                attempts == 0 ? Status.PENDING : Status.RETRYING, attempts, used, null, null, null, throttledSince);
    }

    /**
     * Where it stands after a step.
     *
     * @param attempt null if the step was none
     */
    DeliveryUpdate update(Progress progress, @Nullable Attempt attempt, Effect effect) {
        ended = progress.finishedAt() != null;
        var current = subscription;
        var finding = new Finding(
                attempt, effect, current == null ? null : current.state().since());
        return new DeliveryUpdate(new Claim(key, fence, true), event.tenant(), progress, replay, finding, others);
    }

    /** It waits for an attempt, planned for {@code nextAt}, and from {@code dueAt} on is there for whoever claims it. */
    DeliveryUpdate waiting(Instant dueAt, Instant nextAt) {
        return update(progress().waiting(dueAt, nextAt), null, Effect.NONE).withRow(false);
    }

    /**
     * A row is to answer for it from now on while it goes on.
     *
     * @param handIn hands the row in to be written, unless there is one or it is closed; under the lock, so that the end
     *     cannot overtake it on its way to the disk
     * @return whether it was handed in
     */
    boolean cover(Runnable handIn) {
        synchronized (this) {
            if (hasRow || state == State.CLOSED) {
                return false;
            }
            hasRow = true;
            handIn.run();
        }
        accountFor();
        return true;
    }

    /**
     * The next attempt is planned, and written down in its row; until {@link #wake} it does nothing.
     *
     * @param handIn hands the row in to be written, given whether there is one; not called if it is closed
     */
    void rest(Consumer<Boolean> handIn) {
        synchronized (this) {
            if (state == State.CLOSED) {
                return;
            }
            state = State.RESTING;
            handIn.accept(hasRow);
            hasRow = true;
        }
        accountFor();
    }

    /**
     * Nothing that happens to it in this process counts after this.
     *
     * @param handIn hands the end in to be written, given whether there is a row; not called if it was closed before
     */
    void close(Consumer<Boolean> handIn) {
        synchronized (this) {
            if (state == State.CLOSED) {
                return;
            }
            state = State.CLOSED;
            handIn.accept(hasRow);
        }
        accountFor();
        var next = then;
        if (next != null) {
            var _ = Objects.requireNonNullElseGet(written, () -> CompletableFuture.completedFuture(null))
                    .thenRun(next);
        }
    }

    synchronized boolean closed() {
        return state == State.CLOSED;
    }

    /** Its row is on its way to the disk, in the same queue as whatever follows. */
    private void accountFor() {
        synchronized (this) {
            if (accountedFor) {
                return;
            }
            accountedFor = true;
        }
        accounted.run();
    }

    /**
     * Closes one that only waits, because something else will make the next attempt; but a batch goes on without it. Without a
     * row nothing else could, so then it goes on, too.
     *
     * @return false if it goes on
     */
    synchronized boolean recall() {
        if (isBatch()) {
            return true;
        }
        if (hasRow && state != State.ATTEMPTED) {
            state = State.CLOSED;
        }
        return state == State.CLOSED;
    }

    /** @param future completes when its end is on disk */
    void written(CompletableFuture<Void> future) {
        written = future;
    }

    /**
     * Returns when its end, if it has come, is on disk.
     *
     * @return false if the gateway ends before it is
     */
    public boolean awaitWritten() {
        var end = written;
        try {
            if (end != null) {
                end.join();
            }
            return true;
        } catch (CancellationException _) {
            return false;
        }
    }
}
