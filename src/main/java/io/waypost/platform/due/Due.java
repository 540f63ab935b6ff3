package io.waypost.platform.due;

import java.time.Instant;
import java.util.stream.Stream;

/**
 * What waits in the database, as of one look. A date is that of whatever is due first, {@link Instant#MAX} if nothing waits.
 *
 * @param deliveries open deliveries, also those that a node has claimed: the end of the claim
 * @param notices that are to be told
 * @param replays that are to be sent or discarded, also those that a node has claimed
 * @param runs planned dispatch runs
 * @param segments of the log that a node works on: the end of the lease
 * @param unclaimed whether there are events that no node has claimed
 * @param held whether deliveries wait for a dispatch run
 * @param batches whether deliveries wait for a batch
 * @param kept whether there are replays, or anything in a replay buffer
 * @param revision of the last change of a subscription, a connection or the health of a receiver; negative if it is not known
 */
public record Due(
        Instant deliveries,
        Instant notices,
        Instant replays,
        Instant runs,
        Instant segments,
        boolean unclaimed,
        boolean held,
        boolean batches,
        boolean kept,
        long revision) {

    /** While nobody can look: whoever asks has to look for itself. */
    public static final Due ANYTHING = new Due(
            Instant.MIN, Instant.MIN, Instant.MIN, Instant.MIN, Instant.MIN, true, true, true, true, Long.MIN_VALUE);

    /** When the next of them is due; {@link Instant#MAX} if nothing waits. */
    Instant next() {
        return Stream.of(deliveries, notices, replays, runs, segments)
                .min(Instant::compareTo)
                .orElseThrow();
    }
}
