package io.waypost.replay;

import io.waypost.delivery.DueSignal;
import io.waypost.delivery.Flight;
import io.waypost.delivery.Lanes;
import io.waypost.delivery.Recorder;
import io.waypost.delivery.Span;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.Settlement;
import io.waypost.replay.ReplayPages.Item;
import io.waypost.replay.ReplayStore.Mode;
import io.waypost.replay.ReplayStore.Replay;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.apache.camel.Body;
import org.apache.camel.ProducerTemplate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Sends what was buffered, page by page, and writes down how far it has come; a replay that a crash cut off is taken up
 * again when its claim ends.
 */
@Component("replayer")
public class Replayer {

    private static final Logger log = LoggerFactory.getLogger(Replayer.class);

    /** Longer than one page may take at one a minute is not needed: the claim is renewed between deliveries. */
    private static final Duration LEASE = Duration.ofMinutes(2);

    private final ReplayStore replays;
    private final ReplayPages pages;
    private final SubscriptionIndex index;
    private final Lanes lanes;
    private final Recorder recorder;
    private final DueSignal due;
    private final ProducerTemplate producer;
    private final Clock clock;

    Replayer(
            ReplayStore replays,
            ReplayPages pages,
            SubscriptionIndex index,
            Lanes lanes,
            Recorder recorder,
            DueSignal due,
            ProducerTemplate producer,
            Clock clock) {
        this.replays = replays;
        this.pages = pages;
        this.index = index;
        this.lanes = lanes;
        this.recorder = recorder;
        this.due = due;
        this.producer = producer;
        this.clock = clock;
    }

    /** A completed group of the buffer arrives. */
    public void begin(@Body Span span) {
        replays.begin(span, clock.instant());
    }

    @Scheduled(fixedDelayString = "${waypost.replay.poll:250ms}")
    void takeUp() {
        if (!lanes.ready()) {
            return;
        }
        for (var replay : replays.claim(clock.instant(), LEASE)) {
            Thread.ofVirtual().name("replay-" + replay.id()).start(() -> run(replay));
        }
    }

    private void run(Replay replay) {
        try {
            send(replay);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.warn("Replay {} stopped and will be taken up again: {}", replay.id(), e.toString());
        }
    }

    private void send(Replay replay) throws InterruptedException {
        var next = replay.next();
        var remaining = replay.remaining();
        while (true) {
            if (!lanes.ready()) {
                // Whoever takes it up goes on from here.
                replays.progress(replay, next, remaining, clock.instant());
                return;
            }
            var subscription = index.current(replay.subscription()).orElse(null);
            if (subscription == null) {
                replays.delete(replay);
                return;
            }
            if (replay.mode() == Mode.REPLAY && !subscription.active()) {
                putBack(replay, next, remaining);
                return;
            }
            var page = pages.read(replay, next, subscription);
            if (page.end()) {
                replays.delete(replay);
                due.wake();
                return;
            }
            var sent = process(replay, subscription, page.items());
            var whole = sent == page.items().size();
            next = whole ? page.next() : page.items().get(sent).event().seq();
            remaining = Math.max(0, remaining - sent);
            if (!replays.progress(replay, next, remaining, clock.instant().plus(LEASE))) {
                return;
            }
        }
    }

    /** @return how many of the items were dealt with, in order; fewer than all if the subscription or the gateway ends */
    private int process(Replay replay, Subscription subscription, List<Item> items) throws InterruptedException {
        if (replay.mode() == Mode.REPLAY && !subscription.definition().ordered()) {
            return deliver(replay, subscription, items);
        }
        var now = clock.instant();
        var written = new ArrayList<CompletableFuture<Void>>();
        for (var item : items) {
            var status = replay.mode() == Mode.DISCARD ? Status.DISCARDED : Status.PENDING;
            written.add(recorder.recordAndTell(
                    Settlement.outOfBuffer(key(item, subscription), item.event(), item.row(), status, now)));
        }
        written.forEach(CompletableFuture::join);
        return items.size();
    }

    private int deliver(Replay replay, Subscription subscription, List<Item> items) throws InterruptedException {
        var places = new Semaphore(subscription.definition().replayBuffer().concurrency());
        var all = subscription.definition().replayBuffer().concurrency();
        var flights = new ArrayList<Flight>();
        var renewAt = clock.instant().plus(LEASE.dividedBy(3));
        for (var item : items) {
            places.acquire();
            if (!lanes.ready()
                    || index.current(subscription.no())
                            .filter(Subscription::active)
                            .isEmpty()) {
                places.release();
                break;
            }
            if (!clock.instant().isBefore(renewAt)) {
                renewAt = clock.instant().plus(LEASE.dividedBy(3));
                replays.progress(
                        replay,
                        item.event().seq(),
                        replay.remaining(),
                        clock.instant().plus(LEASE));
            }
            var flight =
                    item.row() == null ? Flight.replayed(item.event(), subscription.no()) : Flight.replayed(item.row());
            flights.add(flight);
            Thread.ofVirtual().name("replay-delivery").start(() -> fly(flight, places));
        }
        places.acquire(all);
        flights.forEach(Flight::awaitWritten);
        return flights.size();
    }

    private void fly(Flight flight, Semaphore places) {
        try {
            lanes.runHere(flight);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            places.release();
        }
    }

    private static DeliveryKey key(Item item, Subscription subscription) {
        var row = item.row();
        return row != null
                ? row.key()
                : new DeliveryKey(item.event().receivedAt(), item.event().seq(), subscription.no());
    }

    /** The subscription has been switched off again: what was not sent goes back into its buffer. */
    private void putBack(Replay replay, long next, long remaining) {
        if (replay.last() >= next) {
            var rest = new Span(
                    replay.subscription(), Math.max(next, replay.first()), replay.last(), remaining, 0, List.of());
            producer.sendBody("direct:replay-buffer", rest);
        }
        replays.delete(replay);
    }
}
