package io.waypost.delivery;

import io.waypost.delivery.DeliveryMetrics.Parked;
import io.waypost.delivery.circuit.Circuits;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DueSignal;
import io.waypost.delivery.permit.Permits;
import io.waypost.delivery.permit.Senders;
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
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.AsyncProducer;
import org.apache.camel.CamelContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** All lanes of this node. */
@Component("lanes")
public class Lanes {

    private static final Logger log = LoggerFactory.getLogger(Lanes.class);

    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

    private final SubscriptionIndex index;
    private final Senders senders;
    private final Recorder recorder;
    private final Circuits circuits;
    private final Clock clock;
    private final SteadyClock steady;
    private final CamelContext camel;
    private final AsyncProducer route;
    private final Redeliveries redeliveries;
    private final DeliveryMetrics metrics;
    private final Permits permits;
    private final DueSignal due;
    private final Evaluations evaluations;
    private final Map<Long, Lane> lanes = new ConcurrentHashMap<>();
    private final LongAdder waiting = new LongAdder();
    private final Set<Flight> inAir = ConcurrentHashMap.newKeySet();

    Lanes(
            SubscriptionIndex index,
            Senders senders,
            Recorder recorder,
            Circuits circuits,
            Clock clock,
            CamelContext camel,
            Permits permits,
            DueSignal due,
            Redeliveries redeliveries,
            Evaluations evaluations,
            DeliveryMetrics metrics) {
        this.index = index;
        this.evaluations = evaluations;
        this.senders = senders;
        this.recorder = recorder;
        this.circuits = circuits;
        this.clock = clock;
        this.steady = SteadyClock.of(clock);
        this.camel = camel;
        this.redeliveries = redeliveries;
        this.metrics = metrics;
        this.route = producer(camel);
        this.permits = permits;
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
        return senders.sends(subscription);
    }

    /** Puts it into the lane of its subscription. @return false if there is no place: it gets a row and comes back later */
    public boolean take(Flight flight) {
        var subscription = flight.key().subscription();
        // What the other nodes are to send is due for them at once.
        var heldUntil = sends(subscription) ? circuits.heldUntil(subscription) : clock.instant();
        if (heldUntil != null) {
            park(flight, heldUntil, Parked.HELD);
            return false;
        }
        inAir.add(flight);
        // Within compute, so that the lane is not taken for idle and forgotten in between.
        var lane = lanes.compute(subscription, (no, present) -> {
            var open = present == null ? new Lane(no, waiting, this::deliver) : present;
            limit(open);
            if (open.findMemory(permits, flight)) {
                open.offer(flight);
            }
            return open;
        });
        if (flight.lane() == null) {
            inAir.remove(flight);
            park(
                    flight,
                    steady.date(lane.comeBack(steady.now())),
                    lane.hasMemory(permits) ? Parked.PLACE : Parked.MEMORY);
        }
        return flight.lane() != null;
    }

    /**
     * Makes the delivery on the calling thread, outside of its lane's places: replays have their own, and wait for a permit
     * as long as it takes, because what is put off would lose its turn.
     *
     * @param wanted asked again and again while it waits
     * @return false if it was not wanted any more, or the gateway stops, and no attempt was made: whoever called still answers
     *     for it
     */
    public boolean runHere(Flight flight, BooleanSupplier wanted) throws InterruptedException {
        BooleanSupplier goesOn = () -> ready() && wanted.getAsBoolean();
        while (isHeld(flight)) {
            if (!goesOn.getAsBoolean()) {
                return false;
            }
            Thread.sleep(LOOK_AGAIN);
        }
        var lane = lanes.computeIfAbsent(flight.key().subscription(), no -> new Lane(no, waiting, this::deliver));
        limit(lane);
        while (!lane.hasToken()) {
            if (!goesOn.getAsBoolean()) {
                return false;
            }
            Thread.sleep(Collections.min(List.of(lane.tokenInterval(), LOOK_AGAIN)));
        }
        do {
            if (!goesOn.getAsBoolean()) {
                return false;
            }
        } while (!permits.take(flight.load()));
        inAir.add(flight);
        return fly(flight);
    }

    private boolean isHeld(Flight flight) {
        return !flight.byHand() && circuits.heldUntil(flight.key().subscription()) != null;
    }

    /** What {@link #runHere} made no attempt of: its row is due again. */
    public void giveBack(Flight flight) {
        park(flight, clock.instant());
    }

    /**
     * Ends whatever this node plans for the delivery, because the next attempt will be made otherwise.
     *
     * @return false if an attempt is under way right now; a batch goes on, whoever is taken out of it
     */
    public boolean recall(DeliveryKey key) {
        inAir.forEach(flight -> Optional.ofNullable(flight.run()).ifPresent(run -> run.leaveOut(key)));
        return Stream.concat(inAir.stream(), redeliveries.waiting().stream())
                .filter(flight -> flight.key().equals(key))
                .allMatch(this::recall);
    }

    private boolean recall(Flight flight) {
        if (!flight.recall()) {
            return false;
        }
        giveBackWhatFollows(flight);
        flight.waitsNoMore();
        if (flight.closed() && !flight.hasStarted()) {
            inAir.remove(flight); // Its lane passes over it, so nobody else takes it out.
            abandon(flight);
        }
        return true;
    }

    /** How many more deliveries of the subscription may come now, at most; 0 if none would find a place. */
    int room(long subscription) {
        var lane = lanes.get(subscription);
        return (lane != null && (lane.room() == 0 || !lane.hasMemory(permits)))
                        || !sends(subscription)
                        || isBehind(subscription)
                ? 0
                : circuits.room(subscription);
    }

    /** Whether one more delivery of the subscription could begin right now. */
    public boolean hasPlace(long subscription) {
        var lane = lanes.get(subscription);
        return (lane == null || lane.hasPlace())
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
        return lanes.values().stream()
                .filter(lane -> lane.inFlight() > 0)
                .sorted(Comparator.comparingInt(Lane::inFlight).reversed())
                .limit(most)
                .flatMap(lane ->
                        index.current(lane.subscription()).stream().map(s -> Map.entry(s.id(), lane.inFlight())))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, Integer::sum));
    }

    /** Whether so much waits for a place that more would only wait with it. */
    public boolean crowded() {
        return permits.crowded(waiting.sum());
    }

    /** Returns when there is room for more, when there has been none for a while, or when the gateway stops. */
    void awaitRoom() throws InterruptedException {
        permits.awaitRoom(waiting::sum, this::ready);
    }

    /** Deliveries that are attempted, or wait for a place. */
    public int inFlight() {
        return inAir.size();
    }

    /** Deliveries that make a short wait for their next attempt in memory. */
    public int resting() {
        return redeliveries.waiting().size();
    }

    private void limit(Lane lane) {
        index.current(lane.subscription()).map(senders::share).ifPresent(lane::limit);
    }

    private void deliver(Flight first) {
        for (var flight = first; flight != null; flight = follower(flight)) {
            var taken = permits.takeUnlessInterrupted(flight.load());
            flight.waitsNoMore();
            if (!flight.load().isSmall()) {
                // Others that are large may find memory to wait in now.
                due.wake();
            }
            if (!taken) {
                inAir.remove(flight);
                park(flight, clock.instant().plus(Permits.PATIENCE), Parked.PERMIT);
            } else if (!fly(flight)) {
                park(flight, clock.instant());
            }
        }
    }

    /** What is to be made next in the same place, now that this one is over. */
    private @Nullable Flight follower(Flight flight) {
        var lane = flight.lane();
        var run = flight.run();
        if (run == null || lane == null) {
            return null;
        }
        var goesOn = flight.ended() && ready() && sends(lane.subscription()) && lane.hasToken();
        var next = goesOn ? run.next(inAir::add) : null;
        if (next == null) {
            giveBackWhatFollows(flight);
            return null;
        }
        next.enters(lane);
        if (!flight.awaitWritten()) {
            inAir.remove(next); // Its row brings it back.
            return null;
        }
        return next;
    }

    private void giveBackWhatFollows(Flight flight) {
        var run = flight.run();
        if (run != null) {
            var now = clock.instant();
            for (var claimed : run.giveUp()) {
                recorder.record(Flight.claimed(claimed, run).waiting(now, now).withRow(true));
            }
        }
    }

    /**
     * Makes the delivery with the permit it has.
     *
     * @return false if the gateway stops and no attempt was made
     */
    private boolean fly(Flight flight) {
        flight.start();
        if (!ready()) {
            land(flight);
            return false;
        }
        try {
            var next = flight.next();
            ScopedValue.where(Redeliveries.ATTEMPTED, flight).run(next != null ? next : () -> begin(flight));
        } finally {
            land(flight);
            var rest = flight.restTime();
            if (rest != null) {
                redeliveries.begin(flight, rest, () -> wake(flight));
            } else {
                // Has an effect only after an error of ours, or at shutdown: the row brings it back.
                park(flight, clock.instant().plus(Courier.GRACE));
            }
        }
        return true;
    }

    /** Makes the first attempt here. Returns when that has ended, which is not the end of the exchange if it rests. */
    private void begin(Flight flight) {
        var exchange = route.getEndpoint().createExchange();
        exchange.setProperty(Courier.FLIGHT, flight);
        exchange.getMessage().setBody(flight);
        route.process(exchange, _ -> ended(flight, exchange.getException()));
    }

    private void ended(Flight flight, @Nullable Exception error) {
        if (error != null) {
            Memory.endIfGone(error);
            // What a shutdown cuts off is no error.
            if (ready()) {
                log.error(
                        "Delivery {} ended with an error of ours", flight.key().id(), error);
            }
        }
    }

    /** It has rested; if somebody else has taken its next attempt over meanwhile, only its exchange is left to be ended. */
    private void wake(Flight flight) {
        flight.waitsNoMore();
        flight.wake();
        if (flight.closed()) {
            abandon(flight);
        } else {
            take(flight);
        }
    }

    /** Ends the exchange of what is closed: the route sees that nothing is to be done. */
    private static void abandon(Flight flight) {
        var next = flight.next();
        if (next != null) {
            next.run();
        }
    }

    private void land(Flight flight) {
        inAir.remove(flight);
        var slow = flight.land();
        var lane = flight.lane();
        if (slow && lane != null) {
            lane.oneLessIsSlow();
        }
        permits.giveBack(slow, flight.load());
    }

    /** Every flight, running or waiting in a lane. */
    Set<Flight> inAir() {
        return inAir;
    }

    /** Takes it out of its lane if it still waits there; then it comes back as a row. */
    boolean withdraw(Flight flight) {
        var lane = flight.lane();
        var withdrawn = lane != null && lane.withdraw(flight);
        if (withdrawn) {
            inAir.remove(flight);
            park(flight, clock.instant(), Parked.QUEUE);
        }
        return withdrawn;
    }

    /** Nodes have come or gone: the limits are others now, for what is under way and waits too. */
    void limitAnew() {
        lanes.values().forEach(this::limit);
    }

    void forgetIdle() {
        var now = steady.now();
        var idle = lanes.values().stream().filter(lane -> isIdle(lane, now)).map(Lane::subscription);
        idle.forEach(no -> lanes.computeIfPresent(no, (_, lane) -> isIdle(lane, now) ? null : lane));
    }

    private boolean isIdle(Lane lane, Instant now) {
        return lane.idle(now) && lane.hasMemory(permits);
    }

    private void park(Flight flight, Instant dueAt, Parked why) {
        if (!flight.closed()) {
            metrics.parked(why);
        }
        park(flight, dueAt);
    }

    private void park(Flight flight, Instant dueAt) {
        flight.waitsNoMore();
        flight.close(hadRow -> {
            recorder.record(flight.waiting(dueAt, dueAt).withRow(hadRow));
            giveBackWhatFollows(flight);
        });
        abandon(flight);
    }
}
