package io.waypost.replay;

import io.waypost.delivery.MissedRange;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.event.EventLog;
import io.waypost.event.EventLog.Place;
import io.waypost.platform.Texts;
import io.waypost.replay.ReplayStore.Need;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.TypePattern;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes old events and deliveries in steps along the log, each a small transaction. In the range of a replay buffer or a
 * replay only those events are kept that its subscription may want: those of its tenant and its types.
 */
final class Retention {

    private static final Logger log = LoggerFactory.getLogger(Retention.class);

    /** Small, so that no transaction blocks others for long. */
    private static final int AT_ONCE = 500;

    /**
     * Events that are kept are checked again each time. If a complete check takes longer than this, complete checks take at
     * most one part in {@link #SHARE} of the time.
     */
    private static final Duration LONG = Duration.ofSeconds(1);

    private static final int SHARE = 20;

    /** At most this many types are cached, so that a tenant with a new type for each event does not fill the memory. */
    private static final int MOST_TYPES = 1_000;

    private final EventLog events;
    private final DeliveryLog deliveries;
    private final ReplayStore replays;
    private final LongFunction<Optional<MissedRange>> buffered;
    private final LongFunction<Optional<Subscription>> current;
    private final LongSupplier nanos;

    private long wholeAgainNanos;
    private long sweptTo;

    /**
     * @param buffered the missed range of a subscription
     * @param current a subscription as it is now
     * @param nanos as {@link io.waypost.platform.clock.SteadyClock#nanos()}
     */
    Retention(
            EventLog events,
            DeliveryLog deliveries,
            ReplayStore replays,
            LongFunction<Optional<MissedRange>> buffered,
            LongFunction<Optional<Subscription>> current,
            LongSupplier nanos) {
        this.events = events;
        this.deliveries = deliveries;
        this.replays = replays;
        this.buffered = buffered;
        this.current = current;
        this.nanos = nanos;
        this.wholeAgainNanos = nanos.getAsLong();
    }

    /** How many of each were deleted. */
    record Gone(long events, long deliveries) {}

    /**
     * Deletes events first, then the deliveries whose event is gone.
     *
     * @param goOn asked between two steps; false ends the purge
     */
    synchronized Gone purge(Instant cutoff, BooleanSupplier goOn) {
        var begun = nanos.getAsLong();
        var whole = begun - wholeAgainNanos >= 0;
        var before = events.firstSince(cutoff);
        var needed = new Needed(replays.needs(before));
        var eventsGone = 0L;
        for (var from = whole ? 0 : sweptTo; from < before && goOn.getAsBoolean(); ) {
            var step = events.purge(from, before, AT_ONCE, needed);
            eventsGone += step.gone();
            from = step.next();
            sweptTo = from;
        }
        var deliveriesGone = whole || eventsGone > 0 ? deliveries(cutoff, goOn) : 0;
        if (whole) {
            var took = nanos.getAsLong() - begun;
            wholeAgainNanos = nanos.getAsLong() + (took < LONG.toNanos() ? 0 : (SHARE - 1) * took);
        }
        return new Gone(eventsGone, deliveriesGone);
    }

    private long deliveries(Instant cutoff, BooleanSupplier goOn) {
        var step = deliveries.purge(cutoff, Instant.EPOCH);
        long gone = step.gone();
        for (var next = step.next(); next != null && goOn.getAsBoolean(); next = step.next()) {
            step = deliveries.purge(cutoff, next);
            gone += step.gone();
        }
        return gone;
    }

    /**
     * The last needed sequence number. If the group is just being completed, or cannot be read, everything from the first
     * on is needed.
     */
    private long lastNeeded(Need need) {
        var known = need.last();
        if (known != null) {
            return known;
        }
        try {
            return buffered.apply(need.subscription()).map(MissedRange::last).orElse(Long.MAX_VALUE);
        } catch (RuntimeException e) {
            log.warn(
                    "The buffer of subscription {} cannot be read, all from its beginning on is kept: {}",
                    need.subscription(),
                    Texts.cause(e));
            return Long.MAX_VALUE;
        }
    }

    /** The events that replay buffers and replays need. */
    private final class Needed implements Predicate<Place> {

        /** @param types null if the subscription is not known on this node, so that it may want any */
        private record Wanted(
                long first, long last, @Nullable List<TypePattern> types) {

            boolean mayWant(String type) {
                return types == null || types.stream().anyMatch(pattern -> pattern.matches(type));
            }
        }

        private record Kind(String tenant, String type) {}

        private final Map<String, List<Wanted>> byTenant = new HashMap<>();
        private final Map<Kind, NavigableMap<Long, Long>> byType = new HashMap<>();

        Needed(List<Need> needs) {
            for (var need : needs) {
                var types = current.apply(need.subscription())
                        .map(s -> s.definition().events().stream()
                                .map(TypePattern::of)
                                .toList())
                        .orElse(null);
                byTenant.computeIfAbsent(need.tenant(), _ -> new ArrayList<>())
                        .add(new Wanted(need.first(), lastNeeded(need), types));
            }
            byTenant.values().forEach(all -> all.sort(Comparator.comparingLong(Wanted::first)));
        }

        @Override
        public boolean test(Place place) {
            if (!byTenant.containsKey(place.tenant())) {
                return false;
            }
            if (byType.size() == MOST_TYPES) {
                byType.clear();
            }
            var range = byType.computeIfAbsent(new Kind(place.tenant(), place.type()), this::ranges)
                    .floorEntry(place.seq());
            return range != null && range.getValue() >= place.seq();
        }

        /** The ranges, first → last, in which events of the type are wanted; they do not overlap. */
        private NavigableMap<Long, Long> ranges(Kind kind) {
            var ranges = new TreeMap<Long, Long>();
            for (var wanted : byTenant.getOrDefault(kind.tenant, List.of())) {
                if (wanted.mayWant(kind.type)) {
                    var before = ranges.floorEntry(wanted.first);
                    if (before != null && before.getValue() >= wanted.first) {
                        ranges.put(before.getKey(), Math.max(before.getValue(), wanted.last));
                    } else {
                        ranges.put(wanted.first, wanted.last);
                    }
                }
            }
            return ranges;
        }
    }
}
