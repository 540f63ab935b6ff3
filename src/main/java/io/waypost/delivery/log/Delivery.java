package io.waypost.delivery.log;

import io.waypost.connector.Failure;
import io.waypost.platform.Ids;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One event on its way to one subscription, as the log of deliveries has it.
 *
 * @param attemptCount attempts that have an outcome
 * @param nextAttemptAt null if none is planned
 * @param finishedAt null while it is not final
 */
public record Delivery(
        DeliveryKey key,
        String eventId,
        String type,
        String subscriptionId,
        String tenant,
        Status status,
        int attemptCount,
        @Nullable Instant nextAttemptAt,
        @Nullable Instant finishedAt,
        boolean replay) {

    public enum Status {
        PENDING,
        RETRYING,
        SUCCEEDED,
        EXHAUSTED,
        BUFFERED,
        DISCARDED;

        public String code() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One attempt with its outcome.
     *
     * @param failure null if it succeeded
     * @param responseBody the first KiB
     */
    public record Attempt(
            DeliveryKey delivery,
            int number,
            Instant at,
            long durationMs,
            @Nullable Integer statusCode,
            @Nullable Failure failure,
            @Nullable String detail,
            @Nullable String responseBody) {

        /** The same attempt, seen from another delivery of the same batch. */
        public Attempt of(DeliveryKey other) {
            return new Attempt(other, number, at, durationMs, statusCode, failure, detail, responseBody);
        }

        /** What it ran into, for programs and people; null if it succeeded. */
        public @Nullable String error() {
            if (failure == null) {
                return detail;
            }
            return detail == null ? failure.code() : failure.code() + ": " + detail;
        }

        public String id() {
            return Ids.of("att", Ids.micros(at), delivery.seq(), delivery.subscription() << 12 | (number & 0xfff));
        }
    }

    /** A delivery with all that was tried. */
    public record WithAttempts(Delivery delivery, List<Attempt> attempts) {}
}
