package io.waypost.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.delivery.limit.ConcurrencyLimit.Load;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog.Claimed;
import io.waypost.event.Event;
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

    private final List<String> handedIn = new ArrayList<>();
    private final AtomicInteger accounted = new AtomicInteger();

    private final InFlightDelivery fresh = InFlightDelivery.fresh(event(1), 7, true, accounted::incrementAndGet);
    private final InFlightDelivery claimed = InFlightDelivery.claimed(claimed(2, false), null);

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
}
