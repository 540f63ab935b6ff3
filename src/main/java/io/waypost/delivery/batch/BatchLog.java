package io.waypost.delivery.batch;

import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of deliveries that go in batches. A port. */
public interface BatchLog {

    /**
     * Inserts deliveries that wait for their batch. Those there already are kept.
     *
     * @throws org.springframework.dao.DataAccessException if they cannot be stored now
     */
    void gather(List<Waiting> waiting);

    /** @param dueAt when its batch must go at the latest */
    record Waiting(DeliveryKey key, String tenant, Instant dueAt) {}

    /**
     * Takes the next batch of the subscription, if one is due or full: moves the due date of its deliveries to the end of
     * the lease and raises their fences. One that was taken before, and is due again, is taken as the whole it was.
     */
    Claim claim(Order order);

    /**
     * What to take.
     *
     * @param maxItems so many deliveries make a full batch, and no batch has more
     * @param ordered only the batch whose turn it is, when none before it is on its way
     * @param settled the end of what has been fanned out without gaps; of an ordered subscription nothing above it
     * @param from nothing that waits and is not due has a lower sequence number; {@link Long#MAX_VALUE}: nothing does
     * @param leaseEnd until when the deliveries are taken
     */
    record Order(
            long subscription, int maxItems, boolean ordered, long settled, long from, Instant now, Instant leaseEnd) {}

    /**
     * What was taken, or why nothing was.
     *
     * @param members of the batch, in the order of the log; empty if none is due or full
     * @param waiting what goes on waiting for its batch, counted exactly; null if nobody looked, because something else
     *     comes first
     * @param soon whether it is to be tried again, because what comes before it is about to be written
     */
    record Claim(
            List<DeliveryLog.Claimed> members, @Nullable PendingBatch waiting, boolean soon) {}

    /** Subscriptions for which it is counted what waits: of very many the next thousand in turn. */
    List<Long> counted();

    /** What waits for its batch is due now. */
    void hasten(long subscription, Instant now);
}
