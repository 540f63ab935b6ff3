package io.waypost.replay;

import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.Health;
import io.waypost.delivery.log.OwnerNotices;
import io.waypost.platform.Locks;
import io.waypost.platform.Texts;
import io.waypost.platform.due.DueWatch;
import io.waypost.replay.ReplayStore.Mode;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.SubscriptionIndex;
import io.waypost.subscription.SubscriptionStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Activates and pauses subscriptions, and finds replay buffers that were left behind. */
@Component
class Activator implements Activation {

    private static final Logger log = LoggerFactory.getLogger(Activator.class);

    /**
     * A delivery that has been due, or a replay that has waited, for longer was missed by the node that should process it.
     */
    private static final Duration OVERDUE = Duration.ofSeconds(2);

    private final SubscriptionStore subscriptions;
    private final SubscriptionIndex index;
    private final DeliveryLog deliveries;
    private final ReplayStore replays;
    private final ReplayBuffer buffer;
    private final OwnerNotices notices;
    private final TransactionTemplate transaction;
    private final DueWatch due;
    private final Clock clock;

    Activator(
            SubscriptionStore subscriptions,
            SubscriptionIndex index,
            DeliveryLog deliveries,
            ReplayStore replays,
            ReplayBuffer buffer,
            OwnerNotices notices,
            TransactionTemplate transaction,
            DueWatch due,
            Clock clock) {
        this.due = due;
        this.subscriptions = subscriptions;
        this.index = index;
        this.deliveries = deliveries;
        this.replays = replays;
        this.buffer = buffer;
        this.notices = notices;
        this.transaction = transaction;
        this.clock = clock;
    }

    @Override
    public Subscription activate(Subscription subscription, boolean replayEvents) {
        var now = clock.instant();
        if (subscription.onBackup()) {
            return backFromBackup(subscription, now);
        }
        var kept = kept(subscription);
        var activated = Locks.despite(() -> transaction.execute(_ -> {
            var active = State.activated(now);
            var again = subscriptions.changeState(subscription.no(), State.Kind.DEACTIVATED, active, now);
            again.ifPresent(s -> notices.reactivated(s, kept));
            var changed = again.or(() -> subscriptions.changeState(subscription.no(), State.Kind.PAUSED, active, now));
            if (changed.isPresent()) {
                deliveries.saveHealth(Map.of(subscription.no(), Health.GOOD));
                if (!replayEvents) {
                    deliveries.discardBuffered(subscription.no(), now);
                }
                replays.decide(subscription.no(), replayEvents ? Mode.REPLAY : Mode.DISCARD, now);
            }
            return changed;
        }));
        if (activated == null || activated.isEmpty()) {
            return subscriptions.find(subscription.no()).orElse(subscription);
        }
        index.put(activated.get());
        release(subscription.no());
        return activated.get();
    }

    /**
     * The size of the buffer, for the notice; null if there is no notice or the buffer cannot be read, which must not
     * prevent the activation.
     */
    private @Nullable BufferSize kept(Subscription subscription) {
        if (subscription.state().kind() != State.Kind.DEACTIVATED) {
            return null;
        }
        try {
            return bufferSize(subscription);
        } catch (RuntimeException e) {
            log.warn("The buffer of {} cannot be counted for the notice: {}", subscription.id(), Texts.cause(e));
            return null;
        }
    }

    /** Switches from the backup URL back to the subscription's own. */
    private Subscription backFromBackup(Subscription subscription, Instant now) {
        var back = Locks.despite(
                () -> subscriptions.changeState(subscription.no(), State.Kind.ACTIVE, State.activated(now), now));
        back.ifPresent(index::put);
        return back.orElse(subscription);
    }

    /**
     * Completes the buffer's group, which starts the replay or discards the events, as decided. If this fails,
     * {@link #tidy} repeats it.
     */
    private void release(long subscription) {
        try {
            if (!buffer.complete(subscription)) {
                replays.beginWithoutRange(subscription, clock.instant());
            }
        } catch (RuntimeException e) {
            log.warn(
                    "The buffer of subscription {} cannot be replayed or discarded now, and is later: {}",
                    subscription,
                    Texts.cause(e));
        }
    }

    @Override
    public Subscription pause(Subscription subscription, String reason) {
        var now = clock.instant();
        var paused = Locks.despite(
                () -> deliveries.deactivate(subscription.no(), new State(State.Kind.PAUSED, now, reason, null), now));
        paused.ifPresent(index::put);
        return paused.or(() -> subscriptions.find(subscription.no())).orElse(subscription);
    }

    @Override
    public BufferSize bufferSize(Subscription subscription) {
        var no = subscription.no();
        var sending = replays.sending(no).stream()
                .mapToLong(ReplayStore.Replay::remaining)
                .sum();
        var rows = deliveries.countBuffered(no);
        if (subscription.active()) {
            return new BufferSize(sending + rows, 0);
        }
        var range = buffer.range(no);
        return new BufferSize(
                sending + rows + range.map(missed -> missed.count()).orElse(0L),
                range.map(missed -> missed.dropped()).orElse(0L));
    }

    /**
     * Repairs what a race or a crash left behind: a buffer whose subscription is active or deleted, a replay that waits for
     * its buffer's group, an open delivery of a subscription that is not active, a buffered delivery of one that is.
     * If there are very many subscriptions, each call looks at the next ones in turn, so that its cost is bounded.
     */
    @Scheduled(fixedDelayString = "${waypost.replay.tidy:1s}")
    void tidy() {
        if (!buffer.ready()) {
            return;
        }
        var overdue = clock.instant().minus(OVERDUE);
        var waiting = due.last();
        if (waiting.deliveries().isBefore(overdue)) {
            deliveries.bufferStrays(overdue);
        }
        if (!waiting.kept()) {
            return;
        }
        for (var left : replays.leftBehind()) {
            if (left.gone()) {
                replays.forget(left.subscription());
            } else {
                log.info(
                        "The buffer of subscription no. {} was left behind and is replayed or discarded now",
                        left.subscription());
                release(left.subscription());
            }
        }
        replays.waiting(overdue).forEach(this::release);
        for (var no : deliveries.stranded()) {
            deliveries.discardLate(no, clock.instant());
            replays.sendRows(no, clock.instant());
        }
    }
}
