package io.waypost.delivery.log;

import io.waypost.connector.Failure;
import io.waypost.platform.Ids;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The delivery of one event to one subscription, as it is stored.
 *
 * @param attemptCount attempts that have an outcome
 * @param nextAttemptAt null if none is planned
 * @param finishedAt when its status became final; null before
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

        /** The same attempt for another delivery of the same batch. */
        public Attempt of(DeliveryKey other) {
            return new Attempt(other, number, at, durationMs, statusCode, failure, detail, responseBody);
        }

        public Attempt withDetail(@Nullable String other) {
            return new Attempt(delivery, number, at, durationMs, statusCode, failure, other, responseBody);
        }

        /** The code of the failure and its detail; of an attempt that succeeded only the detail, or null. */
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

    /** A delivery with its attempts. */
    public record WithAttempts(Delivery delivery, List<Attempt> attempts) {}
}
