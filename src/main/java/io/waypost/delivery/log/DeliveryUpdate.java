package io.waypost.delivery.log;

import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.event.Event;
import io.waypost.subscription.Runs;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where a delivery stands after a step, to be written down.
 *
 * @param row whether the delivery has a row already; if not, one is made
 * @param fence the claim under which the step was made; a row with another one is left alone
 * @param attempts how many attempts have an outcome now, this one included
 * @param used how many of them were steps of the schedule (throttled ones are not)
 * @param dueAt when somebody must look at it again; null: nobody must
 * @param attempt the attempt that was made; null if the step was none (parked, buffered)
 * @param effect what the attempt means for the health of the subscription
 * @param also the other deliveries of the same batch: whatever becomes of this one becomes of them, but the attempt counts
 *     only once for the health
 * @param stateSince since when the subscription had been in the state in which the attempt was made; null if from
 *     the start, or if nothing is said about the receiver
 */
public record DeliveryUpdate(
        DeliveryKey key,
        String tenant,
        boolean row,
        int fence,
        Status status,
        int attempts,
        int used,
        @Nullable Instant dueAt,
        @Nullable Instant nextAttemptAt,
        @Nullable Instant finishedAt,
        @Nullable Instant throttledSince,
        boolean replay,
        @Nullable Attempt attempt,
        Effect effect,
        List<BatchMember> also,
        @Nullable Instant stateSince) {

    /** Another delivery in the same batch, and the claim on it. */
    public record BatchMember(DeliveryKey key, int fence) {}

    /** This and the others of its batch, each as if it went alone. */
    public void each(Consumer<DeliveryUpdate> into) {
        into.accept(this);
        for (var other : also) {
            into.accept(new DeliveryUpdate(
                    other.key,
                    tenant,
                    row,
                    other.fence,
                    status,
                    attempts,
                    used,
                    dueAt,
                    nextAttemptAt,
                    finishedAt,
                    throttledSince,
                    replay,
                    attempt == null ? null : attempt.of(other.key),
                    Effect.NONE,
                    List.of(),
                    null));
        }
    }

    /** A delivery that nobody has tried yet and that gets a row at once. */
    public static DeliveryUpdate pending(DeliveryKey key, String tenant, boolean replay, @Nullable Instant dueAt) {
        var status = dueAt == null ? Status.BUFFERED : Status.PENDING;
        return new DeliveryUpdate(
                key,
                tenant,
                false,
                1,
                status,
                0,
                0,
                dueAt,
                dueAt,
                null,
                null,
                replay,
                null,
                Effect.NONE,
                List.of(),
                null);
    }

    /**
     * A delivery that leaves a buffer without being sent right away: discarded, or (ordered subscriptions) put in line.
     *
     * @param row what it had before; null if it has no row
     */
    public static DeliveryUpdate outOfBuffer(
            DeliveryKey key, Event event, DeliveryLog.@Nullable Claimed row, Status status, Instant now) {
        var waits = status == Status.PENDING ? now : null;
        return new DeliveryUpdate(
                key,
                event.tenant(),
                row != null,
                row == null ? 1 : row.fence(),
                status,
                row == null ? 0 : row.attempts(),
                row == null ? 0 : row.used(),
                waits,
                waits,
                waits == null ? now : null,
                null,
                true,
                null,
                Effect.NONE,
                List.of(),
                null);
    }

    /** A delivery with a row that its subscription turns out not to want. */
    public static DeliveryUpdate discarded(
            BatchMember claim, String tenant, int attempts, int used, boolean replay, Instant now) {
        return new DeliveryUpdate(
                claim.key,
                tenant,
                true,
                claim.fence,
                Status.DISCARDED,
                attempts,
                used,
                null,
                null,
                now,
                null,
                replay,
                null,
                Effect.NONE,
                List.of(),
                null);
    }

    /** The same, for a delivery that has a row, or has none. */
    public DeliveryUpdate withRow(boolean has) {
        return new DeliveryUpdate(
                key,
                tenant,
                has,
                fence,
                status,
                attempts,
                used,
                dueAt,
                nextAttemptAt,
                finishedAt,
                throttledSince,
                replay,
                attempt,
                effect,
                also,
                stateSince);
    }

    /** The same, but what would wait for its time waits for a run after that. */
    public DeliveryUpdate held() {
        return new DeliveryUpdate(
                key,
                tenant,
                row,
                fence,
                status,
                attempts,
                used,
                dueAt == null ? null : Runs.NOT_BY_ITSELF,
                attempts == 0 ? null : nextAttemptAt,
                finishedAt,
                throttledSince,
                replay,
                attempt,
                effect,
                also,
                stateSince);
    }

    /** The same, without the attempt and what it says about the receiver. */
    public DeliveryUpdate withoutAttempt() {
        return new DeliveryUpdate(
                key,
                tenant,
                row,
                fence,
                status,
                attempts,
                used,
                dueAt,
                nextAttemptAt,
                finishedAt,
                throttledSince,
                replay,
                null,
                Effect.NONE,
                also,
                null);
    }

    /** The same, set aside for when the subscription is active again. */
    public DeliveryUpdate buffered() {
        return new DeliveryUpdate(
                key,
                tenant,
                row,
                fence,
                Status.BUFFERED,
                attempts,
                used,
                null,
                null,
                null,
                null,
                replay,
                attempt,
                effect,
                also,
                stateSince);
    }

    /** What an attempt says about the receiver. */
    public enum Effect {
        NONE,
        SUCCESS,
        FAILURE,
        /** Nothing will work until somebody changes something. */
        GONE
    }
}
