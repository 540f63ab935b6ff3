package io.waypost.delivery;

import io.waypost.event.Event;
import io.waypost.subscription.Evaluations.Patience;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** An index of what a test puts into it; each subscription wants every event. */
public final class KnownSubscriptions implements SubscriptionIndex {

    private final Map<Long, Subscription> known = new ConcurrentSkipListMap<>();

    /** Numbers of subscriptions of which it is not certain whether they want an event. */
    public final Set<Long> uncertain = ConcurrentHashMap.newKeySet();

    /** Sequence numbers of events that cannot be matched. */
    public final Set<Long> unmatchable = ConcurrentHashMap.newKeySet();

    public final AtomicInteger refreshed = new AtomicInteger();

    /** The revision up to which it was brought last. */
    public final AtomicLong refreshedTo = new AtomicLong(-1);

    /** Puts them in. */
    public static KnownSubscriptions of(Subscription... these) {
        var index = new KnownSubscriptions();
        for (var subscription : these) {
            index.put(subscription);
        }
        return index;
    }

    @Override
    public List<Subscription> matching(Event event) {
        return candidates(event).stream().map(Candidate::subscription).toList();
    }

    @Override
    public List<Candidate> candidates(Event event) {
        if (unmatchable.contains(event.seq())) {
            throw new IllegalStateException("cannot be matched");
        }
        var candidates = new ArrayList<Candidate>();
        known.forEach((no, subscription) -> candidates.add(new Candidate(subscription, !uncertain.contains(no))));
        return candidates;
    }

    @Override
    public Optional<Boolean> wants(Subscription subscription, Event event, Patience patience) {
        return Optional.of(true);
    }

    @Override
    public Optional<Subscription> current(long no) {
        return Optional.ofNullable(known.get(no));
    }

    @Override
    public List<Subscription> unreadable(int most) {
        return List.of();
    }

    @Override
    public void put(Subscription subscription) {
        known.put(subscription.no(), subscription);
    }

    @Override
    public void remove(long no) {
        known.remove(no);
    }

    @Override
    public void refresh() {
        refreshed.incrementAndGet();
    }

    @Override
    public void refreshTo(long revision) {
        refreshedTo.set(revision);
    }

    @Override
    public void readAgain() {}
}
