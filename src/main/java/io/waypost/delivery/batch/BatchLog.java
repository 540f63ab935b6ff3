package io.waypost.delivery.batch;

import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of deliveries that are sent in batches. A port. */
public interface BatchLog {

    /**
     * Inserts deliveries that wait for their batch. Rows that exist are kept.
     *
     * @throws org.springframework.dao.DataAccessException if they cannot be stored now
     */
    void gather(List<Waiting> waiting);

    /**
     * A delivery that waits for a batch.
     *
     * @param dueAt when its batch must be sent at the latest
     */
    record Waiting(DeliveryKey key, String tenant, Instant dueAt) {}

    /**
     * Claims the next batch of the subscription, if one is due or full: moves the due date of its deliveries to the end of
     * the lease and raises their fences. A batch that was claimed before and is due again keeps its members.
     */
    Claim claim(Order order);

    /**
     * Which batch to claim.
     *
     * @param maxItems the number of deliveries in a full batch
     * @param ordered claim a batch only if it is the next one in the order of the log, and no earlier one is in flight
     * @param settled everything up to this sequence number has been fanned out; of an ordered subscription nothing above it
     *     is claimed
     * @param from deliveries that wait and are not due have no lower sequence number; {@link Long#MAX_VALUE}: claim only
     *     what is due
     * @param leaseEnd the end of the claim
     */
    record Order(
            long subscription, int maxItems, boolean ordered, long settled, long from, Instant now, Instant leaseEnd) {}

    /**
     * The claimed batch, or why none was claimed.
     *
     * @param members of the batch, in the order of the log; empty if none is due or full
     * @param waiting an exact count of the deliveries that wait for a batch that is neither due nor full; null if they were
     *     not counted
     * @param soon whether to try again soon, because earlier deliveries are still being written
     */
    record Claim(
            List<DeliveryLog.Claimed> members, @Nullable PendingBatch waiting, boolean soon) {}

    /**
     * Subscriptions that have a group in which waiting deliveries are counted. If there are very many, each call returns
     * the next thousand in turn.
     */
    List<Long> counted();

    /** Makes the deliveries of the subscription that wait for a batch due now. */
    void hasten(long subscription, Instant now);
}
