package io.waypost.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.TextNode;
import io.waypost.connector.ExpressionFailed;
import io.waypost.delivery.limit.ConcurrencyLimit.Load;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog.Claimed;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.delivery.log.DeliveryUpdate.Claim;
import io.waypost.delivery.log.DeliveryUpdate.Effect;
import io.waypost.delivery.log.DeliveryUpdate.Finding;
import io.waypost.delivery.log.DeliveryUpdate.Progress;
import io.waypost.event.Event;
import io.waypost.platform.clock.SteadyClock;
import io.waypost.subscription.Subscription.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Each transition of the table, and those that there are not. */
class InFlightDeliveryTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    private static final SubscriptionQueue QUEUE = queue();

    private final List<String> handedIn = new ArrayList<>();
    private final AtomicInteger accounted = new AtomicInteger();

    private final InFlightDelivery fresh = InFlightDelivery.fresh(event(1), 7, true, accounted::incrementAndGet);
    private final InFlightDelivery claimed = InFlightDelivery.claimed(claimed(2, false), null);

    private static SubscriptionQueue queue() {
        var fakes = new Fakes();
        return new SubscriptionQueue(7, fakes.limit, SteadyClock.of(fakes.clock), _ -> {});
    }

    private static Event event(long seq) {
        return new Event(seq, NOON, "acme", "order.created", "/", null, null, NOON, false, null, "{}", false);
    }

    private static Claimed claimed(long seq, boolean ordered) {
        return new Claimed(new DeliveryKey(NOON, seq, 7), event(seq), 0, 0, 1, false, null, ordered);
    }

    private void close(InFlightDelivery delivery) {
        delivery.close(hadRow -> handedIn.add(hadRow ? "end of a row" : "end"));
    }

    private boolean cover(InFlightDelivery delivery) {
        return delivery.cover(() -> handedIn.add("row"));
    }

    private void rest(InFlightDelivery delivery) {
        delivery.rest(hadRow -> handedIn.add(hadRow ? "row again" : "row"));
    }

    @Test
    void whatIsFreshIsAnsweredForByItsSegmentUntilItIsClosed() {
        fresh.start(NOON);
        assertThat(accounted).hasValue(0);

        close(fresh);

        assertThat(fresh.closed()).isTrue();
        assertThat(handedIn).containsExactly("end");
        assertThat(accounted).hasValue(1);
    }

    @Test
    void whatIsCoveredIsAnsweredForByItsRow() {
        assertThat(cover(fresh)).isTrue();
        assertThat(cover(fresh)).as("again").isFalse();
        assertThat(accounted).hasValue(1);

        close(fresh);

        assertThat(handedIn).containsExactly("row", "end of a row");
        assertThat(accounted).hasValue(1);
    }

    @Test
    void whatWasClaimedHasARow() {
        assertThat(cover(claimed)).isFalse();
        close(claimed);
        assertThat(handedIn).containsExactly("end of a row");
    }

    @Test
    void closedIsTerminal() {
        close(fresh);

        close(fresh);
        rest(fresh);
        assertThat(cover(fresh)).isFalse();
        fresh.start(NOON);
        fresh.wake();

        assertThat(fresh.closed()).isTrue();
        assertThat(handedIn).containsExactly("end");
        assertThat(accounted).hasValue(1);
    }

    @Test
    void whatRestsHasARowAndHoldsNothingAndWakesAsIfItWereNew() {
        fresh.start(NOON);
        assertThat(fresh.hasStarted()).isTrue();
        rest(fresh);
        fresh.redeliverAfter(Duration.ofSeconds(5), () -> handedIn.add("attempt"));

        assertThat(handedIn).containsExactly("row");
        assertThat(accounted).hasValue(1);
        assertThat(fresh.restTime()).isEqualTo(Duration.ofSeconds(5));
        assertThat(fresh.silence(NOON)).isZero();

        fresh.wake();

        assertThat(fresh.restTime()).isNull();
        assertThat(fresh.hasStarted()).isFalse();
        assertThat(fresh.heldFor(NOON)).isZero();
        var next = fresh.next();
        assertThat(next).isNotNull();
        next.run();
        assertThat(handedIn).containsExactly("row", "attempt");
        assertThat(fresh.next()).as("it is given once").isNull();

        fresh.start(NOON);
        rest(fresh);
        assertThat(handedIn).containsExactly("row", "attempt", "row again");
        assertThat(accounted).hasValue(1);
    }

    @Test
    void whatIsQueuedOrRestsIsRecalledIfItHasARow() {
        assertThat(claimed.recall()).isTrue();
        assertThat(claimed.closed()).isTrue();

        fresh.start(NOON);
        rest(fresh);
        assertThat(fresh.recall()).isTrue();
        assertThat(fresh.closed()).isTrue();
    }

    @Test
    void whatIsQueuedWithoutARowAndWhatIsAttemptedIsNotRecalled() {
        assertThat(fresh.recall()).isFalse();
        assertThat(fresh.closed()).isFalse();

        claimed.start(NOON);
        assertThat(claimed.recall()).isFalse();
        assertThat(claimed.closed()).isFalse();

        rest(claimed);
        claimed.wake();
        claimed.start(NOON);
        assertThat(claimed.recall()).as("its second attempt").isFalse();
    }

    @Test
    void aBatchGoesOnWhoeverIsTakenOutOfItAndTellsWhenItsEndIsOnDisk() {
        var told = new AtomicInteger();
        var batch = InFlightDelivery.batch(List.of(claimed(2, false), claimed(3, false)), told::incrementAndGet);

        assertThat(batch.recall()).isTrue();
        assertThat(batch.closed()).isFalse();
        assertThat(batch.mayRest()).isFalse();

        var written = new CompletableFuture<Void>();
        batch.written(written);
        close(batch);
        assertThat(told).hasValue(0);
        written.complete(null);
        assertThat(told).hasValue(1);
        assertThat(batch.awaitWritten()).isTrue();
    }

    @Test
    void whoWaitsForTheEndOfOneThatTheGatewayGivesUpIsToldSo() {
        var written = new CompletableFuture<Void>();
        claimed.written(written);
        written.cancel(false);
        assertThat(claimed.awaitWritten()).isFalse();
        assertThat(fresh.awaitWritten()).as("nothing is to be written").isTrue();
    }

    @Test
    void onlyWhatNobodyWaitsForRestsInMemory() {
        assertThat(fresh.mayRest()).isTrue();
        assertThat(claimed.mayRest()).isTrue();
        assertThat(InFlightDelivery.claimed(claimed(2, true), null).mayRest()).isFalse();
        assertThat(InFlightDelivery.replayed(event(2), 7).mayRest()).isFalse();
        assertThat(InFlightDelivery.replayed(claimed(2, false)).mayRest()).isFalse();
        assertThat(InFlightDelivery.byHand(claimed(2, false)).mayRest()).isFalse();
    }

    @Test
    void itBecomesSlowOnceAndNotWhenItHasGivenBackItsPermit() {
        fresh.start(NOON);
        assertThat(fresh.becomeSlow()).isTrue();
        assertThat(fresh.becomeSlow()).isFalse();
        assertThat(fresh.givePermitBack()).isTrue();

        claimed.start(NOON);
        assertThat(claimed.givePermitBack()).isFalse();
        assertThat(claimed.becomeSlow()).isFalse();
    }

    @Test
    void theMemoryItWaitsInIsGivenBackOnce() {
        var given = new ArrayList<Load>();
        fresh.waits(given::add);
        fresh.waitsNoMore();
        fresh.waitsNoMore();
        assertThat(given).containsExactly(new Load("acme", 2));
    }

    @Test
    void anAttemptIsKnownOnlyOnceItHasBegun() {
        assertThatThrownBy(fresh::attemptAt).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(fresh::subscription).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(fresh::transformed).hasMessage("no attempt was prepared");

        fresh.attemptBegins(NOON, NOON);

        assertThat(fresh.attemptAt()).isEqualTo(NOON);
        assertThat(fresh.attemptMillis(NOON)).isNotNegative();
    }

    private static List<Long> seqs(List<DeliveryUpdate> updates) {
        return updates.stream().map(update -> update.key().seq()).toList();
    }

    /** A later attempt of a row, the second of which was throttled. */
    private static Claimed tried(long seq) {
        return new Claimed(new DeliveryKey(NOON, seq, 7), event(seq), 3, 2, 5, true, NOON.minusSeconds(60), false);
    }

    @Test
    void aRowGoesOnWhereItStood() {
        var delivery = InFlightDelivery.claimed(tried(2), null);

        assertThat(delivery.key()).isEqualTo(new DeliveryKey(NOON, 2, 7));
        assertThat(delivery.event()).isEqualTo(event(2));
        assertThat(delivery.events()).containsExactly(event(2));
        assertThat(delivery.attempts()).isEqualTo(3);
        assertThat(delivery.used()).isEqualTo(2);
        assertThat(delivery.throttledSince()).isEqualTo(NOON.minusSeconds(60));
        assertThat(delivery.replay()).isTrue();
        assertThat(delivery.following()).isNull();
        assertThat(delivery.othersFollow()).isFalse();
        var update = delivery.waiting(NOON, NOON.plusSeconds(1));
        assertThat(update)
                .isEqualTo(new DeliveryUpdate(
                        new Claim(delivery.key(), 5, false),
                        "acme",
                        new Progress(Status.RETRYING, 3, 2, NOON, NOON.plusSeconds(1), null, NOON.minusSeconds(60)),
                        true,
                        Finding.NOTHING,
                        List.of()));
    }

    @Test
    void whatIsReplayedOrAskedForByHandIsKnownAsThat() {
        assertThat(InFlightDelivery.replayed(event(2), 7).replay()).isTrue();
        assertThat(InFlightDelivery.replayed(event(2), 7).key()).isEqualTo(new DeliveryKey(NOON, 2, 7));
        assertThat(InFlightDelivery.replayed(claimed(2, false)).replay()).isTrue();
        assertThat(InFlightDelivery.replayed(claimed(2, false)).byHand()).isFalse();
        assertThat(InFlightDelivery.byHand(claimed(2, false)).replay()).isFalse();
        assertThat(InFlightDelivery.byHand(claimed(2, false)).byHand()).isTrue();
        close(InFlightDelivery.replayed(event(2), 7));
        close(InFlightDelivery.replayed(claimed(2, false)));
        assertThat(handedIn).containsExactly("end", "end of a row");
    }

    @Test
    void aRowWithoutAttemptsMayNeverHaveBeenMatchedForCertain() {
        assertThat(fresh.certain()).isTrue();
        assertThat(InFlightDelivery.fresh(event(1), 7, false, () -> {}).certain())
                .isFalse();
        assertThat(claimed.certain()).isFalse();
        assertThat(InFlightDelivery.claimed(tried(2), null).certain()).isTrue();
        var askedForAgain =
                new Claimed(new DeliveryKey(NOON.plusSeconds(9), 2, 7), event(2), 0, 0, 1, true, null, false);
        assertThat(InFlightDelivery.claimed(askedForAgain, null).certain()).isTrue();

        claimed.becomeCertain();
        assertThat(claimed.certain()).isTrue();
    }

    @Test
    void aBatchCarriesAllItsEventsAndWhatBecomesOfItBecomesOfAll() {
        var batch = InFlightDelivery.batch(List.of(claimed(2, false), claimed(3, false), claimed(4, false)), () -> {});

        assertThat(batch.isBatch()).isTrue();
        assertThat(batch.events()).containsExactly(event(2), event(3), event(4));
        assertThat(batch.load()).isEqualTo(new Load("acme", 6));
        assertThat(batch.waiting(NOON, NOON).others())
                .extracting(claim -> claim.key().seq())
                .containsExactly(3L, 4L);
        assertThat(fresh.isBatch()).isFalse();
        assertThat(fresh.load()).isEqualTo(new Load("acme", 2));
        assertThat(InFlightDelivery.batch(List.of(claimed(2, false)), () -> {}).isBatch())
                .as("also one of a single delivery")
                .isTrue();
    }

    @Test
    void ofABatchWhatIsUnwantedIsDiscardedByItself() {
        var batch = InFlightDelivery.batch(List.of(tried(2), tried(3), tried(4)), () -> {});

        assertThat(seqs(batch.unwanted(i -> i != 1, NOON))).containsExactly(2L, 4L);
        assertThat(batch.unwanted(_ -> false, NOON)).isEmpty();
        var first = batch.unwanted(i -> i == 0, NOON).getFirst();
        assertThat(first.claim()).isEqualTo(new Claim(new DeliveryKey(NOON, 2, 7), 5, true));
        assertThat(first.status()).isEqualTo(Status.DISCARDED);
        assertThat(first.finishedAt()).isEqualTo(NOON);
        assertThat(first.attempts()).isEqualTo(3);
        assertThat(first.replay()).isTrue();
        assertThat(batch.unwanted(i -> i == 2, NOON).getFirst().claim()).isEqualTo(Claim.of(tried(4)));
        assertThat(seqs(fresh.unwanted(_ -> true, NOON))).containsExactly(1L);
    }

    @Test
    void whatATransformMakesHoldsUntilItFails() {
        fresh.transformed(TextNode.valueOf("made"));
        assertThat(fresh.transformed()).isEqualTo(TextNode.valueOf("made"));

        var failure = new ExpressionFailed("no");
        fresh.transformFails(failure);
        assertThatThrownBy(fresh::transformed).isSameAs(failure);

        fresh.transformed(TextNode.valueOf("made again"));
        assertThat(fresh.transformed()).isEqualTo(TextNode.valueOf("made again"));
    }

    @Test
    void itWaitsUntilItHasItsPermitsAndHoldsThemFromThenOn() {
        assertThat(fresh.queuedFor(NOON)).as("it is in no queue").isZero();
        fresh.enters(QUEUE, NOON);
        assertThat(fresh.queue()).isSameAs(QUEUE);
        assertThat(fresh.queuedFor(NOON.plusSeconds(3))).isEqualTo(Duration.ofSeconds(3));
        assertThat(fresh.heldFor(NOON.plusSeconds(3))).isZero();

        fresh.start(NOON.plusSeconds(4));
        assertThat(fresh.queuedFor(NOON.plusSeconds(9))).isZero();
        assertThat(fresh.heldFor(NOON.plusSeconds(9))).isEqualTo(Duration.ofSeconds(5));

        rest(fresh);
        fresh.wake();
        assertThat(fresh.queue()).isNull();
        assertThat(fresh.queuedFor(NOON.plusSeconds(10))).isZero();
        fresh.enters(QUEUE, NOON.plusSeconds(10));
        assertThat(fresh.queuedFor(NOON.plusSeconds(11))).isEqualTo(Duration.ofSeconds(1));
        close(fresh);
        assertThat(fresh.queuedFor(NOON.plusSeconds(11))).as("it is closed").isZero();
    }

    @Test
    void anAttemptThatIsMadeIsTimedAndNotAnsweredUntilItEnds() {
        fresh.attemptBegins(NOON, NOON.plusSeconds(3_600));
        assertThat(fresh.silence(NOON.plusSeconds(1))).as("it has no permit").isZero();
        fresh.start(NOON);

        assertThat(fresh.silence(NOON.plusSeconds(2))).isEqualTo(Duration.ofSeconds(2));
        assertThat(fresh.attemptMillis(NOON.plusMillis(1_500))).isEqualTo(1_500);
        assertThat(fresh.attemptAt()).isEqualTo(NOON.plusSeconds(3_600));
        close(fresh);
        assertThat(fresh.silence(NOON.plusSeconds(2))).isZero();
    }

    @Test
    void anAttemptCountsAndIsAStepOfTheScheduleUnlessItWasThrottled() {
        assertThat(fresh.progress().status()).isEqualTo(Status.PENDING);

        fresh.attempted(NOON);
        assertThat(fresh.attempts()).isEqualTo(1);
        assertThat(fresh.used()).isZero();
        assertThat(fresh.throttledSince()).isEqualTo(NOON);
        assertThat(fresh.progress()).isEqualTo(new Progress(Status.RETRYING, 1, 0, null, null, null, NOON));

        fresh.attempted(null);
        assertThat(fresh.attempts()).isEqualTo(2);
        assertThat(fresh.used()).isEqualTo(1);
        assertThat(fresh.throttledSince()).isNull();
    }

    @Test
    void itHasEndedWhenNothingIsToFollow() {
        var _ = fresh.waiting(NOON, NOON);
        assertThat(fresh.ended()).isFalse();

        var _ = fresh.update(fresh.progress().ended(Status.SUCCEEDED, NOON), null, Effect.SUCCESS);
        assertThat(fresh.ended()).isTrue();
    }

    @Test
    void whatItFindsIsAboutTheStateItsSubscriptionWasInWhenItBegan() {
        assertThat(fresh.waiting(NOON, NOON).stateSince()).isNull();
        var subscription =
                Fakes.wish().state(State.activated(NOON.minusSeconds(5))).made();

        fresh.begins(subscription);

        assertThat(fresh.subscription()).isSameAs(subscription);
        var update = fresh.update(fresh.progress().buffered(), null, Effect.GONE);
        assertThat(update.stateSince()).isEqualTo(NOON.minusSeconds(5));
        assertThat(update.effect()).isEqualTo(Effect.GONE);
        assertThat(update.fence()).isEqualTo(1);
        assertThat(update.row()).isTrue();
    }

    @Test
    void whatFollowsItIsKnownAsLongAsItHasNotBegun() {
        var first = OrderedClaims.begin(List.of(claimed(2, true), claimed(3, true)), NOON)
                .getFirst();
        assertThat(first.following()).isNotNull();
        assertThat(first.othersFollow()).isTrue();

        assertThat(first.following().giveUp()).hasSize(1);
        assertThat(first.othersFollow()).isFalse();
    }

    @Test
    void whenItWakesItMayBecomeSlowAgain() {
        fresh.start(NOON);
        assertThat(fresh.becomeSlow()).isTrue();
        rest(fresh);
        assertThat(fresh.givePermitBack()).isTrue();

        fresh.wake();
        fresh.start(NOON);

        assertThat(fresh.becomeSlow()).isTrue();
        assertThat(fresh.closed()).isFalse();
    }

    @Test
    void whatIsClosedTellsItsEndWithoutADiskToWaitForAtOnce() {
        var told = new AtomicInteger();
        close(InFlightDelivery.batch(List.of(claimed(2, false)), told::incrementAndGet));

        assertThat(told).hasValue(1);
    }
}
