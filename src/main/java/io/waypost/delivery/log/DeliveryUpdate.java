package io.waypost.delivery.log;

import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.subscription.Runs;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The state of a delivery after a step (an attempt, or a decision without one), to be stored.
 *
 * @param claim the delivery, and the claim under which the step was made
 * @param replay whether the delivery was made by a replay
 * @param finding what the step shows about the receiver
 * @param others the other deliveries of the same batch: they get the same state and attempt, but the attempt counts only
 *     once for the health
 */
public record DeliveryUpdate(
        Claim claim, String tenant, Progress progress, boolean replay, Finding finding, List<Claim> others) {

    /**
     * A claim on a delivery.
     *
     * @param fence its number; a row with another fence is not changed
     * @param row whether the delivery has a row already; if not, one is inserted
     */
    public record Claim(DeliveryKey key, int fence, boolean row) {

        /** The claim on a delivery that has no row yet. */
        public static Claim first(DeliveryKey key) {
            return new Claim(key, 1, false);
        }

        public static Claim of(DeliveryLog.Claimed row) {
            return new Claim(row.key(), row.fence(), true);
        }

        Claim withRow(boolean has) {
            return new Claim(key, fence, has);
        }
    }

    /**
     * How far it has come.
     *
     * @param attempts how many attempts have an outcome now, that of this step included
     * @param used how many of them used up a step of the retry schedule (throttled ones do not)
     * @param dueAt from when on a node may claim it; null: never
     * @param nextAttemptAt when the next attempt is planned; null: none is
     * @param throttledSince since when the receiver has throttled it ("too many requests"); null if it does not
     */
    public record Progress(
            Status status,
            int attempts,
            int used,
            @Nullable Instant dueAt,
            @Nullable Instant nextAttemptAt,
            @Nullable Instant finishedAt,
            @Nullable Instant throttledSince) {

        private static final Progress NONE = new Progress(Status.PENDING, 0, 0, null, null, null, null);

        /** The progress when the row was claimed; without a row that of a new delivery. */
        public static Progress of(DeliveryLog.@Nullable Claimed row) {
            return row == null
                    ? NONE
                    : new Progress(
                            row.attempts() == 0 ? Status.PENDING : Status.RETRYING,
                            row.attempts(),
                            row.used(),
                            null,
                            null,
                            null,
                            row.throttledSince());
        }

        /** The same, waiting for an attempt planned for {@code nextAt}; from {@code dueAt} on any node may claim it. */
        public Progress waiting(Instant dueAt, Instant nextAt) {
            var status = attempts == 0 ? Status.PENDING : Status.RETRYING;
            return new Progress(status, attempts, used, dueAt, nextAt, null, throttledSince);
        }

        /** The same, ended with a final status. */
        public Progress ended(Status as, Instant at) {
            return new Progress(as, attempts, used, null, null, at, null);
        }

        /** The same, set aside in the replay buffer until the subscription is active again. */
        public Progress buffered() {
            return new Progress(Status.BUFFERED, attempts, used, null, null, null, null);
        }

        private Progress held() {
            return new Progress(
                    status,
                    attempts,
                    used,
                    dueAt == null ? null : Runs.NOT_BY_ITSELF,
                    attempts == 0 ? null : nextAttemptAt,
                    finishedAt,
                    throttledSince);
        }
    }

    /**
     * What a step shows about the receiver.
     *
     * @param attempt the attempt that was made; null if none was
     * @param effect its effect on the health of the subscription
     * @param stateSince since when the subscription had been in the state in which the attempt was made; null if since its
     *     creation, or if the step shows nothing about the receiver
     */
    public record Finding(
            @Nullable Attempt attempt,
            Effect effect,
            @Nullable Instant stateSince) {

        public static final Finding NOTHING = new Finding(null, Effect.NONE, null);

        private Finding ofAnother(DeliveryKey key) {
            return attempt == null ? NOTHING : new Finding(attempt.of(key), Effect.NONE, null);
        }
    }

    /** What an attempt means for the health of the receiver. */
    public enum Effect {
        NONE,
        SUCCESS,
        FAILURE,
        /** No attempt will succeed until the subscription or the receiver is changed. */
        GONE
    }

    /** An update for a step without an attempt. */
    public static DeliveryUpdate of(Claim claim, String tenant, Progress progress, boolean replay) {
        return new DeliveryUpdate(claim, tenant, progress, replay, Finding.NOTHING, List.of());
    }

    /**
     * A new delivery that gets a row at once.
     *
     * @param dueAt from when on a node may claim it; null: it goes into the buffer of its subscription
     */
    public static DeliveryUpdate pending(DeliveryKey key, String tenant, boolean replay, @Nullable Instant dueAt) {
        var progress = dueAt == null ? Progress.NONE.buffered() : Progress.NONE.waiting(dueAt, dueAt);
        return of(Claim.first(key), tenant, progress, replay);
    }

    /** Discards a delivery with a row whose event the subscription does not want. */
    public static DeliveryUpdate discarded(DeliveryLog.Claimed row, Instant now) {
        var progress = Progress.of(row).ended(Status.DISCARDED, now);
        return of(Claim.of(row), row.event().tenant(), progress, row.replay());
    }

    public DeliveryKey key() {
        return claim.key;
    }

    public int fence() {
        return claim.fence;
    }

    public boolean row() {
        return claim.row;
    }

    public Status status() {
        return progress.status;
    }

    public int attempts() {
        return progress.attempts;
    }

    public int used() {
        return progress.used;
    }

    public @Nullable Instant dueAt() {
        return progress.dueAt;
    }

    public @Nullable Instant nextAttemptAt() {
        return progress.nextAttemptAt;
    }

    public @Nullable Instant finishedAt() {
        return progress.finishedAt;
    }

    public @Nullable Instant throttledSince() {
        return progress.throttledSince;
    }

    public @Nullable Attempt attempt() {
        return finding.attempt;
    }

    public Effect effect() {
        return finding.effect;
    }

    public @Nullable Instant stateSince() {
        return finding.stateSince;
    }

    /** Calls {@code into} with one update for this delivery and one for each other of its batch. */
    public void each(Consumer<DeliveryUpdate> into) {
        into.accept(this);
        for (var other : others) {
            into.accept(new DeliveryUpdate(
                    other.withRow(row()), tenant, progress, replay, finding.ofAnother(other.key), List.of()));
        }
    }

    /** The same, with or without a row. */
    public DeliveryUpdate withRow(boolean has) {
        return new DeliveryUpdate(claim.withRow(has), tenant, progress, replay, finding, others);
    }

    /** The same, but if it waits for an attempt it is not due by itself: a dispatch run after that time makes it due. */
    public DeliveryUpdate held() {
        return with(progress.held());
    }

    /** The same, without the attempt and what it shows about the receiver. */
    public DeliveryUpdate withoutAttempt() {
        return new DeliveryUpdate(claim, tenant, progress, replay, Finding.NOTHING, others);
    }

    /** The same, set aside in the replay buffer until the subscription is active again. */
    public DeliveryUpdate buffered() {
        return with(progress.buffered());
    }

    private DeliveryUpdate with(Progress other) {
        return new DeliveryUpdate(claim, tenant, other, replay, finding, others);
    }
}
