package io.waypost.delivery.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.Failure;
import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryUpdate.Effect;
import io.waypost.event.Event;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.State;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every log of deliveries must do when deliveries are claimed. */
abstract class ClaimsContract {

    protected static final Instant NOON = Instant.parse("2026-03-01T12:00:00.000123Z");
    private static final Duration LEASE = Duration.ofMinutes(2);

    protected abstract DeliveryLog log();

    /** Stores an event received at the time; the first call gives sequence number 1. */
    protected abstract Event event(Instant receivedAt);

    protected abstract Subscription subscription(boolean ordered);

    @Test
    void givenAClaimThatRanOut_whenTheLateHolderSettles_thenItHasNoSay() {
        var log = log();
        var key = key(event(NOON), subscription(false));
        log.settle(List.of(update(key, false, 1, Status.PENDING, 0, NOON, null)));
        var late = claim(log, NOON).getFirst();
        var current = claim(log, NOON.plus(LEASE)).getFirst();

        log.settle(List.of(update(key, true, late.fence(), Status.EXHAUSTED, 1, null, failed(key, 1))));

        assertThat(log.find(key).orElseThrow().delivery().status()).isEqualTo(Status.PENDING);
        assertThat(log.find(key).orElseThrow().attempts()).isEmpty();
        log.settle(List.of(update(key, true, current.fence(), Status.SUCCEEDED, 1, null, null)));
        assertThat(log.find(key).orElseThrow().delivery().status()).isEqualTo(Status.SUCCEEDED);
    }

    @Test
    void onlyWhatIsDueIsClaimedAndOnlyOnce() {
        var log = log();
        var subscription = subscription(false);
        var due = key(event(NOON), subscription);
        var later = key(event(NOON), subscription);
        log.settle(List.of(
                update(due, false, 1, Status.RETRYING, 1, NOON, failed(due, 1)),
                update(later, false, 1, Status.RETRYING, 1, NOON.plusSeconds(1), failed(later, 1))));

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
                update(key(event, full), false, 1, Status.PENDING, 0, NOON, null),
                update(key(event, paused), false, 1, Status.PENDING, 0, NOON, null)));
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
                update(keys.get(1), false, 1, Status.PENDING, 0, NOON, null),
                update(keys.get(0), false, 1, Status.PENDING, 0, NOON, null),
                update(keys.get(3), false, 1, Status.PENDING, 0, NOON, null),
                update(keys.get(2), false, 1, Status.PENDING, 0, later, null)));

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
                update(keys.get(0), false, 1, Status.PENDING, 0, NOON, null),
                update(keys.get(1), false, 1, Status.PENDING, 0, NOON.plusSeconds(1), null),
                update(keys.get(2), false, 1, Status.PENDING, 0, NOON, null)));

        assertThat(claim(log, NOON)).extracting(DeliveryLog.Claimed::key).containsExactly(keys.get(0));
    }

    @Test
    void givenAFailedOneAtTheHeadOfAnOrderedLine_thenItIsClaimedAlone() {
        var log = log();
        var ordered = subscription(true);
        var failed = key(event(NOON), ordered);
        log.settle(List.of(
                update(failed, false, 1, Status.RETRYING, 1, NOON, failed(failed, 1)),
                update(key(event(NOON), ordered), false, 1, Status.PENDING, 0, NOON, null)));

        assertThat(claim(log, NOON)).extracting(DeliveryLog.Claimed::key).containsExactly(failed);
    }

    static List<DeliveryLog.Claimed> claim(DeliveryLog log, Instant now) {
        return log.claimDue(now, _ -> LEASE, _ -> 9, Long.MAX_VALUE, 100);
    }

    static DeliveryKey key(Event event, Subscription subscription) {
        return new DeliveryKey(event.receivedAt(), event.seq(), subscription.no());
    }

    static Attempt failed(DeliveryKey key, int number) {
        return new Attempt(key, number, NOON, 5, 500, Failure.HTTP_STATUS, "500", "oops");
    }

    static DeliveryUpdate update(
            DeliveryKey key, boolean row, int fence, Status status, int attempts, Instant dueAt, Attempt attempt) {
        return TestUpdates.update(
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
                Effect.NONE,
                List.of(),
                null);
    }
}
