package io.waypost.delivery.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.Failure;
import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryLog.Claimed;
import io.waypost.delivery.log.DeliveryUpdate.Effect;
import io.waypost.subscription.Subscription.State;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What every log of deliveries must do. A new one is done when it passes this. */
public abstract class DeliveryLogContract extends ClaimsContract {

    @Test
    void aSuccessAtOnceIsOneRowThatHoldsItsAttempt() {
        var log = log();
        var key = key(event(NOON), subscription(false));
        var attempt = new Attempt(key, 1, NOON.plusMillis(3), 12, 204, null, null, "ok");

        log.settle(List.of(update(key, false, 1, Status.SUCCEEDED, 1, null, attempt)));

        var found = log.find(key).orElseThrow();
        assertThat(found.attempts()).containsExactly(attempt);
        assertThat(found.delivery().status()).isEqualTo(Status.SUCCEEDED);
        assertThat(found.delivery().type()).isEqualTo("order.created");
        assertThat(found.delivery().nextAttemptAt()).isNull();
    }

    @Test
    void whateverIsWrittenDownReadsBack() {
        var log = log();
        var event = event(NOON);
        var subscription = subscription(false);
        var key = key(event, subscription);
        var due = NOON.plusSeconds(60);
        var planned = NOON.plusSeconds(50);
        var throttled = NOON.minusSeconds(9);
        var finished = NOON.plusSeconds(61);
        var third = new Attempt(key, 3, NOON.plusSeconds(2), 71, 429, Failure.HTTP_STATUS, "zu viel €", "später €");
        var fourth = new Attempt(key, 4, NOON.plusSeconds(3), 72, null, Failure.TIMEOUT, null, null);

        log.settle(List.of(TestUpdates.update(
                key,
                "acme",
                false,
                1,
                Status.RETRYING,
                3,
                2,
                due,
                planned,
                null,
                throttled,
                true,
                third,
                Effect.NONE,
                List.of(),
                null)));
        var waiting = log.find(key).orElseThrow();
        var claimed = claim(log, due);
        log.settle(List.of(TestUpdates.update(
                key,
                "acme",
                true,
                2,
                Status.EXHAUSTED,
                4,
                3,
                null,
                null,
                finished,
                null,
                true,
                fourth,
                Effect.NONE,
                List.of(),
                null)));

        var id = subscription.id();
        assertThat(waiting.delivery())
                .isEqualTo(new Delivery(
                        key, event.id(), event.type(), id, "acme", Status.RETRYING, 3, planned, null, true));
        assertThat(claimed).containsExactly(new Claimed(key, event, 3, 2, 2, true, throttled, false));
        assertThat(log.find(key))
                .contains(new Delivery.WithAttempts(
                        new Delivery(
                                key, event.id(), event.type(), id, "acme", Status.EXHAUSTED, 4, null, finished, true),
                        List.of(third, fourth)));
        assertThat(log.list(new DeliveryQuery("acme", subscription.no(), null, null, null, null, null, 9))
                        .items())
                .containsExactly(log.find(key).orElseThrow().delivery());
    }

    @Test
    void whatIsInABufferIsReadAsItStandsThere() {
        var log = log();
        var event = event(NOON);
        var subscription = subscription(true);
        var key = key(event, subscription);
        var throttled = NOON.minusSeconds(9);
        log.settle(List.of(TestUpdates.update(
                key,
                "acme",
                false,
                1,
                Status.RETRYING,
                3,
                2,
                NOON,
                NOON,
                null,
                throttled,
                true,
                failed(key, 3),
                Effect.NONE,
                List.of(),
                null)));

        log.deactivate(subscription.no(), new State(State.Kind.PAUSED, NOON, "requested", null), NOON);

        assertThat(log.buffered(subscription.no(), event.seq(), 9))
                .containsExactly(new Claimed(key, event, 3, 2, 1, true, throttled, false));
        assertThat(log.buffered(subscription.no(), event.seq() + 1, 9)).isEmpty();
    }

    @Test
    void whatIsInTheBufferOfAnActiveSubscriptionIsStranded() {
        var log = log();
        var subscription = subscription(false);
        log.settle(List.of(
                update(key(event(NOON), subscription), false, 1, Status.BUFFERED, 0, null, null),
                update(key(event(NOON), subscription(false)), false, 1, Status.PENDING, 0, NOON, null)));

        assertThat(log.stranded()).containsExactly(subscription.no());
        log.deactivate(subscription.no(), new State(State.Kind.PAUSED, NOON, "requested", null), NOON);
        assertThat(log.stranded()).isEmpty();
    }

    @Test
    void attemptsOfWhatFailedAreKeptInOrder() {
        var log = log();
        var key = key(event(NOON), subscription(false));
        var first = failed(key, 1);
        var second = new Attempt(key, 2, NOON.plusSeconds(5), 7, 200, null, null, null);

        log.settle(List.of(update(key, false, 1, Status.RETRYING, 1, NOON.plusSeconds(5), first)));
        log.settle(List.of(update(key, true, 1, Status.SUCCEEDED, 2, null, second)));

        assertThat(log.find(key).orElseThrow().attempts()).containsExactly(first, second);
    }

    @Test
    void aRowMadeAndChangedInOneBatchEndsAsTheLastSays() {
        var log = log();
        var key = key(event(NOON), subscription(false));

        log.settle(List.of(
                update(key, true, 1, Status.SUCCEEDED, 1, null, null),
                update(key, false, 1, Status.PENDING, 0, NOON, null)));

        assertThat(log.find(key).orElseThrow().delivery().status()).isEqualTo(Status.SUCCEEDED);
    }

    @Test
    void aDeactivationPutsWhatIsOpenIntoTheBufferAndHappensOnce() {
        var log = log();
        var subscription = subscription(false);
        var open = key(event(NOON), subscription);
        var done = key(event(NOON), subscription);
        log.settle(List.of(
                update(open, false, 1, Status.PENDING, 0, NOON, null),
                update(done, false, 1, Status.SUCCEEDED, 1, null, null)));
        var state = new State(State.Kind.DEACTIVATED, NOON, "failures", "timeout");

        assertThat(log.deactivate(subscription.no(), state, NOON)).isPresent();
        assertThat(log.deactivate(subscription.no(), state, NOON)).isEmpty();

        assertThat(log.countBuffered(subscription.no())).isEqualTo(1);
        assertThat(log.buffered(subscription.no(), 0, 10))
                .extracting(DeliveryLog.Claimed::key)
                .containsExactly(open);
        assertThat(log.find(done).orElseThrow().delivery().status()).isEqualTo(Status.SUCCEEDED);
    }

    @Test
    void whatSlippedInBesideADeactivationIsFound() {
        var log = log();
        var subscription = subscription(false);
        var key = key(event(NOON), subscription);
        log.deactivate(subscription.no(), new State(State.Kind.PAUSED, NOON, "requested", null), NOON);
        log.settle(List.of(update(key, false, 1, Status.RETRYING, 1, NOON, null)));

        assertThat(log.bufferStrays(NOON.plusMillis(1))).isEqualTo(1);

        assertThat(log.find(key).orElseThrow().delivery().status()).isEqualTo(Status.BUFFERED);
    }

    @Test
    void aBufferIsDiscardedWhole() {
        var log = log();
        var subscription = subscription(false);
        var key = key(event(NOON), subscription);
        log.settle(List.of(update(key, false, 1, Status.BUFFERED, 0, null, null)));

        assertThat(log.discardBuffered(subscription.no(), NOON)).isEqualTo(1);

        assertThat(log.countBuffered(subscription.no())).isZero();
        assertThat(log.find(key).orElseThrow().delivery().status()).isEqualTo(Status.DISCARDED);
    }

    @Test
    void makingADeliveryDueVoidsWhatWasPlanned() {
        var log = log();
        var key = key(event(NOON), subscription(false));
        log.settle(List.of(update(key, false, 1, Status.RETRYING, 1, NOON.plusSeconds(99), failed(key, 1))));

        assertThat(log.makeDue(key, NOON)).isTrue();
        log.settle(List.of(update(key, true, 1, Status.EXHAUSTED, 2, null, null)));

        assertThat(claim(log, NOON)).extracting(DeliveryLog.Claimed::key).containsExactly(key);
    }

    @Test
    void listsAreNewestFirstAndPagesFollowEachOther() {
        var log = log();
        var a = subscription(false);
        var b = subscription(false);
        var old = event(NOON);
        var young = event(NOON.plusSeconds(1));
        log.settle(List.of(
                update(key(old, a), false, 1, Status.SUCCEEDED, 1, null, null),
                update(key(old, b), false, 1, Status.EXHAUSTED, 1, null, null),
                update(key(young, a), false, 1, Status.SUCCEEDED, 1, null, null)));

        var first = log.list(new DeliveryQuery("acme", null, null, null, null, null, null, 2))
                .items();
        var rest = log.list(new DeliveryQuery(
                        "acme", null, null, null, null, null, first.getLast().key(), 2))
                .items();

        assertThat(first).extracting(Delivery::key).containsExactly(key(young, a), key(old, b));
        assertThat(rest).extracting(Delivery::key).containsExactly(key(old, a));
        assertThat(log.list(new DeliveryQuery(null, a.no(), null, null, NOON.plusSeconds(1), null, null, 9))
                        .items())
                .extracting(Delivery::key)
                .containsExactly(key(young, a));
        assertThat(log.list(new DeliveryQuery(null, null, old.seq(), Status.EXHAUSTED, null, null, null, 9))
                        .items())
                .extracting(Delivery::key)
                .containsExactly(key(old, b));
        assertThat(log.list(new DeliveryQuery("other", null, null, null, null, null, null, 9))
                        .items())
                .isEmpty();
    }

    @Test
    void pagesFollowEachOtherWhereMuchIsOfOneMoment() {
        var log = log();
        var subscriptions = Stream.generate(() -> subscription(false)).limit(30).toList();
        var made = new ArrayList<DeliveryUpdate>();
        for (int i = 0; i < 4; i++) {
            var event = event(NOON.plusSeconds(i / 2));
            subscriptions.forEach(s -> made.add(update(key(event, s), false, 1, Status.SUCCEEDED, 1, null, null)));
        }
        log.settle(made);
        var wanted = made.stream()
                .map(DeliveryUpdate::key)
                .sorted(Comparator.reverseOrder())
                .toList();

        for (var tenant : Arrays.asList("acme", null)) {
            assertThat(walked(log, before -> new DeliveryQuery(tenant, null, null, null, null, null, before, 7)))
                    .isEqualTo(wanted);
        }
        var one = subscriptions.get(5).no();
        assertThat(walked(log, before -> new DeliveryQuery("acme", one, null, null, null, null, before, 1)))
                .isEqualTo(
                        wanted.stream().filter(key -> key.subscription() == one).toList());
        assertThat(walked(
                        log,
                        before -> new DeliveryQuery(
                                "acme", null, null, null, NOON.plusSeconds(1), NOON.plusSeconds(2), before, 50)))
                .isEqualTo(wanted.subList(0, 60));
        assertThat(walked(
                        log,
                        before -> new DeliveryQuery("acme", null, null, null, null, NOON.plusSeconds(1), before, 50)))
                .isEqualTo(wanted.subList(60, 120));
    }

    private static List<DeliveryKey> walked(DeliveryLog log, Function<DeliveryKey, DeliveryQuery> query) {
        var all = new ArrayList<DeliveryKey>();
        DeliveryKey before = null;
        do {
            var part = log.list(query.apply(before));
            part.items().forEach(delivery -> all.add(delivery.key()));
            before = part.reached();
        } while (before != null);
        return all;
    }

    @Test
    void whatWasFannedOutIsKnownAndReplaysDoNotCount() {
        var log = log();
        var a = subscription(false);
        var event = event(NOON);
        var other = event(NOON);
        log.settle(List.of(
                update(key(event, a), false, 1, Status.SUCCEEDED, 1, null, null),
                DeliveryUpdate.pending(new DeliveryKey(NOON.plusSeconds(9), other.seq(), a.no()), "acme", true, NOON)));

        assertThat(log.fannedOut(1, 9)).isEqualTo(Map.of(event.seq(), Set.of(a.no())));
        assertThat(log.had(a.no(), 1, 9)).isEqualTo(Map.of(event.seq(), false));
        assertThat(log.latest(a.no(), 1, 9))
                .isEqualTo(Map.of(event.seq(), Status.SUCCEEDED, other.seq(), Status.PENDING));
    }

    @Test
    void healthIsKeptOnlyWhileSomethingFails() {
        var log = log();
        var ill = new Health(3, NOON);
        var a = subscription(false).no();
        var b = subscription(false).no();

        log.saveHealth(Map.of(a, ill, b, Health.GOOD));
        assertThat(log.health(List.of(a, b))).isEqualTo(Map.of(a, ill));
        log.saveHealth(Map.of(a, new Health(4, NOON)));
        assertThat(log.failing(-1).subscriptions()).containsExactly(a);
        log.saveHealth(Map.of(a, Health.GOOD));
        assertThat(log.failing(-1).subscriptions()).isEmpty();
    }

    @Test
    void whoFailsIsHeardOfOnceUntilItFailsAgain() {
        var log = log();
        var a = subscription(false).no();
        var b = subscription(false).no();
        log.saveHealth(Map.of(a, new Health(1, NOON)));

        var first = log.failing(-1);
        assertThat(log.failing(first.revision())).isEqualTo(new DeliveryLog.Failing(Set.of(), first.revision()));
        log.saveHealth(Map.of(b, new Health(1, NOON)));
        var second = log.failing(first.revision());
        log.saveHealth(Map.of(a, new Health(2, NOON)));
        var third = log.failing(second.revision());

        assertThat(List.of(first.subscriptions(), second.subscriptions(), third.subscriptions()))
                .containsExactly(Set.of(a), Set.of(b), Set.of(a));
    }

    @Test
    void theBacklogIsWhatWaitsForAnAttempt() {
        var log = log();
        var subscription = subscription(false);
        log.settle(List.of(
                update(key(event(NOON), subscription), false, 1, Status.PENDING, 0, NOON, null),
                update(key(event(NOON), subscription), false, 1, Status.SUCCEEDED, 1, null, null)));

        assertThat(log.backlog()).isEqualTo(new DeliveryLog.Backlog(1, NOON));
    }
}
