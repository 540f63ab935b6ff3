package io.waypost.delivery;

import io.waypost.delivery.DeliveryMetrics.Parked;
import io.waypost.delivery.circuit.Circuits;
import io.waypost.delivery.limit.ConcurrencyLimit;
import io.waypost.delivery.limit.Shares;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DueSignal;
import io.waypost.platform.Memory;
import io.waypost.platform.clock.SteadyClock;
import io.waypost.subscription.Evaluations;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.AsyncProducer;
import org.apache.camel.CamelContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** All queues of this node. */
@Component("queues")
public class DeliveryQueues {

    private static final Logger log = LoggerFactory.getLogger(DeliveryQueues.class);

    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

    private final SubscriptionIndex index;
    private final Shares shares;
    private final Recorder recorder;
    private final Circuits circuits;
    private final Clock clock;
    private final SteadyClock steady;
    private final CamelContext camel;
    private final AsyncProducer route;
    private final Redeliveries redeliveries;
    private final DeliveryMetrics metrics;
    private final ConcurrencyLimit limit;
    private final DueSignal due;
    private final Evaluations evaluations;
    private final Map<Long, SubscriptionQueue> queues = new ConcurrentHashMap<>();
    private final Set<InFlightDelivery> underWay = ConcurrentHashMap.newKeySet();

    DeliveryQueues(
            SubscriptionIndex index,
            Shares shares,
            Recorder recorder,
            Circuits circuits,
            Clock clock,
            CamelContext camel,
            ConcurrencyLimit limit,
            DueSignal due,
            Redeliveries redeliveries,
            Evaluations evaluations,
            DeliveryMetrics metrics) {
        this.index = index;
        this.evaluations = evaluations;
        this.shares = shares;
        this.recorder = recorder;
        this.circuits = circuits;
        this.clock = clock;
        this.steady = SteadyClock.of(clock);
        this.camel = camel;
        this.redeliveries = redeliveries;
        this.metrics = metrics;
        this.route = producer(camel);
        this.limit = limit;
        this.due = due;
    }

    private static AsyncProducer producer(CamelContext camel) {
        try {
            return camel.getEndpoint("direct:deliver").createAsyncProducer();
        } catch (Exception e) {
            throw new IllegalStateException("The route deliver cannot be called", e);
        }
    }

    /** Whether attempts can be made: not before the routes have started, nor when they are about to stop. */
    public boolean ready() {
        return camel.isStarted();
    }

    /** Whether deliveries of the subscription are made on this node; if not they are due at once for the others. */
    public boolean sends(long subscription) {
        return shares.sends(subscription);
    }

    /** Puts it into the queue of its subscription. @return false if there is no place: it gets a row and comes back later */
    public boolean take(InFlightDelivery delivery) {
        var subscription = delivery.key().subscription();
        // What the other nodes are to send is due for them at once.
        var heldUntil = sends(subscription) ? circuits.heldUntil(subscription) : clock.instant();
        if (heldUntil != null) {
            park(delivery, heldUntil, Parked.HELD);
            return false;
        }
        underWay.add(delivery);
        // Within compute, so that the queue is not taken for idle and forgotten in between.
        var queue = queues.compute(subscription, (no, present) -> {
            var open = present == null ? new SubscriptionQueue(no, limit, steady, this::deliver) : present;
            limit(open);
            if (open.findMemory(delivery)) {
                open.offer(delivery);
            }
            return open;
        });
        if (delivery.queue() == null) {
            underWay.remove(delivery);
            park(delivery, steady.date(queue.comeBack()), queue.hasMemory() ? Parked.PLACE : Parked.MEMORY);
        }
        return delivery.queue() != null;
    }

    /**
     * Makes the delivery on the calling thread, outside of its queue's places: replays have their own, and wait for a permit
     * as long as it takes, because what is put off would lose its turn.
     *
     * @param wanted asked again and again while it waits
     * @return false if it was not wanted any more, or the gateway stops, and no attempt was made: whoever called still answers
     *     for it
     */
    public boolean runHere(InFlightDelivery delivery, BooleanSupplier wanted) throws InterruptedException {
        BooleanSupplier goesOn = () -> ready() && wanted.getAsBoolean();
        while (isHeld(delivery)) {
            if (!goesOn.getAsBoolean()) {
                return false;
            }
            Thread.sleep(LOOK_AGAIN);
        }
        var queue = queues.computeIfAbsent(
                delivery.key().subscription(), no -> new SubscriptionQueue(no, limit, steady, this::deliver));
        limit(queue);
        while (!queue.hasToken()) {
            if (!goesOn.getAsBoolean()) {
                return false;
            }
            Thread.sleep(Collections.min(List.of(queue.tokenInterval(), LOOK_AGAIN)));
        }
        do {
            if (!goesOn.getAsBoolean()) {
                return false;
            }
        } while (!limit.take(delivery.load()));
        underWay.add(delivery);
        return attempt(delivery);
    }

    private boolean isHeld(InFlightDelivery delivery) {
        return !delivery.byHand() && circuits.heldUntil(delivery.key().subscription()) != null;
    }

    /** What {@link #runHere} made no attempt of: its row is due again. */
    public void giveBack(InFlightDelivery delivery) {
        park(delivery, clock.instant());
    }

    /**
     * Ends whatever this node plans for the delivery, because the next attempt will be made otherwise.
     *
     * @return false if an attempt is under way right now; a batch goes on, whoever is taken out of it
     */
    public boolean recall(DeliveryKey key) {
        underWay.forEach(
                delivery -> Optional.ofNullable(delivery.following()).ifPresent(following -> following.leaveOut(key)));
        return Stream.concat(underWay.stream(), redeliveries.waiting().stream())
                .filter(delivery -> delivery.key().equals(key))
                .allMatch(this::recall);
    }

    private boolean recall(InFlightDelivery delivery) {
        if (!delivery.recall()) {
            return false;
        }
        giveBackWhatFollows(delivery);
        delivery.waitsNoMore();
        if (delivery.closed() && !delivery.hasStarted()) {
            underWay.remove(delivery); // Its queue passes over it, so nobody else takes it out.
            abandon(delivery);
        }
        return true;
    }

    /** How many more deliveries of the subscription may come now, at most; 0 if none would find a place. */
    int room(long subscription) {
        var queue = queues.get(subscription);
        return (queue != null && (queue.room() == 0 || !queue.hasMemory()))
                        || !sends(subscription)
                        || isBehind(subscription)
                ? 0
                : circuits.room(subscription);
    }

    /** Whether one more delivery of the subscription could begin right now. */
    public boolean hasPlace(long subscription) {
        var queue = queues.get(subscription);
        return (queue == null || queue.hasPlace())
                && sends(subscription)
                && !isBehind(subscription)
                && circuits.room(subscription) > 0;
    }

    /** Whether what its tenant has us compute waits already. */
    private boolean isBehind(long subscription) {
        return index.current(subscription)
                .filter(known -> evaluations.isBehind(known.tenant()))
                .isPresent();
    }

    /** Subscriptions with the most attempts under way, at most {@code most}: id → attempts. */
    public Map<String, Integer> busiest(int most) {
        return queues.values().stream()
                .filter(queue -> queue.inFlight() > 0)
                .sorted(Comparator.comparingInt(SubscriptionQueue::inFlight).reversed())
                .limit(most)
                .flatMap(queue ->
                        index.current(queue.subscription()).stream().map(s -> Map.entry(s.id(), queue.inFlight())))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, Integer::sum));
    }

    /** Whether so much waits for a place that more would only wait with it. */
    public boolean crowded() {
        return limit.crowded();
    }

    /** Returns when there is room for more, when there has been none for a while, or when the gateway stops. */
    void awaitRoom() throws InterruptedException {
        limit.awaitRoom(this::ready);
    }

    /** Deliveries that are attempted, or wait for a place. */
    public int inFlight() {
        return underWay.size();
    }

    /** Deliveries that make a short wait for their next attempt in memory. */
    public int resting() {
        return redeliveries.waiting().size();
    }

    private void limit(SubscriptionQueue queue) {
        index.current(queue.subscription()).map(shares::of).ifPresent(queue::limit);
    }

    private void deliver(InFlightDelivery first) {
        for (var delivery = first; delivery != null; delivery = follower(delivery)) {
            var taken = limit.takeUnlessInterrupted(delivery.load());
            delivery.waitsNoMore();
            if (!delivery.load().isSmall()) {
                // Others that are large may find memory to wait in now.
                due.wake();
            }
            if (!taken) {
                underWay.remove(delivery);
                park(delivery, clock.instant().plus(ConcurrencyLimit.PATIENCE), Parked.PERMIT);
            } else if (!attempt(delivery)) {
                park(delivery, clock.instant());
            }
        }
    }

    /** What is to be made next in the same place, now that this one is over. */
    private @Nullable InFlightDelivery follower(InFlightDelivery delivery) {
        var queue = delivery.queue();
        var following = delivery.following();
        if (following == null || queue == null) {
            return null;
        }
        var goesOn = delivery.ended() && ready() && sends(queue.subscription()) && queue.hasToken();
        var next = goesOn ? following.next(steady.now(), underWay::add) : null;
        if (next == null) {
            giveBackWhatFollows(delivery);
            return null;
        }
        next.enters(queue, steady.now());
        if (!delivery.awaitWritten()) {
            underWay.remove(next); // Its row brings it back.
            return null;
        }
        return next;
    }

    private void giveBackWhatFollows(InFlightDelivery delivery) {
        var following = delivery.following();
        if (following != null) {
            var now = clock.instant();
            for (var claimed : following.giveUp()) {
                recorder.record(InFlightDelivery.claimed(claimed, following)
                        .waiting(now, now)
                        .withRow(true));
            }
        }
    }

    /**
     * Makes the delivery with the permit it has.
     *
     * @return false if the gateway stops and no attempt was made
     */
    private boolean attempt(InFlightDelivery delivery) {
        delivery.start(steady.now());
        if (!ready()) {
            givePermitBack(delivery);
            return false;
        }
        try {
            var next = delivery.next();
            ScopedValue.where(Redeliveries.ATTEMPTED, delivery).run(next != null ? next : () -> begin(delivery));
        } finally {
            givePermitBack(delivery);
            var rest = delivery.restTime();
            if (rest != null) {
                redeliveries.begin(delivery, rest, () -> wake(delivery));
            } else {
                // Has an effect only after an error of ours, or at shutdown: the row brings it back.
                park(delivery, clock.instant().plus(Courier.GRACE));
            }
        }
        return true;
    }

    /** Makes the first attempt here. Returns when that has ended, which is not the end of the exchange if it rests. */
    private void begin(InFlightDelivery delivery) {
        var exchange = route.getEndpoint().createExchange();
        exchange.setProperty(RouteSteps.DELIVERY, delivery);
        route.process(exchange, _ -> ended(delivery, exchange.getException()));
    }

    private void ended(InFlightDelivery delivery, @Nullable Exception error) {
        if (error != null) {
            Memory.endIfGone(error);
            // What a shutdown cuts off is no error.
            if (ready()) {
                log.error(
                        "Delivery {} ended with an error of ours",
                        delivery.key().id(),
                        error);
            }
        }
    }

    /** It has rested; if somebody else has taken its next attempt over meanwhile, only its exchange is left to be ended. */
    private void wake(InFlightDelivery delivery) {
        delivery.waitsNoMore();
        delivery.wake();
        if (delivery.closed()) {
            abandon(delivery);
        } else {
            take(delivery);
        }
    }

    /** Ends the exchange of what is closed: the route sees that nothing is to be done. */
    private static void abandon(InFlightDelivery delivery) {
        var next = delivery.next();
        if (next != null) {
            next.run();
        }
    }

    private void givePermitBack(InFlightDelivery delivery) {
        underWay.remove(delivery);
        var slow = delivery.givePermitBack();
        var queue = delivery.queue();
        if (slow && queue != null) {
            queue.oneLessIsSlow();
        }
        limit.giveBack(slow, delivery.load());
    }

    /** Every delivery, running or waiting in a queue. */
    Set<InFlightDelivery> underWay() {
        return underWay;
    }

    /** Takes it out of its queue if it still waits there; then it comes back as a row. */
    boolean withdraw(InFlightDelivery delivery) {
        var queue = delivery.queue();
        var withdrawn = queue != null && queue.withdraw(delivery);
        if (withdrawn) {
            underWay.remove(delivery);
            park(delivery, clock.instant(), Parked.QUEUE);
        }
        return withdrawn;
    }

    /** Nodes have come or gone: the limits are others now, for what is under way and waits too. */
    void limitAnew() {
        queues.values().forEach(this::limit);
    }

    void forgetIdle() {
        var idle = queues.values().stream().filter(SubscriptionQueue::idle).map(SubscriptionQueue::subscription);
        idle.forEach(no -> queues.computeIfPresent(no, (_, queue) -> queue.idle() ? null : queue));
    }

    private void park(InFlightDelivery delivery, Instant dueAt, Parked why) {
        if (!delivery.closed()) {
            metrics.parked(why);
        }
        park(delivery, dueAt);
    }

    private void park(InFlightDelivery delivery, Instant dueAt) {
        delivery.waitsNoMore();
        delivery.close(hadRow -> {
            recorder.record(delivery.waiting(dueAt, dueAt).withRow(hadRow));
            giveBackWhatFollows(delivery);
        });
        abandon(delivery);
    }
}
