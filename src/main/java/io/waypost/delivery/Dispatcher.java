package io.waypost.delivery;

import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.event.Event;
import io.waypost.event.LogSegment;
import io.waypost.event.log.OpenSegments;
import io.waypost.platform.WaypostProperties;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionIndex;
import io.waypost.subscription.SubscriptionIndex.Candidate;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Matches log segments and makes deliveries of them: what the steps of the route {@code dispatch} do. */
@Component
public class Dispatcher {

    private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);

    /** Deliveries made of one segment at most; more of them would only wait in memory. */
    private static final int MOST = 10_000;

    private final OpenSegments open;
    private final SubscriptionIndex index;
    private final DeliveryLog deliveries;
    private final DeliveryQueues queues;
    private final Batches batches;
    private final Recorder recorder;
    private final Clock clock;
    private final boolean shared;

    Dispatcher(
            OpenSegments open,
            SubscriptionIndex index,
            DeliveryLog deliveries,
            DeliveryQueues queues,
            Batches batches,
            Recorder recorder,
            Clock clock,
            WaypostProperties properties) {
        this.open = open;
        this.index = index;
        this.deliveries = deliveries;
        this.queues = queues;
        this.batches = batches;
        this.recorder = recorder;
        this.clock = clock;
        this.shared = properties.db().shared();
    }

    /** An event and the active subscriptions that want it, or may. */
    private record Wanted(Event event, List<Candidate> by) {}

    /**
     * The deliveries and the missed ranges of a segment.
     *
     * @param count the number of deliveries
     * @param ranges one for each subscription that is not active; each is made when it is asked for
     */
    public record Fanout(LogSegment.Key segment, List<Wanted> wanted, int count, Iterable<MissedRange> ranges) {}

    /**
     * Finds the subscriptions that want the events of the segment. A segment that would make very many deliveries is cut: the
     * events that have not been matched go back to the log as a segment of their own. So a node holds a bounded number of
     * deliveries at once, or those of a single event if they are more.
     *
     * @throws IllegalStateException if the segment has to be cut, but another node has taken it over
     */
    public Fanout match(LogSegment segment) {
        if (shared) {
            // A subscription that another node made before these events came gets them, too.
            index.refreshTo(segment.subscriptions());
        }
        var done =
                segment.takenOver() ? deliveries.fannedOut(segment.first(), segment.last()) : Map.<Long, Set<Long>>of();
        var wanted = new ArrayList<Wanted>();
        var count = 0;
        var missed = new TreeMap<Long, Missed>();
        var last = 0L;
        for (var event : segment.events()) {
            if (count >= MOST) {
                open.cut(segment, last);
                break;
            }
            var by = event.sentByTest()
                    ? List.<Candidate>of()
                    : by(event, done.getOrDefault(event.seq(), Set.of()), missed);
            if (!by.isEmpty()) {
                wanted.add(new Wanted(event, by));
                count += by.size();
            }
            last = event.seq();
        }
        return new Fanout(segment.key(), wanted, count, ranges(segment.first(), missed));
    }

    private List<Candidate> by(Event event, Set<Long> had, Map<Long, Missed> missed) {
        var active = new ArrayList<Candidate>();
        for (var candidate : candidates(event)) {
            var subscription = candidate.subscription();
            if (had.contains(subscription.no())) {
                continue;
            }
            if (subscription.active()) {
                active.add(candidate);
            } else {
                // Also if it only may want the event: the replay matches again.
                missed.computeIfAbsent(subscription.no(), _ -> new Missed()).add(event, subscription);
            }
        }
        return active;
    }

    private static Iterable<MissedRange> ranges(long segment, Map<Long, Missed> missed) {
        return () -> missed.entrySet().stream()
                .map(entry -> entry.getValue().range(entry.getKey(), segment))
                .iterator();
    }

    /** An event that cannot be matched must not hold up the segment. */
    private List<Candidate> candidates(Event event) {
        try {
            return index.candidates(event);
        } catch (RuntimeException e) {
            log.error("Event {} cannot be matched and goes to nobody; it can be replayed", event.id(), e);
            return List.of();
        }
    }

    /**
     * Hands each delivery to the queue of its subscription. Deliveries of ordered subscriptions and of those with dispatch runs
     * become rows, and so do those of subscriptions with batches, which are gathered until they go together. While many
     * deliveries wait for a place it waits: what has not been handed over stays in the log, which costs nothing.
     */
    public void fanOut(Fanout fanout) throws InterruptedException {
        // First, because if it fails nothing else may have been handed over.
        gather(fanout.wanted);
        var left = new AtomicInteger(fanout.count + 1);
        var hasOrdered = fanout.wanted.stream()
                .flatMap(wanted -> wanted.by.stream())
                .anyMatch(candidate -> candidate.subscription().definition().ordered());
        Runnable accounted = () -> {
            if (left.decrementAndGet() == 0) {
                recorder.finished(fanout.segment, hasOrdered);
            }
        };
        for (var wanted : fanout.wanted) {
            for (var candidate : wanted.by) {
                handOver(wanted.event, candidate, accounted);
            }
        }
        accounted.run();
    }

    private void handOver(Event event, Candidate candidate, Runnable accounted) throws InterruptedException {
        var subscription = candidate.subscription();
        var definition = subscription.definition();
        var inRuns = definition.retry().inRuns();
        if (definition.batch() != null) {
            accounted.run();
        } else if (inRuns || definition.ordered()) {
            var key = new DeliveryKey(event.receivedAt(), event.seq(), subscription.no());
            var pending = DeliveryUpdate.pending(key, event.tenant(), false, clock.instant());
            recorder.record(inRuns ? pending.held() : pending);
            accounted.run();
        } else {
            queues.awaitRoom();
            queues.take(InFlightDelivery.fresh(event, subscription.no(), candidate.certain(), accounted));
        }
    }

    private void gather(List<Wanted> all) {
        var members = new ArrayList<Batches.Member>(0);
        for (var wanted : all) {
            for (var candidate : wanted.by) {
                if (candidate.subscription().definition().batch() != null) {
                    members.add(new Batches.Member(wanted.event, candidate.subscription()));
                }
            }
        }
        if (!members.isEmpty()) {
            batches.gather(members);
        }
    }

    /** What an inactive subscription misses of a segment; of constant size. */
    private static final class Missed {

        private long first;
        private long last;
        private long count;
        private long dropped;

        void add(Event event, Subscription subscription) {
            var since = subscription.state().since();
            var window = subscription.definition().replayBuffer().window();
            if (since != null && !event.receivedAt().isBefore(since.plus(window))) {
                dropped++;
                return;
            }
            first = count == 0 ? event.seq() : first;
            last = event.seq();
            count++;
        }

        MissedRange range(long subscription, long segment) {
            return MissedRange.of(subscription, segment, first, last, count, dropped);
        }
    }
}
