package io.waypost.replay;

import io.waypost.delivery.DeliveryQueues;
import io.waypost.delivery.InFlightDelivery;
import io.waypost.delivery.MissedRange;
import io.waypost.delivery.Recorder;
import io.waypost.delivery.limit.Shares;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.delivery.log.DeliveryUpdate.Claim;
import io.waypost.delivery.log.DeliveryUpdate.Progress;
import io.waypost.delivery.log.DueSignal;
import io.waypost.platform.Memory;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.clock.SteadyClock;
import io.waypost.platform.due.DueWatch;
import io.waypost.replay.ReplayPages.Item;
import io.waypost.replay.ReplayStore.Mode;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.apache.camel.ProducerTemplate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Sends the buffered events of a replay, page by page, and saves its progress. A replay that was interrupted by a crash is
 * resumed when its lease ends.
 */
@Component("replayer")
public class Replayer implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Replayer.class);

    /** Deliveries for a batch become due this much later, so that the whole page has been written by then. */
    private static final Duration TOGETHER = Duration.ofSeconds(1);

    /** A longer attempt is repeated by the node that claims the replay when its lease ends. */
    private static final Duration LONGEST_STOP = Duration.ofSeconds(3);

    /** At most this many replays at once on this node, because each holds a page of up to 4 MiB in memory. */
    private static final int MOST = (int) Math.max(4, Memory.share(1024L * 1024 * 1024, 8) / (4 * 1024 * 1024));

    private final ReplayStore replays;
    private final ReplayPages pages;
    private final SubscriptionIndex index;
    private final DeliveryQueues queues;
    private final Shares shares;
    private final Recorder recorder;
    private final DueSignal due;
    private final DueWatch watch;
    private final ProducerTemplate producer;
    private final Clock clock;
    private final SteadyClock steady;
    private final Duration lease;
    private final Map<Long, ReplayProgress> running = new ConcurrentHashMap<>();
    private volatile boolean started;

    Replayer(
            ReplayStore replays,
            ReplayPages pages,
            SubscriptionIndex index,
            DeliveryQueues queues,
            Shares shares,
            Recorder recorder,
            DueSignal due,
            DueWatch watch,
            ProducerTemplate producer,
            Clock clock,
            WaypostProperties properties) {
        this.replays = replays;
        this.pages = pages;
        this.index = index;
        this.queues = queues;
        this.shares = shares;
        this.recorder = recorder;
        this.due = due;
        this.watch = watch;
        this.producer = producer;
        this.clock = clock;
        this.steady = SteadyClock.of(clock);
        this.lease = properties.log().lease();
    }

    /** Called by the {@code replay} route when a buffer has become a replay, to start it at once. */
    public void begin() {
        if (started && queues.ready()) {
            claim();
        }
    }

    /** Renews the claims of the replays in progress, and starts those that no node holds. */
    @Scheduled(fixedDelayString = "${waypost.replay.poll:250ms}")
    void takeUp() {
        if (!started || !queues.ready()) {
            return;
        }
        running.values().forEach(progress -> progress.keep(steady, lease));
        if (!watch.last().replays().isAfter(clock.instant())) {
            claim();
        }
    }

    private void claim() {
        for (var replay : replays.claim(clock.instant(), lease, this::isWanted)) {
            var progress = new ReplayProgress(replay, replays);
            if (running.putIfAbsent(replay.id(), progress) == null) {
                Thread.ofVirtual().name("replay-" + replay.id()).start(() -> run(progress));
            }
        }
    }

    /**
     * A replay that this node is still sending, but that has been changed to a discard meanwhile, is claimed only after the
     * sending has ended.
     */
    private boolean isWanted(ReplayStore.Replay replay) {
        return running.size() < MOST && !running.containsKey(replay.id()) && isOurs(replay);
    }

    /** Only the nodes that send to a subscription replay its buffer. */
    private boolean isOurs(ReplayStore.Replay replay) {
        return replay.mode() == Mode.DISCARD || shares.sends(replay.subscription());
    }

    private void run(ReplayProgress progress) {
        try {
            send(progress);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            Memory.endIfGone(e);
            log.warn(
                    "Replay {} stopped and will be taken up again",
                    progress.replay().id(),
                    e);
        } finally {
            running.remove(progress.replay().id());
            progress.ended();
        }
    }

    private void send(ReplayProgress progress) throws InterruptedException {
        var replay = progress.replay();
        while (goesOn(progress)) {
            var subscription = current(replay);
            if (subscription == null) {
                replays.delete(replay);
                return;
            }
            if (replay.mode() == Mode.REPLAY && !subscription.active()) {
                putBack(progress);
                return;
            }
            var page = pages.read(replay, progress.next(), subscription);
            if (page.end()) {
                replays.delete(replay);
                due.wake();
                return;
            }
            var sent = process(progress, subscription, page.items());
            var whole = sent == page.items().size();
            var next = whole ? page.next() : page.items().get(sent).event().seq();
            progress.advance(next, page.missedBelow(next));
            progress.save(clock.instant().plus(lease));
        }
        // This node stops or no longer sends: the claim ends now, so that another node can resume from here at once.
        progress.save(clock.instant());
    }

    /** The subscription as it is now: another node may have activated it a moment ago. */
    private @Nullable Subscription current(ReplayStore.Replay replay) {
        if (index.current(replay.subscription()).filter(Subscription::active).isEmpty()) {
            index.refresh();
        }
        return index.current(replay.subscription()).orElse(null);
    }

    /**
     * Whether its state is unchanged. If it was switched off and on again, the new activation may have decided to discard.
     */
    private boolean isUnchanged(Subscription subscription) {
        return index.current(subscription.no())
                .filter(now -> now.state().equals(subscription.state()))
                .isPresent();
    }

    private boolean goesOn(ReplayProgress progress) {
        return started && queues.ready() && !progress.lost() && isOurs(progress.replay());
    }

    private boolean sends(ReplayProgress progress, Subscription subscription) {
        return goesOn(progress) && isUnchanged(subscription);
    }

    /** @return how many of the items were processed, in order; fewer than all if the replay was stopped */
    private int process(ReplayProgress replaying, Subscription subscription, List<Item> items)
            throws InterruptedException {
        var definition = subscription.definition();
        var inRuns = definition.retry().inRuns();
        if (replaying.replay().mode() == Mode.REPLAY
                && !inRuns
                && !definition.ordered()
                && definition.batch() == null) {
            return deliver(replaying, subscription, items);
        }
        if (replaying.replay().mode() == Mode.REPLAY && !isUnchanged(subscription)) {
            return 0;
        }
        var discards = replaying.replay().mode() == Mode.DISCARD;
        var at = clock.instant().plus(definition.batch() == null ? Duration.ZERO : TOGETHER);
        var written = new ArrayList<CompletableFuture<Void>>();
        for (var item : items) {
            var row = item.row();
            var claim = row != null
                    ? Claim.of(row)
                    : Claim.first(new DeliveryKey(
                            item.event().receivedAt(), item.event().seq(), subscription.no()));
            var progress = discards
                    ? Progress.of(row).ended(Status.DISCARDED, at)
                    : Progress.of(row).waiting(at, at);
            var update = DeliveryUpdate.of(claim, item.event().tenant(), progress, true);
            written.add(recorder.recordAndTell(inRuns ? update.held() : update));
            count(replaying, item);
        }
        written.forEach(CompletableFuture::join);
        return items.size();
    }

    private int deliver(ReplayProgress progress, Subscription subscription, List<Item> items)
            throws InterruptedException {
        var all = subscription.definition().replayBuffer().concurrency();
        var places = new Semaphore(all);
        var deliveries = new ArrayList<InFlightDelivery>();
        var made = new ArrayList<CompletableFuture<Boolean>>();
        for (var item : items) {
            places.acquire();
            if (!sends(progress, subscription)) {
                places.release();
                break;
            }
            var delivery = item.row() == null
                    ? InFlightDelivery.replayed(item.event(), subscription.no())
                    : InFlightDelivery.replayed(item.row());
            var done = new CompletableFuture<Boolean>();
            deliveries.add(delivery);
            made.add(done);
            Thread.ofVirtual().name("replay-delivery").start(() -> {
                done.complete(deliverOne(progress, subscription, item, delivery));
                places.release();
            });
        }
        places.acquire(all);
        if (!deliveries.stream().allMatch(InFlightDelivery::awaitWritten)) {
            return 0; // The page is read again, without the deliveries that have been written.
        }
        return (int) made.stream().takeWhile(CompletableFuture::join).count();
    }

    private static void count(ReplayProgress progress, Item item) {
        if (item.row() == null) {
            progress.oneLess(item.event().seq());
        }
    }

    /** @return false if the delivery was not made */
    private boolean deliverOne(
            ReplayProgress progress, Subscription subscription, Item item, InFlightDelivery delivery) {
        try {
            var made = queues.runHere(delivery, () -> sends(progress, subscription));
            if (made) {
                count(progress, item);
            }
            return made;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        } catch (RuntimeException | Error e) {
            Memory.endIfGone(e);
            log.error("Delivery {} ended with an error of ours", delivery.key().id(), e);
            return true;
        }
    }

    /** The subscription has been switched off again: the events that were not sent go back into its buffer. */
    private void putBack(ReplayProgress progress) {
        var replay = progress.replay();
        if (replay.last() >= progress.next()) {
            var first = Math.max(progress.next(), replay.first());
            producer.sendBody(
                    "direct:replay-buffer",
                    MissedRange.returned(replay.subscription(), first, replay.last(), progress.remaining()));
        }
        replays.delete(replay);
    }

    @Override
    public void start() {
        started = true;
    }

    /** Waits for the attempts under way; the rest is resumed by another node, or at the next start. */
    @Override
    public void stop() {
        started = false;
        var until = steady.now().plus(LONGEST_STOP);
        running.values().forEach(progress -> progress.awaitEnd(steady, until));
    }

    @Override
    public boolean isRunning() {
        return started;
    }

    /** Started after the routes, and stopped before them. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE - 10;
    }
}
