package io.waypost.replay;

import io.waypost.event.Event;
import io.waypost.subscription.Evaluations.Patience;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionIndex;
import io.waypost.subscription.TypePattern;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** The subscriptions that a test puts here; what they want goes by the type alone. */
final class MemoryIndex implements SubscriptionIndex {

    private final Map<Long, Subscription> all = new ConcurrentSkipListMap<>();

    final AtomicInteger refreshed = new AtomicInteger();
    final AtomicLong refreshedTo = new AtomicLong();
    final AtomicInteger readAgain = new AtomicInteger();

    /** What is found when it is read anew. */
    volatile Runnable news = () -> {};

    /** Run whenever it is asked what a subscription wants. */
    volatile Runnable whenAsked = () -> {};

    MemoryIndex(Subscription... subscriptions) {
        List.of(subscriptions).forEach(this::put);
    }

    @Override
    public List<Subscription> matching(Event event) {
        return all.values().stream()
                .filter(s -> s.tenant().equals(event.tenant()) && wants(s, event))
                .toList();
    }

    private static boolean wants(Subscription subscription, Event event) {
        return subscription.definition().events().stream()
                .anyMatch(type -> TypePattern.of(type).matches(event.type()));
    }

    @Override
    public Optional<Boolean> wants(Subscription subscription, Event event, Patience patience) {
        whenAsked.run();
        return patience == Patience.WAITS ? Optional.of(wants(subscription, event)) : Optional.empty();
    }

    @Override
    public Optional<Subscription> current(long no) {
        return Optional.ofNullable(all.get(no));
    }

    @Override
    public void put(Subscription subscription) {
        all.put(subscription.no(), subscription);
    }

    @Override
    public void remove(long no) {
        all.remove(no);
    }

    @Override
    public void refresh() {
        refreshed.incrementAndGet();
        news.run();
    }

    @Override
    public void refreshTo(long revision) {
        refreshedTo.set(revision);
    }

    @Override
    public void readAgain() {
        readAgain.incrementAndGet();
    }

    @Override
    public List<Candidate> candidates(Event event) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<Subscription> unreadable(int most) {
        throw new UnsupportedOperationException();
    }
}
