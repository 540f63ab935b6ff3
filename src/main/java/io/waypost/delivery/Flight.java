package io.waypost.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.connector.ExpressionFailed;
import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.Settlement;
import io.waypost.delivery.log.Settlement.Effect;
import io.waypost.delivery.log.Settlement.Fellow;
import io.waypost.delivery.permit.Permits;
import io.waypost.event.Event;
import io.waypost.subscription.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * A delivery under way in this process, from the moment it is handed to its subscription's lane until its last attempt
 * here has been written down.
 */
public final class Flight {

    private final DeliveryKey key;
    private final Event event;
    private final boolean replay;
    private final boolean mayRest;
    private final int fence;
    private final Custody custody;
    private final AttemptTime attemptTime = new AttemptTime();
    private volatile long offeredNanos = System.nanoTime();

    private int attempts;
    private int used;
    private @Nullable Instant throttledSince;
    private volatile long startedNanos;
    private boolean slow;
    private boolean byHand;
    private boolean certain = true;
    private @Nullable JsonNode transformed;
    private @Nullable ExpressionFailed failure;
    private boolean landed;
    private volatile @Nullable Runnable next;
    private volatile @Nullable Duration restTime;
    private final AtomicReference<@Nullable Consumer<Permits.Load>> endOfWait = new AtomicReference<>();
    private @Nullable Lane lane;
    private @Nullable Run run;
    private volatile boolean ended;
    private @Nullable Subscription subscription;
    /** Of a batch its events and the other deliveries; of a delivery that goes alone nothing. */
    private List<Event> batch = List.of();

    private long batchSize;

    private List<Fellow> fellows = List.of();

    private Flight(DeliveryKey key, Event event, boolean replay, boolean mayRest, int fence, Custody custody) {
        this.key = key;
        this.event = event;
        this.replay = replay;
        this.mayRest = mayRest;
        this.fence = fence;
        this.custody = custody;
    }

    /**
     * Straight from the log: no row yet.
     *
     * @param certain whether the subscription wants the event; if not, it only may
     */
    static Flight fresh(Event event, long subscription, boolean certain, Runnable accounted) {
        var key = new DeliveryKey(event.receivedAt(), event.seq(), subscription);
        var flight = new Flight(key, event, false, true, 1, Custody.ofStretch(accounted));
        flight.certain = certain;
        return flight;
    }

    /** From a row that this node has claimed, with others that are to follow it. */
    static Flight claimed(DeliveryLog.Claimed claimed, @Nullable Run run) {
        var flight = new Flight(claimed, claimed.replay(), !claimed.ordered());
        flight.run = run;
        // A row does not say whether it was certain. What somebody asked to have again has a time of its own.
        flight.certain = claimed.attempts() > 0
                || !claimed.key().createdAt().equals(claimed.event().receivedAt());
        return flight;
    }

    /** Out of a buffer that has no row for it. */
    public static Flight replayed(Event event, long subscription) {
        var key = new DeliveryKey(event.receivedAt(), event.seq(), subscription);
        return new Flight(key, event, true, false, 1, Custody.ofStretch(() -> {}));
    }

    /** Out of a buffer, from the row it had before the deactivation. */
    public static Flight replayed(DeliveryLog.Claimed row) {
        return new Flight(row, true, false);
    }

    /** From a row that this node has claimed, because somebody asked for an attempt now, whatever speaks against it. */
    public static Flight byHand(DeliveryLog.Claimed claimed) {
        var flight = new Flight(claimed, claimed.replay(), false);
        flight.byHand = true;
        return flight;
    }

    /**
     * Rows that this node has claimed to go together. They share one outcome.
     *
     * @param members at least one, in the order of the log, with as many attempts each
     * @param then run once, when the flight has ended and what became of them is on disk
     */
    public static Flight batch(List<DeliveryLog.Claimed> members, Runnable then) {
        var flight = claimed(members.getFirst(), null);
        flight.custody.then(then);
        flight.batch = members.stream().map(DeliveryLog.Claimed::event).toList();
        flight.batchSize =
                flight.batch.stream().mapToLong(event -> event.data().length()).sum();
        flight.fellows = members.stream()
                .skip(1)
                .map(member -> new Fellow(member.key(), member.fence()))
                .toList();
        return flight;
    }

    private Flight(DeliveryLog.Claimed claimed, boolean replay, boolean mayRest) {
        this(claimed.key(), claimed.event(), replay, mayRest, claimed.fence(), Custody.ofRow());
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
    Permits.Load load() {
        return new Permits.Load(
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
    List<Settlement> unwanted(IntPredicate unwanted, Instant now) {
        var discarded = new ArrayList<Settlement>();
        for (int i = 0; i < events().size(); i++) {
            if (unwanted.test(i)) {
                var claim = i == 0 ? new Fellow(key, fence) : fellows.get(i - 1);
                discarded.add(Settlement.discarded(claim, event.tenant(), attempts(), used(), replay, now));
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
     * It waits for its next attempt in memory; its row is on its way to the disk.
     *
     * @param next makes the attempt
     */
    void rests(Runnable next, Duration wait) {
        this.next = next;
        this.restTime = wait;
    }

    /** How long it is to rest from now on; null if it is not. */
    @Nullable
    Duration restTime() {
        return restTime;
    }

    /** Its wait is over. It takes a place as if it were new. */
    synchronized void wakes() {
        restTime = null;
        landed = false;
        slow = false;
        lane = null;
        startedNanos = 0;
        offeredNanos = System.nanoTime();
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
    Run run() {
        return run;
    }

    boolean othersFollow() {
        return run != null && run.goesOn();
    }

    /** Whether it has ended for good: no other attempt follows. */
    boolean ended() {
        return ended;
    }

    void enters(Lane entered) {
        lane = entered;
    }

    /** It waits in memory, and what it takes of it is counted. */
    void waits(Consumer<Permits.Load> end) {
        endOfWait.set(end);
    }

    /** It does not wait in memory any more. May be called again. */
    void waitsNoMore() {
        var end = endOfWait.getAndSet(null);
        if (end != null) {
            end.accept(load());
        }
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

    AttemptTime attemptTime() {
        return attemptTime;
    }

    /** For how long the attempt has not been answered; nothing while none is under way. */
    Duration silence() {
        return custody.resting() ? Duration.ZERO : attemptTime.silence();
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

    /** Where it stands after a step. */
    Settlement settlement(
            Status status,
            @Nullable Instant dueAt,
            @Nullable Instant nextAt,
            @Nullable Instant finishedAt,
            @Nullable Attempt attempt,
            Effect effect) {
        ended = finishedAt != null;
        var current = subscription;
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
                effect,
                fellows,
                current == null ? null : current.state().since());
    }

    /** It waits for an attempt, planned for {@code nextAt}, and from {@code dueAt} on is there for whoever claims it. */
    Settlement waiting(Instant dueAt, Instant nextAt) {
        var status = attempts() == 0 ? Status.PENDING : Status.RETRYING;
        return settlement(status, dueAt, nextAt, null, null, Effect.NONE).withRow(false);
    }

    /** Who answers for it. */
    Custody custody() {
        return custody;
    }

    /**
     * Ends a flight that waits, because something else will make the next attempt; but a batch goes on without it.
     *
     * @return false if an attempt is under way
     */
    boolean recall() {
        return isBatch() || custody.recall(startedNanos == 0);
    }

    /**
     * Returns when its end, if it has come, is on disk.
     *
     * @return false if the gateway ends before it is
     */
    public boolean awaitWritten() {
        return custody.awaitWritten();
    }
}
