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
 * A delivery under way in this process: from the moment it is handed to its subscription's queue until its result here has
 * been handed to the recorder. Two things about it change, both under its lock: its state, and whether it has a row. If this
 * process dies, another node takes the delivery up again: from its row once the row is due, or, as long as there is no row, with
 * the log segment the event came from. One of the two always holds it, so a crash loses nothing; and it is closed once only, so
 * its end is written once only.
 *
 * <table>
 * <caption>States</caption>
 * <tr><th>state</th><th>means</th><th>goes on to</th></tr>
 * <tr><td>QUEUED</td><td>waits for a place or a permit</td>
 *     <td>ATTEMPTED by {@link #start}; CLOSED by {@link #close}, or by {@link #recall} if it has a row</td></tr>
 * <tr><td>ATTEMPTED</td><td>holds a permit while its attempt is made</td>
 *     <td>RESTING by {@link #rest}; CLOSED by {@link #close}; {@link #recall} is refused</td></tr>
 * <tr><td>RESTING</td><td>holds nothing; its row says when the next attempt is planned</td>
 *     <td>QUEUED by {@link #wake}; CLOSED by {@link #recall} or {@link #close}</td></tr>
 * <tr><td>CLOSED</td><td>its end, or its row, has been handed to the recorder</td><td>nothing: later transitions are ignored</td></tr>
 * </table>
 *
 * <p>{@link #cover} gives it a row in any state but CLOSED. Times are those of the
 * {@link io.waypost.platform.clock.SteadyClock}, except the dates of attempts, which are stored and shown.
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
    /** The events of a batch; empty if the delivery is of a single event. */
    private List<Event> batch = List.of();

    private long batchSize;

    private List<Claim> others = List.of();

    /** @param accounted run once, when the segment the event came from need not be kept for this delivery any more */
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
     * A delivery of an event that has just been matched. It has no row yet.
     *
     * @param certain false if the subscription's condition has not been evaluated yet, so that it may not want the event
     */
    static InFlightDelivery fresh(Event event, long subscription, boolean certain, Runnable accounted) {
        var key = new DeliveryKey(event.receivedAt(), event.seq(), subscription);
        var delivery = new InFlightDelivery(key, event, false, true, 1, accounted);
        delivery.certain = certain;
        return delivery;
    }

    /**
     * From a row that this node has claimed.
     *
     * @param following the deliveries to make after it, in order; null if there are none
     */
    static InFlightDelivery claimed(DeliveryLog.Claimed claimed, @Nullable OrderedClaims following) {
        var delivery = new InFlightDelivery(claimed, claimed.replay(), !claimed.ordered());
        delivery.following = following;
        // A row does not say whether the match was certain. Replays of a range have been matched; they have a date of
        // their own.
        delivery.certain = claimed.attempts() > 0
                || !claimed.key().createdAt().equals(claimed.event().receivedAt());
        return delivery;
    }

    /** Of an event of a missed range, which has no row. */
    public static InFlightDelivery replayed(Event event, long subscription) {
        var key = new DeliveryKey(event.receivedAt(), event.seq(), subscription);
        return new InFlightDelivery(key, event, true, false, 1, () -> {});
    }

    /** From a row that was put into the replay buffer by the deactivation. */
    public static InFlightDelivery replayed(DeliveryLog.Claimed row) {
        return new InFlightDelivery(row, true, false);
    }

    /** From a row that this node has claimed because a user asked for an attempt now; no circuit and no schedule holds it back. */
    public static InFlightDelivery byHand(DeliveryLog.Claimed claimed) {
        var delivery = new InFlightDelivery(claimed, claimed.replay(), false);
        delivery.byHand = true;
        return delivery;
    }

    /**
     * A batch of rows that this node has claimed together. They are sent as one message and share its outcome.
     *
     * @param members at least one, in the order of the log, all with the same number of attempts
     * @param then run once, when the batch has ended and its outcome is on disk
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

    /** Whether it is a batch, which may also be of a single event. */
    boolean isBatch() {
        return !batch.isEmpty();
    }

    /** The events it sends. */
    List<Event> events() {
        return isBatch() ? batch : List.of(event);
    }

    /** How much memory an attempt takes. */
    ConcurrencyLimit.Load load() {
        return new ConcurrencyLimit.Load(
                event.tenant(), isBatch() ? batchSize : event.data().length());
    }

    boolean replay() {
        return replay;
    }

    /** Whether it is known that the subscription wants the event. */
    boolean certain() {
        return certain;
    }

    /** It is known now that the subscription wants the event. */
    void becomeCertain() {
        certain = true;
    }

    /** Sets the result of the subscription's transform. */
    void transformed(JsonNode made) {
        transformed = made;
        failure = null;
    }

    /** Sets that the subscription's transform fails. */
    void transformFails(ExpressionFailed e) {
        failure = e;
    }

    /**
     * The result of the subscription's transform.
     *
     * @throws ExpressionFailed if the transform fails
     * @throws NullPointerException if it has not been computed
     */
    JsonNode transformed() {
        var failed = failure;
        if (failed != null) {
            throw failed;
        }
        return Objects.requireNonNull(transformed, "no attempt was prepared");
    }

    /**
     * Updates that discard those of its events that the subscription does not want.
     *
     * @param unwanted asked for each of {@link #events}, by its index
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

    /** Whether it may wait in memory for its next attempt: not if other deliveries wait for its end. */
    boolean mayRest() {
        return mayRest && !isBatch();
    }

    /**
     * Plans the next attempt in this process.
     *
     * @param wait begins when the delivery has given its place back
     * @param next makes the attempt
     */
    synchronized void redeliverAfter(Duration wait, Runnable next) {
        this.next = next;
        this.restTime = wait;
    }

    /** How long to wait for the next attempt; null if none is planned in this process. */
    @Nullable
    Duration restTime() {
        return restTime;
    }

    /** The wait is over: it needs a place and a permit again, as a new delivery does. */
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

    /**
     * Continues its exchange after a wait: makes the next attempt, or ends the exchange if it has been closed meanwhile. Null
     * before the first attempt. Each call takes it away.
     */
    @Nullable
    Runnable next() {
        var given = next;
        next = null;
        return given;
    }

    /** The deliveries claimed with it that are made after it; null if it is not of an ordered subscription. */
    @Nullable
    OrderedClaims following() {
        return following;
    }

    boolean othersFollow() {
        return following != null && following.goesOn();
    }

    /** Whether its last update was final: no other attempt follows. */
    boolean ended() {
        return ended;
    }

    synchronized void enters(SubscriptionQueue entered, Instant now) {
        queue = entered;
        queuedAt = now;
    }

    /**
     * Its memory has been reserved for a wait.
     *
     * @param end gives it back
     */
    void waits(Consumer<ConcurrencyLimit.Load> end) {
        endOfWait.set(end);
    }

    /** Gives the reserved memory back. Does nothing if that has been done. */
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

    /** It has its permit. */
    synchronized void start(Instant now) {
        if (state == State.QUEUED) {
            state = State.ATTEMPTED;
        }
        startedAt = now;
    }

    /** Whether it has had a permit since it was queued. */
    synchronized boolean hasStarted() {
        return startedAt != null;
    }

    /** How long it has waited for its place and permit; zero if it does not wait. */
    synchronized Duration queuedFor(Instant now) {
        return state == State.QUEUED && startedAt == null ? since(queuedAt, now) : Duration.ZERO;
    }

    /** How long it has held its permit; zero if it has none. */
    synchronized Duration heldFor(Instant now) {
        return since(startedAt, now);
    }

    private static Duration since(@Nullable Instant then, Instant now) {
        return then == null ? Duration.ZERO : Duration.between(then, now);
    }

    /**
     * It trades its permit for one of slow attempts.
     *
     * @return false if it has given its permit back, or was slow before
     */
    synchronized boolean becomeSlow() {
        if (permitGivenBack || slow) {
            return false;
        }
        slow = true;
        return true;
    }

    /**
     * Marks its permit as given back.
     *
     * @return whether that was a permit of slow attempts
     */
    synchronized boolean givePermitBack() {
        permitGivenBack = true;
        return slow;
    }

    /**
     * The attempt is about to be sent.
     *
     * @param now by the steady clock
     * @param date the same moment as a date
     */
    synchronized void attemptBegins(Instant now, Instant date) {
        attemptStart = now;
        attemptDate = date;
    }

    /**
     * The date at which the latest attempt was sent.
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

    /** How long the attempt under way has had no answer; zero if none is under way. */
    synchronized Duration silence(Instant now) {
        return state == State.ATTEMPTED ? since(attemptStart, now) : Duration.ZERO;
    }

    /**
     * Counts an attempt.
     *
     * @param throttled since when the receiver answers "too much"; null if this attempt was a step of the schedule
     */
    synchronized void attempted(@Nullable Instant throttled) {
        attempts++;
        used += throttled == null ? 1 : 0;
        throttledSince = throttled;
    }

    /** How far it has come, as the base of an update. */
    synchronized Progress progress() {
        return new Progress(
                attempts == 0 ? Status.PENDING : Status.RETRYING, attempts, used, null, null, null, throttledSince);
    }

    /**
     * An update to be written.
     *
     * @param attempt null if no attempt was made
     */
    DeliveryUpdate update(Progress progress, @Nullable Attempt attempt, Effect effect) {
        ended = progress.finishedAt() != null;
        var current = subscription;
        var finding = new Finding(
                attempt, effect, current == null ? null : current.state().since());
        return new DeliveryUpdate(new Claim(key, fence, true), event.tenant(), progress, replay, finding, others);
    }

    /** An update: the next attempt is planned for {@code nextAt}, and from {@code dueAt} on any node may claim the row. */
    DeliveryUpdate waiting(Instant dueAt, Instant nextAt) {
        return update(progress().waiting(dueAt, nextAt), null, Effect.NONE).withRow(false);
    }

    /**
     * Gives it a row while it goes on, unless it has one or is closed.
     *
     * @param handIn hands the row to the recorder; called under the lock, so that the end cannot get there first
     * @return whether a row was handed in
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
     * It waits for its next attempt, until {@link #wake}.
     *
     * @param handIn hands the row to the recorder, given whether there is one already; not called if it is closed
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
     * Closes it: later transitions are ignored.
     *
     * @param handIn hands its end, or its row, to the recorder, given whether there is a row already; not called if it was
     *     closed before
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

    /** The segment is not needed any more: the recorder writes in order, so the row is written before the segment is finished. */
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
     * Closes it if it waits and has a row, because somebody else makes the next attempt from the row. Without a row nobody else
     * can, and an attempt that is under way cannot be taken back: then it goes on. A batch always goes on, without the delivery
     * that was asked for.
     *
     * @return whether the next attempt may be made by somebody else
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

    /** @param future completes when the end is on disk */
    void written(CompletableFuture<Void> future) {
        written = future;
    }

    /**
     * Waits until the end, if there has been one, is on disk.
     *
     * @return false if the gateway stops before that
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
