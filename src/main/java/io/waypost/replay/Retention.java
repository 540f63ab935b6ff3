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
 * Deletes what is old, step by step along the log: each step is a small transaction. Of what lies in the range of a buffer, or
 * of a replay under way, only what its subscription may want is kept: events of its tenant and of its types.
 */
final class Retention {

    private static final Logger log = LoggerFactory.getLogger(Retention.class);

    /** Small, so that no transaction holds others up. */
    private static final int AT_ONCE = 500;

    /** What is kept is looked at again each time; if that takes longer than this, then only in one part of the time. */
    private static final Duration LONG = Duration.ofSeconds(1);

    private static final int SHARE = 20;

    /** Types whose needs are known at once; more would let a tenant with a type for each event take memory. */
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
     * @param buffered what waits in the buffer of a subscription
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

    /** How many of each went. */
    record Gone(long events, long deliveries) {}

    /**
     * Events first, then the deliveries that have none any more.
     *
     * @param goOn asked between two steps
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
        var step = deliveries.purge(cutoff, null, AT_ONCE);
        long gone = step.gone();
        for (var last = step.last(); last != null && goOn.getAsBoolean(); last = step.last()) {
            step = deliveries.purge(cutoff, last, AT_ONCE);
            gone += step.gone();
        }
        return gone;
    }

    /** The last one is not known if the group has just been let out, or cannot be read: then nothing is the last. */
    private long last(Need need) {
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

    /** What buffers and replays need, by tenant. */
    private final class Needed implements Predicate<Place> {

        /** @param types null if the subscription is not known here: it may want any */
        private record Wanted(
                long first, long last, @Nullable List<TypePattern> types) {

            boolean mayBe(String type) {
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
                        .add(new Wanted(need.first(), last(need), types));
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

        /** First → last of what is wanted of a type; they do not overlap. */
        private NavigableMap<Long, Long> ranges(Kind kind) {
            var ranges = new TreeMap<Long, Long>();
            for (var wanted : byTenant.getOrDefault(kind.tenant, List.of())) {
                if (wanted.mayBe(kind.type)) {
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
