package io.waypost.delivery.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.Failure;
import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.Settlement.Effect;
import io.waypost.event.Event;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.State;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every log of deliveries must do. A new one is done when it passes this. */
public abstract class DeliveryLogContract {

    protected static final Instant NOON = Instant.parse("2026-03-01T12:00:00.000123Z");
    private static final Duration LEASE = Duration.ofMinutes(2);

    protected abstract DeliveryLog log();

    /** Stores an event received at the time; the first call gives sequence number 1. */
    protected abstract Event event(Instant receivedAt);

    protected abstract Subscription subscription(boolean ordered);

    @Test
    void aSuccessAtOnceIsOneRowThatHoldsItsAttempt() {
        var log = log();
        var key = key(event(NOON), subscription(false));
        var attempt = new Attempt(key, 1, NOON.plusMillis(3), 12, 204, null, null, "ok");

        log.settle(List.of(settlement(key, false, 1, Status.SUCCEEDED, 1, null, attempt)));

        var found = log.find(key).orElseThrow();
        assertThat(found.attempts()).containsExactly(attempt);
        assertThat(found.delivery().status()).isEqualTo(Status.SUCCEEDED);
        assertThat(found.delivery().type()).isEqualTo("order.created");
        assertThat(found.delivery().nextAttemptAt()).isNull();
    }

    @Test
    void attemptsOfWhatFailedAreKeptInOrder() {
        var log = log();
        var key = key(event(NOON), subscription(false));
        var first = failed(key, 1);
        var second = new Attempt(key, 2, NOON.plusSeconds(5), 7, 200, null, null, null);

        log.settle(List.of(settlement(key, false, 1, Status.RETRYING, 1, NOON.plusSeconds(5), first)));
        log.settle(List.of(settlement(key, true, 1, Status.SUCCEEDED, 2, null, second)));

        assertThat(log.find(key).orElseThrow().attempts()).containsExactly(first, second);
    }

    @Test
    void aRowMadeAndChangedInOneBatchEndsAsTheLastSays() {
        var log = log();
        var key = key(event(NOON), subscription(false));

        log.settle(List.of(
                settlement(key, true, 1, Status.SUCCEEDED, 1, null, null),
                settlement(key, false, 1, Status.PENDING, 0, NOON, null)));

        assertThat(log.find(key).orElseThrow().delivery().status()).isEqualTo(Status.SUCCEEDED);
    }

    @Test
    void givenAClaimThatRanOut_whenTheLateHolderSettles_thenItHasNoSay() {
        var log = log();
        var key = key(event(NOON), subscription(false));
        log.settle(List.of(settlement(key, false, 1, Status.PENDING, 0, NOON, null)));
        var late = claim(log, NOON).getFirst();
        var current = claim(log, NOON.plus(LEASE)).getFirst();

        log.settle(List.of(settlement(key, true, late.fence(), Status.EXHAUSTED, 1, null, failed(key, 1))));

        assertThat(log.find(key).orElseThrow().delivery().status()).isEqualTo(Status.PENDING);
        assertThat(log.find(key).orElseThrow().attempts()).isEmpty();
        log.settle(List.of(settlement(key, true, current.fence(), Status.SUCCEEDED, 1, null, null)));
        assertThat(log.find(key).orElseThrow().delivery().status()).isEqualTo(Status.SUCCEEDED);
    }

    @Test
    void onlyWhatIsDueIsClaimedAndOnlyOnce() {
        var log = log();
        var subscription = subscription(false);
        var due = key(event(NOON), subscription);
        var later = key(event(NOON), subscription);
        log.settle(List.of(
                settlement(due, false, 1, Status.RETRYING, 1, NOON, failed(due, 1)),
                settlement(later, false, 1, Status.RETRYING, 1, NOON.plusSeconds(1), failed(later, 1))));

        assertThat(claim(log, NOON)).extracting(DeliveryLog.Claimed::key).containsExactly(due);
        assertThat(claim(log, NOON)).isEmpty();
        assertThat(claim(log, NOON.plusSeconds(1)))
                .extracting(DeliveryLog.Claimed::key)
                .containsExactly(later);
    }

    @Test
    void whatIsNotActiveOrHasNoRoomIsNotClaimed() {
        var log = log();
        var full = subscription(false);
        var paused = subscription(false);
        var event = event(NOON);
        log.settle(List.of(
                settlement(key(event, full), false, 1, Status.PENDING, 0, NOON, null),
                settlement(key(event, paused), false, 1, Status.PENDING, 0, NOON, null)));
        log.deactivate(paused.no(), new State(State.Kind.PAUSED, NOON, "requested", null), NOON);

        assertThat(log.claimDue(NOON, _ -> LEASE, no -> no == full.no() ? 0 : 9, 10, 10))
                .isEmpty();
    }

    @Test
    void ofAnOrderedSubscriptionWhatFollowsWithoutAGapIsClaimedInOrderAndNothingAboveWhatIsSettled() {
        var log = log();
        var ordered = subscription(true);
        var keys =
                IntStream.range(0, 4).mapToObj(_ -> key(event(NOON), ordered)).toList();
        var later = NOON.plusSeconds(1);
        log.settle(List.of(
                settlement(keys.get(1), false, 1, Status.PENDING, 0, NOON, null),
                settlement(keys.get(0), false, 1, Status.PENDING, 0, NOON, null),
                settlement(keys.get(3), false, 1, Status.PENDING, 0, NOON, null),
                settlement(keys.get(2), false, 1, Status.PENDING, 0, later, null)));

        assertThat(log.claimDue(NOON, _ -> LEASE, _ -> 9, 0, 10)).isEmpty();
        assertThat(log.claimDue(NOON, _ -> LEASE, _ -> 9, keys.get(0).seq(), 10))
                .extracting(DeliveryLog.Claimed::key)
                .containsExactly(keys.get(0));
        assertThat(log.claimDue(later, _ -> LEASE, _ -> 9, keys.get(3).seq(), 10))
                .isEmpty();

        var afterTheClaim = NOON.plus(LEASE);
        assertThat(log.claimDue(
                        NOON.plus(LEASE), _ -> LEASE, _ -> 3, keys.get(3).seq(), 10))
                .allMatch(DeliveryLog.Claimed::ordered)
                .extracting(DeliveryLog.Claimed::key)
                .containsExactly(keys.get(0), keys.get(1), keys.get(2));
        assertThat(log.claimDue(afterTheClaim, _ -> LEASE, _ -> 9, keys.get(3).seq(), 10))
                .isEmpty();
    }

    @Test
    void givenOneThatIsNotDueYet_thenNothingBehindItIsClaimed() {
        var log = log();
        var ordered = subscription(true);
        var keys =
                IntStream.range(0, 3).mapToObj(_ -> key(event(NOON), ordered)).toList();
        log.settle(List.of(
                settlement(keys.get(0), false, 1, Status.PENDING, 0, NOON, null),
                settlement(keys.get(1), false, 1, Status.PENDING, 0, NOON.plusSeconds(1), null),
                settlement(keys.get(2), false, 1, Status.PENDING, 0, NOON, null)));

        assertThat(claim(log, NOON)).extracting(DeliveryLog.Claimed::key).containsExactly(keys.get(0));
    }

    @Test
    void givenAFailedOneAtTheHeadOfAnOrderedLine_thenItIsClaimedAlone() {
        var log = log();
        var ordered = subscription(true);
        var failed = key(event(NOON), ordered);
        log.settle(List.of(
                settlement(failed, false, 1, Status.RETRYING, 1, NOON, failed(failed, 1)),
                settlement(key(event(NOON), ordered), false, 1, Status.PENDING, 0, NOON, null)));

        assertThat(claim(log, NOON)).extracting(DeliveryLog.Claimed::key).containsExactly(failed);
    }

    @Test
    void aDeactivationPutsWhatIsOpenIntoTheBufferAndHappensOnce() {
        var log = log();
        var subscription = subscription(false);
        var open = key(event(NOON), subscription);
        var done = key(event(NOON), subscription);
        log.settle(List.of(
                settlement(open, false, 1, Status.PENDING, 0, NOON, null),
                settlement(done, false, 1, Status.SUCCEEDED, 1, null, null)));
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
        log.settle(List.of(settlement(key, false, 1, Status.RETRYING, 1, NOON, null)));

        assertThat(log.bufferStrays(NOON.plusMillis(1))).isEqualTo(1);

        assertThat(log.find(key).orElseThrow().delivery().status()).isEqualTo(Status.BUFFERED);
    }

    @Test
    void aBufferIsDiscardedWhole() {
        var log = log();
        var subscription = subscription(false);
        var key = key(event(NOON), subscription);
        log.settle(List.of(settlement(key, false, 1, Status.BUFFERED, 0, null, null)));

        assertThat(log.discardBuffered(subscription.no(), NOON)).isEqualTo(1);

        assertThat(log.countBuffered(subscription.no())).isZero();
        assertThat(log.find(key).orElseThrow().delivery().status()).isEqualTo(Status.DISCARDED);
    }

    @Test
    void makingADeliveryDueVoidsWhatWasPlanned() {
        var log = log();
        var key = key(event(NOON), subscription(false));
        log.settle(List.of(settlement(key, false, 1, Status.RETRYING, 1, NOON.plusSeconds(99), failed(key, 1))));

        assertThat(log.makeDue(key, NOON)).isTrue();
        log.settle(List.of(settlement(key, true, 1, Status.EXHAUSTED, 2, null, null)));

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
                settlement(key(old, a), false, 1, Status.SUCCEEDED, 1, null, null),
                settlement(key(old, b), false, 1, Status.EXHAUSTED, 1, null, null),
                settlement(key(young, a), false, 1, Status.SUCCEEDED, 1, null, null)));

        var first = log.list(new DeliveryQuery("acme", null, null, null, null, null, null, 2));
        var rest = log.list(new DeliveryQuery(
                "acme", null, null, null, null, null, first.getLast().key(), 2));

        assertThat(first).extracting(Delivery::key).containsExactly(key(young, a), key(old, b));
        assertThat(rest).extracting(Delivery::key).containsExactly(key(old, a));
        assertThat(log.list(new DeliveryQuery(null, a.no(), null, null, NOON.plusSeconds(1), null, null, 9)))
                .extracting(Delivery::key)
                .containsExactly(key(young, a));
        assertThat(log.list(new DeliveryQuery(null, null, old.seq(), Status.EXHAUSTED, null, null, null, 9)))
                .extracting(Delivery::key)
                .containsExactly(key(old, b));
        assertThat(log.list(new DeliveryQuery("other", null, null, null, null, null, null, 9)))
                .isEmpty();
    }

    @Test
    void whatWasFannedOutIsKnownAndReplaysDoNotCount() {
        var log = log();
        var a = subscription(false);
        var event = event(NOON);
        var other = event(NOON);
        log.settle(List.of(
                settlement(key(event, a), false, 1, Status.SUCCEEDED, 1, null, null),
                Settlement.pending(new DeliveryKey(NOON.plusSeconds(9), other.seq(), a.no()), "acme", true, NOON)));

        assertThat(log.fannedOut(1, 9)).isEqualTo(Map.of(event.seq(), Set.of(a.no())));
        assertThat(log.had(a.no(), 1, 9)).containsExactly(event.seq());
        assertThat(log.latest(a.no(), 1, 9))
                .isEqualTo(Map.of(event.seq(), Status.SUCCEEDED, other.seq(), Status.PENDING));
    }

    @Test
    void healthIsKeptOnlyWhileSomethingFails() {
        var log = log();
        var ill = new Health(3, NOON);

        log.saveHealth(Map.of(7L, ill, 8L, Health.GOOD));
        assertThat(log.health(List.of(7L, 8L))).isEqualTo(Map.of(7L, ill));
        log.saveHealth(Map.of(7L, new Health(4, NOON)));
        assertThat(log.failing()).containsExactly(7L);
        log.saveHealth(Map.of(7L, Health.GOOD));
        assertThat(log.failing()).isEmpty();
    }

    @Test
    void theBacklogIsWhatWaitsForAnAttempt() {
        var log = log();
        var subscription = subscription(false);
        log.settle(List.of(
                settlement(key(event(NOON), subscription), false, 1, Status.PENDING, 0, NOON, null),
                settlement(key(event(NOON), subscription), false, 1, Status.SUCCEEDED, 1, null, null)));

        assertThat(log.backlog()).isEqualTo(new DeliveryLog.Backlog(1, NOON));
    }

    private static List<DeliveryLog.Claimed> claim(DeliveryLog log, Instant now) {
        return log.claimDue(now, _ -> LEASE, _ -> 9, Long.MAX_VALUE, 100);
    }

    private static DeliveryKey key(Event event, Subscription subscription) {
        return new DeliveryKey(event.receivedAt(), event.seq(), subscription.no());
    }

    private static Attempt failed(DeliveryKey key, int number) {
        return new Attempt(key, number, NOON, 5, 500, Failure.HTTP_STATUS, "500", "oops");
    }

    private static Settlement settlement(
            DeliveryKey key, boolean row, int fence, Status status, int attempts, Instant dueAt, Attempt attempt) {
        return new Settlement(
                key,
                "acme",
                row,
                fence,
                status,
                attempts,
                attempts,
                dueAt,
                dueAt,
                dueAt == null ? NOON : null,
                null,
                false,
                attempt,
                Effect.NONE);
    }
}
