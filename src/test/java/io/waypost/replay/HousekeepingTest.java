package io.waypost.replay;

import static io.waypost.replay.Given.events;
import static io.waypost.replay.Given.subscription;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.delivery.MissedRange;
import io.waypost.platform.SettableClock;
import io.waypost.platform.TestProperties;
import io.waypost.platform.due.TestDue;
import io.waypost.replay.ReplayStore.Need;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HousekeepingTest {

    /** Events are kept for ten seconds: those up to the ninth are old. */
    private final SettableClock clock = new SettableClock("2026-03-01T12:00:20Z");

    private final MemoryEvents log = new MemoryEvents(events(1, 12));
    private final MemoryDeliveries deliveries = new MemoryDeliveries();
    private final MemoryReplays replays = new MemoryReplays();
    private final MemoryIndex index = new MemoryIndex(subscription(7, "**"));
    private final HeldBuffer buffer = new HeldBuffer();
    private final TestDue due = new TestDue();
    private final Housekeeping housekeeping = new Housekeeping(
            log, deliveries, index, replays, buffer, due, clock, TestProperties.of(Map.of("waypost.retention", "10s")));

    @BeforeEach
    void buffer() {
        replays.needs = List.of(new Need(7, "acme", 3, null));
        buffer.ranges.put(7L, MissedRange.of(7, 3, 3, 5, 3, 0));
    }

    @Test
    void whatIsOlderThanTheRetentionGoesButForWhatABufferHolds() {
        housekeeping.start();
        housekeeping.purge();

        assertThat(log.seqs()).containsExactly(3L, 4L, 5L, 10L, 11L, 12L);
        assertThat(deliveries.noted).containsExactly("purge from 1970-01-01T00:00:00Z");
    }

    @Test
    void nothingIsDeletedBeforeBuffersCanBeRead() {
        housekeeping.start();
        buffer.ready = false;
        housekeeping.purge();

        assertThat(log.seqs()).hasSize(12);
        assertThat(deliveries.noted).isEmpty();
    }

    @Test
    void aGatewayThatStopsDeletesNothingMore() {
        housekeeping.start();
        assertThat(housekeeping.isRunning()).isTrue();
        housekeeping.stop();
        assertThat(housekeeping.isRunning()).isFalse();
        housekeeping.purge();

        assertThat(log.seqs()).hasSize(12);
    }

    @Test
    void subscriptionsAreKnownBeforeTheRoutesStartAndFollowedThen() {
        assertThat(housekeeping.getPhase()).isZero();
        housekeeping.start();
        assertThat(index.refreshed).hasValue(1);
        housekeeping.follow();
        assertThat(index.refreshed).hasValue(2);
        due.found(TestDue.changed(7));
        housekeeping.follow();
        assertThat(index.refreshedTo).as("once it is known how far").hasValue(7);
        housekeeping.readAgain();
        assertThat(index.readAgain).hasValue(1);
        assertThat(index.refreshed).hasValue(2);
    }
}
