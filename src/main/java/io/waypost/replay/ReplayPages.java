package io.waypost.replay;

import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.replay.ReplayStore.Replay;
import io.waypost.subscription.Evaluations.Patience;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Reads the deliveries of a replay in the order of their events: the rows that were open when the subscription was switched
 * off, and the events of the missed range that have no row.
 */
@Component
class ReplayPages {

    /** At most so many deliveries: between two pages those under way are waited for, and written down. */
    static final int PAGE = 1_000;

    private final DeliveryLog deliveries;
    private final EventLog events;
    private final SubscriptionIndex index;
    private final Clock clock;

    ReplayPages(DeliveryLog deliveries, EventLog events, SubscriptionIndex index, Clock clock) {
        this.clock = clock;
        this.deliveries = deliveries;
        this.events = events;
        this.index = index;
    }

    /** @param row the delivery's row; null if it has none yet */
    record Item(Event event, DeliveryLog.@Nullable Claimed row) {}

    /**
     * @param items may be empty though more pages follow
     * @param madeBefore sequence numbers of events of the missed range whose deliveries a replay has made before, this one until it
     *     was broken off
     * @param next the sequence number where the following page begins
     * @param end whether this is the end of the replay
     */
    record Page(List<Item> items, List<Long> madeBefore, long next, boolean end) {

        /** How many deliveries of the missed range are below the sequence number, those that were made before among them. */
        int missedBelow(long seq) {
            var missed = items.stream().filter(item -> item.row() == null).map(item -> item.event()
                    .seq());
            return (int) Stream.concat(missed, madeBefore.stream())
                    .filter(one -> one < seq)
                    .count();
        }
    }

    Page read(Replay replay, long from, Subscription subscription) {
        var rows = replay.mode() == ReplayStore.Mode.REPLAY
                ? deliveries.buffered(subscription.no(), from, PAGE)
                : List.<DeliveryLog.Claimed>of();
        var rangeFrom = Math.max(from, replay.first());
        var logged = replay.last() < rangeFrom
                ? List.<Event>of()
                : events.read(subscription.tenant(), rangeFrom, replay.last(), PAGE);
        if (rows.isEmpty() && logged.isEmpty()) {
            return new Page(List.of(), List.of(), Math.max(from, replay.last() + 1), true);
        }
        // Rows and events are each known only up to the end of what was read.
        var complete = Math.min(
                rows.size() == PAGE || isCut(rows) ? rows.getLast().key().seq() - 1 : Long.MAX_VALUE,
                logged.isEmpty() ? Long.MAX_VALUE : logged.getLast().seq());
        var bound = Math.max(complete, from);
        var items = new ArrayList<Item>();
        var within = rows.stream().filter(row -> row.key().seq() <= bound).toList();
        var unwanted =
                within.stream().filter(row -> isUnwanted(subscription, row)).toList();
        discard(unwanted);
        within.stream()
                .filter(row -> !unwanted.contains(row))
                .map(row -> new Item(row.event(), row))
                .forEach(items::add);
        var missed = logged.stream().filter(e -> e.seq() <= bound).toList();
        var had = missed.isEmpty()
                ? Map.<Long, Boolean>of()
                : deliveries.had(
                        subscription.no(),
                        missed.getFirst().seq(),
                        missed.getLast().seq());
        missed.stream()
                .filter(event -> !had.containsKey(event.seq()) && wants(subscription, event))
                .map(event -> new Item(event, null))
                .forEach(items::add);
        var madeBefore = missed.stream()
                .map(Event::seq)
                .filter(seq -> had.getOrDefault(seq, false))
                .toList();
        items.sort(Comparator.comparingLong(item -> item.event().seq()));
        var next = bound == Long.MAX_VALUE ? Math.max(rows.getLast().key().seq(), replay.last()) + 1 : bound + 1;
        return new Page(items, madeBefore, next, false);
    }

    /**
     * Whether there may be more rows although fewer than a page were read, because the size limit ended it. A character
     * takes three bytes at most.
     */
    private static boolean isCut(List<DeliveryLog.Claimed> rows) {
        var characters =
                rows.stream().mapToLong(row -> row.event().data().length()).sum();
        return 3 * characters >= DeliveryLog.MOST_BYTES;
    }

    /** Whether it was set aside before its condition had been evaluated, and the subscription does not want its event. */
    private boolean isUnwanted(Subscription subscription, DeliveryLog.Claimed row) {
        return row.attempts() == 0
                && row.key().createdAt().equals(row.event().receivedAt())
                && !wants(subscription, row.event());
    }

    private void discard(List<DeliveryLog.Claimed> rows) {
        if (!rows.isEmpty()) {
            var now = clock.instant();
            deliveries.settle(
                    rows.stream().map(row -> DeliveryUpdate.discarded(row, now)).toList());
        }
    }

    boolean wants(Subscription subscription, Event event) {
        return event.tenant().equals(subscription.tenant())
                && !event.sentByTest()
                && index.wants(subscription, event, Patience.WAITS).orElseThrow();
    }
}
