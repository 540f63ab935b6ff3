package io.waypost.notice;

import io.waypost.delivery.log.Buffers.BufferSize;
import io.waypost.delivery.log.DeliveryKey;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Something an owner must be told about a subscription.
 *
 * @param id tells it apart; telling it twice is prevented by it
 * @param at when it happened; of a buffer that is closed, when the subscription was deactivated
 * @param reason {@code failures} or {@code gone}; null where there is none to give
 * @param kept what is in the buffer, or was when it was let out; null if there is none, or it is not known
 * @param givenUp the delivery that was given up; null if it is about none
 */
public record Notice(
        String id,
        String subscriptionId,
        long subscription,
        String tenant,
        Kind kind,
        Instant at,
        @Nullable String reason,
        @Nullable String lastError,
        @Nullable BufferSize kept,
        @Nullable GivenUp givenUp) {

    /** @param attempts how often it was tried */
    public record GivenUp(DeliveryKey delivery, String event, int attempts) {}

    /** The same, now that it is known what is in the buffer. */
    Notice with(BufferSize size) {
        return new Notice(id, subscriptionId, subscription, tenant, kind, at, reason, lastError, size, givenUp);
    }

    /** What happened. Named by the type of the event it goes out as. */
    public enum Kind {
        DEACTIVATED("webhook.deactivated"),
        ON_BACKUP("webhook.on_backup"),
        REACTIVATED("webhook.reactivated"),
        BUFFER_CLOSED("webhook.buffer_closed"),
        EXHAUSTED("webhook.delivery_exhausted");

        private final String type;

        Kind(String type) {
            this.type = type;
        }

        /** @throws IllegalArgumentException if there is none */
        public static Kind of(String type) {
            return Arrays.stream(values())
                    .filter(kind -> kind.type.equals(type))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("no kind of notice: " + type));
        }

        /** The type of its event. */
        public String type() {
            return type;
        }
    }
}
