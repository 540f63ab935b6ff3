package io.waypost.delivery.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.Failure;
import io.waypost.delivery.batch.BatchLog.Claim;
import io.waypost.delivery.batch.BatchLog.Order;
import io.waypost.delivery.batch.BatchLog.Waiting;
import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryLog.Claimed;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.delivery.log.DeliveryUpdate.Effect;
import io.waypost.delivery.log.TestUpdates;
import io.waypost.event.Event;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every log of batches must do, beside a log of deliveries on the same rows. A new one is done when it passes this. */
public abstract class BatchLogContract {

    protected static final Instant NOON = Instant.parse("2026-03-01T12:00:00.000123Z");
    private static final Duration WAIT = Duration.ofMinutes(10);
    private static final Duration LEASE = Duration.ofMinutes(2);
    private static final long ALL = Long.MAX_VALUE;

    protected abstract BatchLog batches();

    protected abstract DeliveryLog deliveries();

    /** Stores an event with data of so many bytes. */
    protected abstract Event event(Instant receivedAt, int bytes);

    protected abstract Subscription subscription();

    @Test
    void whatIsTakenIsReadAsItStands() {
        var s = subscription();
        var event = event(NOON, 10);
        var key = key(event, s);
        batches().gather(List.of(waiting(key, NOON)));
        var first = batches().claim(order(s, 1, 1, NOON)).members();
        assertThat(first).containsExactly(new Claimed(key, event, 0, 0, 2, false, null, false));
        var throttled = NOON.minusSeconds(9);
        var attempt = new Attempt(key, 3, NOON, 7, 429, Failure.HTTP_STATUS, null, null);

        deliveries()
                .settle(List.of(TestUpdates.update(
                        key,
                        "acme",
                        true,
                        2,
                        Status.RETRYING,
                        3,
                        2,
                        NOON,
                        NOON,
                        null,
                        throttled,
                        true,
                        attempt,
                        Effect.NONE,
                        List.of(),
                        null)));

        assertThat(batches().claim(order(s, 1, ALL, NOON)).members())
                .containsExactly(new Claimed(key, event, 3, 2, 3, true, throttled, false));
    }

    @Test
    void whatIsNeitherFullNorDueIsOnlyCounted() {
        var s = subscription();
        var keys = gather(s, 3, 10);

        var claim = batches().claim(order(s, 4, keys.getFirst().seq(), NOON));

        assertThat(claim.members()).isEmpty();
        assertThat(claim.waiting())
                .isEqualTo(new PendingBatch(s.no(), keys.getFirst().seq(), 3, 30, 4));
    }

    @Test
    void aFullBatchIsTakenInTheOrderOfTheLogAndTheRestGoesOnWaiting() {
        var s = subscription();
        var keys = gather(s, 5, 10);

        var claim = batches().claim(order(s, 3, keys.getFirst().seq(), NOON));
        var rest = batches().claim(order(s, 3, keys.get(3).seq(), NOON));

        assertThat(keys(claim)).isEqualTo(keys.subList(0, 3));
        assertThat(rest.waiting().count()).isEqualTo(2);
    }

    /** What a node has claimed is due for others when its attempt was planned, once the node is dead. */
    @Test
    void theAttemptOfABatchThatIsFullIsPlannedForNow() {
        var s = subscription();
        var keys = gather(s, 3, 10);

        batches().claim(order(s, 2, keys.getFirst().seq(), NOON));

        assertThat(keys).extracting(this::nextAttemptAt).containsExactly(NOON, NOON, NOON.plus(WAIT));
    }

    private Instant nextAttemptAt(DeliveryKey key) {
        return deliveries().find(key).orElseThrow().delivery().nextAttemptAt();
    }

    @Test
    void whatIsDueIsTakenThoughItIsNotFullAndWithItWhatIsNotDueYet() {
        var s = subscription();
        var early = gather(s, NOON, 2, 10);
        var late = gather(s, NOON.plusSeconds(60), 1, 10);

        assertThat(batches()
                        .claim(order(s, 100, ALL, NOON.plus(WAIT).minusMillis(1)))
                        .members())
                .isEmpty();
        var claim = batches().claim(order(s, 100, ALL, NOON.plus(WAIT)));

        assertThat(keys(claim)).containsExactly(early.get(0), early.get(1), late.getFirst());
    }

    @Test
    void theDataOfABatchIsBoundedButASingleEventMayBeLarger() {
        var s = subscription();
        var keys = gather(s, 3, 600_000);
        keys.addAll(gather(s, 1, 1_200_000));

        var full = order(s, 100, keys.getFirst().seq(), NOON);
        assertThat(IntStream.range(0, 4).mapToObj(_ -> keys(batches().claim(full))))
                .allSatisfy(batch -> assertThat(batch).hasSize(1));
    }

    @Test
    void whatIsGatheredTwiceIsThereOnce() {
        var s = subscription();
        var keys = gather(s, 2, 10);
        batches().claim(order(s, 2, 1, NOON));

        var more = new ArrayList<>(keys);
        more.add(key(event(NOON, 10), s));
        batches().gather(more.stream().map(key -> waiting(key, NOON)).toList());

        assertThat(keys(batches().claim(order(s, 1, 1, NOON)))).containsExactly(more.getLast());
    }

    @Test
    void aBatchWhoseLeaseRanOutIsTakenAgainAsItWasAndItsFormerHolderHasNoSay() {
        var s = subscription();
        var keys = gather(s, 2, 10);
        var former = batches().claim(order(s, 2, 1, NOON)).members();
        var others = gather(s, 1, 10);

        assertThat(batches().claim(order(s, 2, ALL, NOON.plusSeconds(119))).members())
                .isEmpty();
        var again = batches().claim(order(s, 3, ALL, NOON.plus(LEASE))).members();
        settle(former, Status.EXHAUSTED, null, 1);

        assertThat(again).extracting(Claimed::key).isEqualTo(keys).doesNotContainAnyElementsOf(others);
        keys.forEach(key -> assertThat(status(key)).isEqualTo(Status.PENDING));
        settle(again, Status.SUCCEEDED, null, 1);
        keys.forEach(key -> assertThat(status(key)).isEqualTo(Status.SUCCEEDED));
    }

    @Test
    void whatBecomesOfABatchBecomesOfAllAndTheyAreTriedAgainTogether() {
        var s = subscription();
        var keys = gather(s, 3, 10);
        var first = batches().claim(order(s, 3, 1, NOON)).members();
        var retry = NOON.plusSeconds(300);

        settle(first, Status.RETRYING, retry, 1);
        gather(s, 2, 10);

        var second = batches().claim(order(s, 3, ALL, retry)).members();
        assertThat(second).extracting(Claimed::key).isEqualTo(keys);
        assertThat(second).extracting(Claimed::attempts).containsOnly(1);
        settle(second, Status.SUCCEEDED, null, 2);
        for (var key : keys) {
            var found = deliveries().find(key).orElseThrow();
            assertThat(found.attempts()).extracting(Attempt::number).containsExactly(1, 2);
            assertThat(found.attempts()).extracting(Attempt::delivery).containsOnly(key);
        }
    }

    @Test
    void whoIsTakenOutByHandGoesAloneAndTheOthersGoOn() {
        var s = subscription();
        var keys = gather(s, 3, 10);
        settle(batches().claim(order(s, 3, 1, NOON)).members(), Status.RETRYING, NOON.plusSeconds(60), 1);

        assertThat(deliveries().makeDue(keys.get(1), NOON.plusSeconds(1))).isTrue();

        assertThat(keys(batches().claim(order(s, 3, ALL, NOON.plusSeconds(1))))).containsExactly(keys.get(1));
        assertThat(keys(batches().claim(order(s, 3, ALL, NOON.plusSeconds(60)))))
                .containsExactly(keys.get(0), keys.get(2));
    }

    @Test
    void manyNodesTakeEachDeliveryOnce() throws Exception {
        var s = subscription();
        var keys = gather(s, 30, 10);

        var taken = new ArrayList<DeliveryKey>();
        try (var nodes = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Claim> node = () -> batches().claim(order(s, 10, 1, NOON));
            for (var claim : nodes.invokeAll(Collections.nCopies(8, node))) {
                taken.addAll(keys(claim.get()));
            }
        }

        assertThat(taken).doesNotHaveDuplicates();
        assertThat(keys).containsAll(taken);
    }

    @Test
    void ofAnOrderedSubscriptionTheNextBatchWaitsForTheOneBefore() {
        var s = subscription();
        var keys = gather(s, 4, 10);

        var first = batches().claim(inTurn(s, 2, ALL, NOON)).members();
        var early = batches().claim(inTurn(s, 2, ALL, NOON));
        settle(first, Status.RETRYING, NOON.plusSeconds(60), 1);
        assertThat(batches().claim(inTurn(s, 2, ALL, NOON.plusSeconds(59))).members())
                .isEmpty();
        var again = batches().claim(inTurn(s, 2, ALL, NOON.plusSeconds(60))).members();
        settle(again, Status.SUCCEEDED, null, 2);

        assertThat(early.members()).isEmpty();
        assertThat(again).extracting(Claimed::key).isEqualTo(keys.subList(0, 2));
        assertThat(keys(batches().claim(inTurn(s, 2, ALL, NOON.plusSeconds(60)))))
                .isEqualTo(keys.subList(2, 4));
    }

    @Test
    void ofAnOrderedSubscriptionNothingIsTakenThatSomethingMayYetComeBefore() {
        var s = subscription();
        var keys = gather(s, 3, 10);

        var early = batches().claim(inTurn(s, 3, keys.get(1).seq(), NOON));

        assertThat(early.members()).isEmpty();
        assertThat(early.soon()).isTrue();
        assertThat(keys(batches().claim(inTurn(s, 3, keys.get(2).seq(), NOON)))).isEqualTo(keys);
    }

    @Test
    void whatIsHastenedIsDueButWhatIsOnItsWayIsNot() {
        var s = subscription();
        var keys = gather(s, 3, 10);
        batches().claim(order(s, 2, 1, NOON));

        batches().hasten(s.no(), NOON.plusSeconds(1));

        assertThat(keys(batches().claim(order(s, 100, ALL, NOON.plusSeconds(1)))))
                .containsExactly(keys.get(2));
    }

    @Test
    void whatIsBufferedIsNotTaken() {
        var s = subscription();
        var keys = gather(s, 2, 10);

        deliveries().deactivate(s.no(), new State(State.Kind.PAUSED, NOON, "requested", null), NOON);

        assertThat(batches().claim(order(s, 2, 1, NOON.plus(WAIT))).members()).isEmpty();
        keys.forEach(key -> assertThat(status(key)).isEqualTo(Status.BUFFERED));
    }

    private List<DeliveryKey> gather(Subscription s, int count, int bytes) {
        return gather(s, NOON, count, bytes);
    }

    private List<DeliveryKey> gather(Subscription s, Instant at, int count, int bytes) {
        var keys = new ArrayList<DeliveryKey>();
        for (int i = 0; i < count; i++) {
            keys.add(key(event(at, bytes), s));
        }
        batches().gather(keys.stream().map(key -> waiting(key, at)).toList());
        return keys;
    }

    private static Waiting waiting(DeliveryKey key, Instant at) {
        return new Waiting(key, "acme", at.plus(WAIT));
    }

    private static DeliveryKey key(Event event, Subscription s) {
        return new DeliveryKey(event.receivedAt(), event.seq(), s.no());
    }

    private static Order order(Subscription s, int items, long from, Instant now) {
        return new Order(s.no(), items, false, ALL, from, now, now.plus(LEASE));
    }

    private static Order inTurn(Subscription s, int items, long settled, Instant now) {
        return new Order(s.no(), items, true, settled, ALL, now, now.plus(LEASE));
    }

    private static List<DeliveryKey> keys(Claim claim) {
        return claim.members().stream().map(Claimed::key).toList();
    }

    private Status status(DeliveryKey key) {
        return deliveries().find(key).orElseThrow().delivery().status();
    }

    /** As a delivery of them would: one step of the first, and the others with it. */
    private void settle(List<Claimed> members, Status status, Instant dueAt, int attempts) {
        var lead = members.getFirst();
        var failure = status == Status.SUCCEEDED ? null : Failure.TIMEOUT;
        var attempt = new Attempt(lead.key(), attempts, NOON, 7, null, failure, null, null);
        var finished = dueAt == null ? NOON : null;
        var others = members.stream().skip(1).map(DeliveryUpdate.Claim::of).toList();
        deliveries()
                .settle(List.of(TestUpdates.update(
                        lead.key(),
                        "acme",
                        true,
                        lead.fence(),
                        status,
                        attempts,
                        attempts,
                        dueAt,
                        dueAt,
                        finished,
                        null,
                        false,
                        attempt,
                        Effect.NONE,
                        others,
                        null)));
    }
}
