package io.waypost.replay;

import io.waypost.delivery.DeliveryQueues;
import io.waypost.delivery.InFlightDelivery;
import io.waypost.delivery.circuit.CircuitState;
import io.waypost.delivery.circuit.CircuitStates;
import io.waypost.delivery.log.Delivery;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryQuery;
import io.waypost.delivery.log.DueSignal;
import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.platform.Part;
import io.waypost.platform.Refused;
import io.waypost.platform.clock.SteadyClock;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Merges the deliveries that are stored with the buffered ones that are not, which are computed from the log on request.
 */
@Component
class DeliveriesView implements Deliveries {

    private static final int PAGE = 250;

    /** At most this many pages of events are read for one page of deliveries. */
    private static final int MOST_LOOKS = 20;

    /** After this time no further page of events is read for a page of deliveries. */
    private static final Duration LONGEST_LOOK = Duration.ofMillis(50);

    /** The lease of a delivery that is retried by hand: longer than an attempt and its wait for a permit. */
    private static final Duration CLAIM = Duration.ofMinutes(2);

    private final DeliveryLog deliveries;
    private final EventLog events;
    private final SubscriptionIndex index;
    private final ReplayBuffer buffer;
    private final ReplayStore replays;
    private final ReplayPages pages;
    private final DeliveryQueues queues;
    private final CircuitStates circuits;
    private final DueSignal due;
    private final Clock clock;
    private final SteadyClock steady;

    DeliveriesView(
            DeliveryLog deliveries,
            EventLog events,
            SubscriptionIndex index,
            ReplayBuffer buffer,
            ReplayStore replays,
            ReplayPages pages,
            DeliveryQueues queues,
            CircuitStates circuits,
            DueSignal due,
            Clock clock) {
        this.deliveries = deliveries;
        this.events = events;
        this.index = index;
        this.buffer = buffer;
        this.replays = replays;
        this.pages = pages;
        this.queues = queues;
        this.circuits = circuits;
        this.due = due;
        this.clock = clock;
        this.steady = SteadyClock.of(clock);
    }

    /** A range of the log that a subscription has missed and that has not been replayed yet. */
    private record Range(long first, long last) {

        boolean contains(long seq) {
            return first > 0 && first <= seq && seq <= last;
        }
    }

    @Override
    public Part<Delivery, DeliveryKey> list(DeliveryQuery query) {
        var rows = deliveries.list(query);
        if (query.status() != null && query.status() != Status.BUFFERED) {
            return rows;
        }
        if (query.subscription() != null) {
            return index.current(query.subscription())
                    .map(s -> merged(rows, ofSubscription(s, query), query.limit()))
                    .orElse(rows);
        }
        return query.seq() == null ? rows : merged(rows, new Part<>(ofEvent(query.seq(), query), null), query.limit());
    }

    /** Merges two parts, up to where the shorter one ends. */
    private static Part<Delivery, DeliveryKey> merged(
            Part<Delivery, DeliveryKey> some, Part<Delivery, DeliveryKey> others, int limit) {
        var reached = Stream.of(some, others)
                .map(Part::reached)
                .filter(Objects::nonNull)
                .max(Comparator.naturalOrder())
                .orElse(null);
        var all = Stream.concat(some.items().stream(), others.items().stream())
                .filter(delivery -> reached == null || delivery.key().compareTo(reached) >= 0)
                .sorted(Comparator.comparing(Delivery::key).reversed())
                .toList();
        return all.size() < limit
                ? new Part<>(all, reached)
                : new Part<>(all.subList(0, limit), all.get(limit - 1).key());
    }

    private List<Delivery> ofEvent(long seq, DeliveryQuery query) {
        return events.find(seq).stream()
                .flatMap(event -> index.matching(event).stream()
                        .filter(s -> isBuffered(s, event))
                        .map(s -> buffered(s, event)))
                .filter(delivery -> fits(delivery, query))
                .toList();
    }

    private Part<Delivery, DeliveryKey> ofSubscription(Subscription subscription, DeliveryQuery query) {
        var found = new ArrayList<Delivery>();
        var looks = 0;
        var until = steady.now().plus(LONGEST_LOOK);
        for (var range : ranges(subscription).reversed()) {
            Long before = range.last + 1;
            if (query.before() != null) {
                before = Math.min(before, query.before().seq() + 1);
            }
            while (before != null && before > range.first) {
                var part = events.list(new EventLog.Query(
                        subscription.tenant(), null, null, query.since(), query.until(), before, PAGE));
                before = part.reached();
                var page = part.items();
                if (page.isEmpty()) {
                    break;
                }
                var last = page.getLast();
                var had = deliveries.had(
                        subscription.no(), last.seq(), page.getFirst().seq());
                page.stream()
                        .filter(event -> range.contains(event.seq())
                                && !had.containsKey(event.seq())
                                && pages.wants(subscription, event))
                        .map(event -> buffered(subscription, event))
                        .filter(delivery -> fits(delivery, query))
                        .forEach(found::add);
                if (found.size() >= query.limit()
                        || ++looks == MOST_LOOKS
                        || steady.now().isAfter(until)) {
                    return new Part<>(found, new DeliveryKey(last.receivedAt(), last.seq(), subscription.no()));
                }
            }
        }
        return new Part<>(found, null);
    }

    private static boolean fits(Delivery delivery, DeliveryQuery query) {
        return (query.tenant() == null || query.tenant().equals(delivery.tenant()))
                && (query.seq() == null || query.seq() == delivery.key().seq())
                && (query.before() == null || delivery.key().compareTo(query.before()) < 0)
                && (query.since() == null || !delivery.key().createdAt().isBefore(query.since()))
                && (query.until() == null || delivery.key().createdAt().isBefore(query.until()));
    }

    private List<Range> ranges(Subscription subscription) {
        var found = new ArrayList<Range>();
        for (var replay : replays.sending(subscription.no())) {
            found.add(new Range(Math.max(replay.first(), replay.next()), replay.last()));
        }
        buffer.range(subscription.no()).ifPresent(range -> found.add(new Range(range.first(), range.last())));
        return found;
    }

    private boolean isBuffered(Subscription subscription, Event event) {
        return ranges(subscription).stream().anyMatch(range -> range.contains(event.seq()))
                && deliveries.had(subscription.no(), event.seq(), event.seq()).isEmpty();
    }

    private static Delivery buffered(Subscription subscription, Event event) {
        return new Delivery(
                new DeliveryKey(event.receivedAt(), event.seq(), subscription.no()),
                event.id(),
                event.type(),
                subscription.id(),
                event.tenant(),
                Status.BUFFERED,
                0,
                null,
                null,
                false);
    }

    @Override
    public Optional<Delivery.WithAttempts> find(DeliveryKey key) {
        return deliveries.find(key).or(() -> Optional.ofNullable(findBuffered(key))
                .map(delivery -> new Delivery.WithAttempts(delivery, List.of())));
    }

    private @Nullable Delivery findBuffered(DeliveryKey key) {
        var event = events.find(key.seq())
                .filter(e -> e.receivedAt().equals(key.createdAt()))
                .orElse(null);
        var subscription = index.current(key.subscription()).orElse(null);
        return event != null
                        && subscription != null
                        && pages.wants(subscription, event)
                        && isBuffered(subscription, event)
                ? buffered(subscription, event)
                : null;
    }

    @Override
    public void retry(DeliveryKey key) {
        if (find(key).isEmpty()) {
            throw Refused.notFound(key.id());
        }
        if (index.current(key.subscription()).filter(Subscription::active).isEmpty()) {
            throw Refused.conflict("The subscription is not active; activate it first");
        }
        if (!queues.recall(key)) {
            throw Refused.conflict("An attempt of this delivery is under way");
        }
        if (!deliveries.makeDue(key, clock.instant())) {
            throw Refused.conflict("This delivery is about to be replayed");
        }
        if (circuits.of(key.subscription()).kind() != CircuitState.Kind.CLOSED) {
            deliveries
                    .claim(key, clock.instant(), CLAIM)
                    .ifPresent(claimed -> Thread.ofVirtual().name("by-hand").start(() -> send(claimed)));
        }
        due.wake();
    }

    /** A retry by hand is sent even if the circuit of the subscription is open. */
    private void send(DeliveryLog.Claimed claimed) {
        var delivery = InFlightDelivery.byHand(claimed);
        try {
            if (!queues.runHere(delivery, () -> true)) {
                queues.giveBack(delivery);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
