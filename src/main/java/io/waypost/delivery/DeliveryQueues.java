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

/** The queues of all subscriptions on this node, and the way from a place in a queue through the route {@code deliver}. */
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
    private final UnderWay underWay = new UnderWay();

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

    /** Whether the routes run, so that attempts can be made. */
    public boolean ready() {
        return camel.isStarted();
    }

    /** Whether deliveries of the subscription are made on this node; if not, other nodes make them. */
    public boolean sends(long subscription) {
        return shares.sends(subscription);
    }

    /**
     * Puts it into the queue of its subscription.
     *
     * @return false if it has become a row instead, because there is no room now
     */
    public boolean take(InFlightDelivery delivery) {
        var subscription = delivery.key().subscription();
        // What other nodes are to send is due at once, so that they can claim it.
        var heldUntil = sends(subscription) ? circuits.heldUntil(subscription) : clock.instant();
        if (heldUntil != null) {
            park(delivery, heldUntil, Parked.HELD);
            return false;
        }
        underWay.add(delivery);
        // Within compute, so that forgetIdle cannot remove the queue in between.
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
     * Makes the delivery on the calling thread and not in a place of its queue: replays have places of their own. Waits for a
     * permit as long as it takes, because a replay must not lose the order of its deliveries.
     *
     * @param wanted whether to go on waiting; asked every 100 ms
     * @return false if no attempt was made, because it was not wanted any more or the gateway stops; the caller has to put it off
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

    /** Makes the row of a delivery due again that {@link #runHere} made no attempt of. */
    public void giveBack(InFlightDelivery delivery) {
        park(delivery, clock.instant());
    }

    /**
     * Cancels what this node plans for the delivery, because a user asks for an attempt now.
     *
     * @return false if an attempt is under way; a batch goes on without the delivery
     */
    public boolean recall(DeliveryKey key) {
        underWay.all().forEach(delivery -> Optional.ofNullable(delivery.following())
                .ifPresent(following -> following.leaveOut(key)));
        return Stream.concat(underWay.all().stream(), redeliveries.waiting().stream())
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

    /** How many due deliveries of the subscription may be claimed now; 0 if none would find a place. */
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

    /** Whether expressions of its tenant wait to be evaluated already. */
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

    /** Whether so many deliveries wait for a place that more would only wait behind them. */
    public boolean crowded() {
        return limit.crowded();
    }

    /** Returns when there is room for more, when there has been none for a while, or when the gateway stops. */
    void awaitRoom() throws InterruptedException {
        limit.awaitRoom(this::ready);
    }

    /** Deliveries that are attempted, or wait for a place. */
    public int inFlight() {
        return underWay.all().size();
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
            var taken = takePermit(delivery);
            delivery.waitsNoMore();
            if (!delivery.load().isSmall()) {
                // Other large deliveries may find memory to wait in now.
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

    /** As long as it is the processors that are short, it is tried again: a row would cost more of them. */
    private boolean takePermit(InFlightDelivery delivery) {
        var queue = delivery.queue();
        var taken = limit.takeUnlessInterrupted(delivery.load());
        while (!taken
                && queue != null
                && queue.lacksProcessors()
                && ready()
                && !delivery.closed()
                && !Thread.currentThread().isInterrupted()) {
            taken = limit.takeUnlessInterrupted(delivery.load());
        }
        return taken;
    }

    /** The delivery to make next in the same place: the next one of an ordered subscription. */
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
     * Makes one attempt with the permit the delivery has, and gives the permit back.
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
                // Does something only after an error of ours or at shutdown, when the delivery is still open: it
                // becomes a row.
                park(delivery, clock.instant().plus(Courier.GRACE));
            }
        }
        return true;
    }

    /** Starts its exchange. Returns when the first attempt has been made; the exchange ends later if the delivery waits for another. */
    private void begin(InFlightDelivery delivery) {
        var exchange = route.getEndpoint().createExchange();
        exchange.setProperty(RouteSteps.DELIVERY, delivery);
        route.process(exchange, _ -> ended(delivery, exchange.getException()));
    }

    private void ended(InFlightDelivery delivery, @Nullable Exception error) {
        if (error != null) {
            Memory.endIfGone(error);
            // A shutdown interrupts exchanges; that is not an error.
            if (ready()) {
                log.error(
                        "Delivery {} ended with an error of ours",
                        delivery.key().id(),
                        error);
            }
        }
    }

    /** The wait for its next attempt is over. If it has been closed meanwhile, only its exchange has to be ended. */
    private void wake(InFlightDelivery delivery) {
        delivery.waitsNoMore();
        delivery.wake();
        if (delivery.closed()) {
            abandon(delivery);
        } else {
            take(delivery);
        }
    }

    /** Ends the exchange of a closed delivery: the route's first step stops it. */
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

    UnderWay underWay() {
        return underWay;
    }

    /** Takes it out of its queue if it waits there, and makes it a row that is due at once. */
    boolean withdraw(InFlightDelivery delivery) {
        var queue = delivery.queue();
        var withdrawn = queue != null && queue.withdraw(delivery);
        if (withdrawn) {
            underWay.remove(delivery);
            park(delivery, clock.instant(), Parked.QUEUE);
        }
        return withdrawn;
    }

    /** Works out this node's shares again, because nodes have come or gone. */
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
