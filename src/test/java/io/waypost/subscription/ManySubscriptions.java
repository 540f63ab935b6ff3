package io.waypost.subscription;

import io.waypost.event.Event;
import io.waypost.subscription.MemorySubscriptionIndexTest.ThreeAnswers;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;

/** An index with so many subscriptions that finding the right ones is work. */
public final class ManySubscriptions {

    private final int count;
    private final IntFunction<Event> event;
    private final SubscriptionIndex index;

    private ManySubscriptions(int count, IntFunction<Subscription> subscription, IntFunction<Event> event) {
        this.count = count;
        this.event = event;
        this.index = new MemorySubscriptionIndex(
                new ChangesOnly(List.of()), new NoConnectors(), new Evaluations(new ThreeAnswers(List.of())));
        for (int n = 0; n < count; n++) {
            index.put(subscription.apply(n));
        }
    }

    /** Each wants a type of its own. */
    public static ManySubscriptions byType(int count) {
        return new ManySubscriptions(
                count,
                n -> Examples.subscription(n + 1, n + 1, null, null, "message.type" + n),
                n -> Examples.event("message.type" + n, "{}"));
    }

    /** All want the same type, each from a list of its own. */
    public static ManySubscriptions byList(int count) {
        return new ManySubscriptions(
                count,
                n -> Examples.subscription(
                        n + 1, n + 1, "{\"data\":{\"list\":{\"id\":[%d]}}}".formatted(n), null, "message.opened"),
                n -> Examples.event(
                        "message.opened",
                        "{\"email\":\"reader%1$d@example.org\",\"list\":{\"id\":%1$d,\"name\":\"Weekly\"},\"campaign\":{\"id\":7}}"
                                .formatted(n)));
    }

    /** Microseconds to find the one that wants an event, on average over so many seconds, after as many to warm up. */
    public double microsPerEvent(int seconds) {
        perEvent(seconds);
        return perEvent(seconds);
    }

    private double perEvent(int seconds) {
        var random = new Random(1);
        var begin = System.nanoTime();
        var end = begin + seconds * 1_000_000_000L;
        long events = 0;
        while (System.nanoTime() < end) {
            var n = random.nextInt(count);
            var found = index.matching(event.apply(n));
            if (found.size() != 1 || found.getFirst().no() != n + 1) {
                throw new IllegalStateException("Event %d finds %s".formatted(n, found));
            }
            events++;
        }
        return (System.nanoTime() - begin) / 1e3 / events;
    }
}
