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
 * Sends what was buffered, page by page, and writes down how far it has come; a replay that a crash cut off is taken up
 * again when its claim ends.
 */
@Component("replayer")
public class Replayer implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Replayer.class);

    /** So long what goes in batches waits for the rest of its page to be put in line. */
    private static final Duration TOGETHER = Duration.ofSeconds(1);

    /** Of an attempt that takes longer another node sees when the claim of its replay ends. */
    private static final Duration LONGEST_STOP = Duration.ofSeconds(3);

    /** Each reads a page of up to 4 MiB ahead; what there is no room for waits for one that ends. */
    private static final int MOST = (int) Math.max(4, Memory.share(1024L * 1024 * 1024, 8) / (4 * 1024 * 1024));

    private final ReplayStore replays;
    private final ReplayPages pages;
    private final SubscriptionIndex index;
    private final DeliveryQueues queues;
    private final Shares shares;
    private final Recorder recorder;
    private final DueSignal due;
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
        this.producer = producer;
        this.clock = clock;
        this.steady = SteadyClock.of(clock);
        this.lease = properties.log().lease();
    }

    /** A buffer has become a replay: it is taken up at once. */
    public void begin() {
        takeUp();
    }

    /** Renews the claims of the replays under way, and takes up those that nobody works on. */
    @Scheduled(fixedDelayString = "${waypost.replay.poll:250ms}")
    void takeUp() {
        if (!started || !queues.ready()) {
            return;
        }
        running.values().forEach(run -> run.keep(steady, lease));
        for (var replay : replays.claim(clock.instant(), lease, this::isWanted)) {
            var run = new ReplayProgress(replay, replays);
            if (running.putIfAbsent(replay.id(), run) == null) {
                Thread.ofVirtual().name("replay-" + replay.id()).start(() -> run(run));
            }
        }
    }

    /** What it still runs but has lost, because it is to be discarded now, it takes up when that has ended. */
    private boolean isWanted(ReplayStore.Replay replay) {
        return running.size() < MOST && !running.containsKey(replay.id()) && isOurs(replay);
    }

    /** What this node does not send is another's to replay. */
    private boolean isOurs(ReplayStore.Replay replay) {
        return replay.mode() == Mode.DISCARD || shares.sends(replay.subscription());
    }

    private void run(ReplayProgress run) {
        try {
            send(run);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            Memory.endIfGone(e);
            log.warn(
                    "Replay {} stopped and will be taken up again", run.replay().id(), e);
        } finally {
            running.remove(run.replay().id());
            run.ended();
        }
    }

    private void send(ReplayProgress run) throws InterruptedException {
        var replay = run.replay();
        while (goesOn(run)) {
            var subscription = current(replay);
            if (subscription == null) {
                replays.delete(replay);
                return;
            }
            if (replay.mode() == Mode.REPLAY && !subscription.active()) {
                putBack(run);
                return;
            }
            var page = pages.read(replay, run.next(), subscription);
            if (page.end()) {
                replays.delete(replay);
                due.wake();
                return;
            }
            var sent = process(run, subscription, page.items());
            var whole = sent == page.items().size();
            run.advance(whole ? page.next() : page.items().get(sent).event().seq());
            run.save(clock.instant().plus(lease));
        }
        // Stopping: whoever takes it up goes on from here, and may do so at once.
        run.save(clock.instant());
    }

    /** As it is now: another node may have switched it on a moment ago. */
    private @Nullable Subscription current(ReplayStore.Replay replay) {
        if (index.current(replay.subscription()).filter(Subscription::active).isEmpty()) {
            index.refresh();
        }
        return index.current(replay.subscription()).orElse(null);
    }

    /** Whether it has not been switched off since, nor off and on again, which may have decided otherwise. */
    private boolean isAsBefore(Subscription subscription) {
        return index.current(subscription.no())
                .filter(now -> now.state().equals(subscription.state()))
                .isPresent();
    }

    private boolean goesOn(ReplayProgress run) {
        return started && queues.ready() && !run.lost() && isOurs(run.replay());
    }

    private boolean sends(ReplayProgress run, Subscription subscription) {
        return goesOn(run) && isAsBefore(subscription);
    }

    /** @return how many of the items were dealt with, in order; fewer than all if it was stopped */
    private int process(ReplayProgress run, Subscription subscription, List<Item> items) throws InterruptedException {
        var definition = subscription.definition();
        var inRuns = definition.retry().inRuns();
        if (run.replay().mode() == Mode.REPLAY && !inRuns && !definition.ordered() && definition.batch() == null) {
            return deliver(run, subscription, items);
        }
        if (run.replay().mode() == Mode.REPLAY && !isAsBefore(subscription)) {
            return 0;
        }
        var discards = run.replay().mode() == Mode.DISCARD;
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
            count(run, item);
        }
        written.forEach(CompletableFuture::join);
        return items.size();
    }

    private int deliver(ReplayProgress run, Subscription subscription, List<Item> items) throws InterruptedException {
        var all = subscription.definition().replayBuffer().concurrency();
        var places = new Semaphore(all);
        var deliveries = new ArrayList<InFlightDelivery>();
        var made = new ArrayList<CompletableFuture<Boolean>>();
        for (var item : items) {
            places.acquire();
            if (!sends(run, subscription)) {
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
                done.complete(fly(run, subscription, item, delivery));
                places.release();
            });
        }
        places.acquire(all);
        if (!deliveries.stream().allMatch(InFlightDelivery::awaitWritten)) {
            return 0; // Who takes it up leaves out what has been written.
        }
        return (int) made.stream().takeWhile(CompletableFuture::join).count();
    }

    private static void count(ReplayProgress run, Item item) {
        if (item.row() == null) {
            run.oneLess();
        }
    }

    /** @return false if nothing was done about it */
    private boolean fly(ReplayProgress run, Subscription subscription, Item item, InFlightDelivery delivery) {
        try {
            var made = queues.runHere(delivery, () -> sends(run, subscription));
            if (made) {
                count(run, item);
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

    /** The subscription has been switched off again: what was not sent goes back into its buffer. */
    private void putBack(ReplayProgress run) {
        var replay = run.replay();
        if (replay.last() >= run.next()) {
            var first = Math.max(run.next(), replay.first());
            producer.sendBody(
                    "direct:replay-buffer",
                    MissedRange.returned(replay.subscription(), first, replay.last(), run.remaining()));
        }
        replays.delete(replay);
    }

    @Override
    public void start() {
        started = true;
    }

    /** What is in the air ends; the rest is taken up by another node, or at the next start. */
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

    /** After the routes have started, and stopped before them. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE - 10;
    }
}
