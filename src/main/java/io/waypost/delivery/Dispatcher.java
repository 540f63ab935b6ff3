package io.waypost.delivery;

import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.Settlement;
import io.waypost.event.Event;
import io.waypost.event.Stretch;
import io.waypost.platform.WaypostProperties;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.Body;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** From the log to the lanes: the steps of the {@code dispatch} route. */
@Component("dispatcher")
public class Dispatcher {

    private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);

    private final SubscriptionIndex index;
    private final DeliveryLog deliveries;
    private final Lanes lanes;
    private final Batches batches;
    private final Recorder recorder;
    private final Clock clock;
    private final boolean shared;

    Dispatcher(
            SubscriptionIndex index,
            DeliveryLog deliveries,
            Lanes lanes,
            Batches batches,
            Recorder recorder,
            Clock clock,
            WaypostProperties properties) {
        this.index = index;
        this.deliveries = deliveries;
        this.lanes = lanes;
        this.batches = batches;
        this.recorder = recorder;
        this.clock = clock;
        this.shared = properties.db().shared();
    }

    /** One event that one subscription wants. */
    private record Wish(Event event, Subscription subscription) {}

    /**
     * Who gets what of a stretch.
     *
     * @param spans for the replay buffers of those that are not active
     */
    public record Fanout(Stretch.Key stretch, List<Wish> wishes, List<Span> spans) {}

    /**
     * Finds the subscriptions that want the events of the stretch.
     */
    public Fanout match(@Body Stretch stretch) {
        if (shared) {
            // A subscription that another node has just made wants these events too.
            index.refresh();
        }
        var done =
                stretch.takenOver() ? deliveries.fannedOut(stretch.first(), stretch.last()) : Map.<Long, Set<Long>>of();
        var wishes = new ArrayList<Wish>();
        var missed = new TreeMap<Long, Missed>();
        for (var event : stretch.events()) {
            if (event.sentByTest()) {
                continue;
            }
            var had = done.getOrDefault(event.seq(), Set.of());
            for (var subscription : matching(event)) {
                if (had.contains(subscription.no())) {
                    continue;
                }
                if (subscription.active()) {
                    wishes.add(new Wish(event, subscription));
                } else {
                    missed.computeIfAbsent(subscription.no(), _ -> new Missed()).add(event, subscription);
                }
            }
        }
        var spans = new ArrayList<Span>();
        missed.forEach((no, m) -> spans.add(Span.of(no, stretch.first(), m.inWindow, m.dropped)));
        return new Fanout(stretch.key(), wishes, spans);
    }

    /** One event that cannot be matched must not hold up the stretch. */
    private List<Subscription> matching(Event event) {
        try {
            return index.matching(event);
        } catch (RuntimeException e) {
            log.error("Event {} cannot be matched and goes to nobody; it can be replayed", event.id(), e);
            return List.of();
        }
    }

    /**
     * Hands each delivery to the lane of its subscription. Those of ordered subscriptions become rows, drained in order;
     * those that leave in runs too, and those of subscriptions with batches, gathered until they go together.
     * While this node has enough to do it waits: what is not handed over yet waits in the log, which costs nothing.
     */
    public void fanOut(@Body Fanout fanout) throws InterruptedException {
        // First of all: if it fails, nothing else must have been handed over.
        gather(fanout.wishes);
        var open = new AtomicInteger(fanout.wishes.size() + 1);
        var hasOrdered =
                fanout.wishes.stream().anyMatch(w -> w.subscription.definition().ordered());
        Runnable accounted = () -> {
            if (open.decrementAndGet() == 0) {
                recorder.finished(fanout.stretch, hasOrdered);
            }
        };
        for (var wish : fanout.wishes) {
            var inRuns = wish.subscription.definition().retry().inRuns();
            if (wish.subscription.definition().batch() != null) {
                accounted.run();
            } else if (inRuns || wish.subscription.definition().ordered()) {
                var key = new DeliveryKey(wish.event.receivedAt(), wish.event.seq(), wish.subscription.no());
                var pending = Settlement.pending(key, wish.event.tenant(), false, clock.instant());
                recorder.record(inRuns ? pending.held() : pending);
                accounted.run();
            } else {
                lanes.awaitRoom();
                lanes.take(Flight.fresh(wish.event, wish.subscription.no(), accounted));
            }
        }
        accounted.run();
    }

    private void gather(List<Wish> wishes) {
        var members = new ArrayList<Batches.Member>(0);
        for (var wish : wishes) {
            if (wish.subscription.definition().batch() != null) {
                members.add(new Batches.Member(wish.event, wish.subscription));
            }
        }
        if (!members.isEmpty()) {
            batches.gather(members);
        }
    }

    /** What a subscription that is not active gets of a stretch. */
    private static final class Missed {

        private final List<Long> inWindow = new ArrayList<>();
        private long dropped;

        void add(Event event, Subscription subscription) {
            var since = subscription.state().since();
            var window = subscription.definition().replayBuffer().window();
            if (since == null || event.receivedAt().isBefore(since.plus(window))) {
                inWindow.add(event.seq());
            } else {
                dropped++;
            }
        }
    }
}
