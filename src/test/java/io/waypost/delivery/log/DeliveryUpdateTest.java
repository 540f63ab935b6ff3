package io.waypost.delivery.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.Failure;
import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryLog.Claimed;
import io.waypost.delivery.log.DeliveryUpdate.Claim;
import io.waypost.delivery.log.DeliveryUpdate.Effect;
import io.waypost.delivery.log.DeliveryUpdate.Finding;
import io.waypost.delivery.log.DeliveryUpdate.Progress;
import io.waypost.event.Event;
import io.waypost.subscription.Runs;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeliveryUpdateTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Instant LATER = NOON.plusSeconds(60);
    private static final DeliveryKey KEY = new DeliveryKey(NOON, 5, 7);
    private static final Attempt ATTEMPT = new Attempt(KEY, 2, NOON, 12, 500, Failure.HTTP_STATUS, null, null);

    /** After the second attempt, throttled since noon. */
    private static final Progress WAITING =
            new Progress(Status.RETRYING, 2, 1, LATER, LATER.plusSeconds(1), null, NOON);

    private static final DeliveryUpdate UPDATE = new DeliveryUpdate(
            new Claim(KEY, 3, true), "acme", WAITING, true, new Finding(ATTEMPT, Effect.FAILURE, NOON), List.of());

    private static Claimed row(int attempts) {
        var event = new Event(5, NOON, "acme", "a", "/", null, null, NOON, false, null, "{}", false);
        return new Claimed(KEY, event, attempts, attempts, 3, true, attempts == 0 ? null : NOON, false);
    }

    @Test
    void itSaysWhatItsPartsSay() {
        assertThat(UPDATE)
                .returns(KEY, DeliveryUpdate::key)
                .returns(3, DeliveryUpdate::fence)
                .returns(true, DeliveryUpdate::row)
                .returns(Status.RETRYING, DeliveryUpdate::status)
                .returns(2, DeliveryUpdate::attempts)
                .returns(1, DeliveryUpdate::used)
                .returns(LATER, DeliveryUpdate::dueAt)
                .returns(LATER.plusSeconds(1), DeliveryUpdate::nextAttemptAt)
                .returns(null, DeliveryUpdate::finishedAt)
                .returns(NOON, DeliveryUpdate::throttledSince)
                .returns(ATTEMPT, DeliveryUpdate::attempt)
                .returns(Effect.FAILURE, DeliveryUpdate::effect)
                .returns(NOON, DeliveryUpdate::stateSince);
    }

    @Test
    void whatNobodyHasTriedYetIsDueOrInTheBuffer() {
        var due = DeliveryUpdate.pending(KEY, "acme", true, LATER);
        assertThat(due.claim()).isEqualTo(new Claim(KEY, 1, false));
        assertThat(due.progress()).isEqualTo(new Progress(Status.PENDING, 0, 0, LATER, LATER, null, null));
        assertThat(due.replay()).isTrue();
        assertThat(due.tenant()).isEqualTo("acme");
        assertThat(due.finding()).isEqualTo(Finding.NOTHING);

        assertThat(DeliveryUpdate.pending(KEY, "acme", false, null).progress())
                .isEqualTo(new Progress(Status.BUFFERED, 0, 0, null, null, null, null));
    }

    @Test
    void aRowThatIsNotWantedIsDiscardedAsFarAsItHadCome() {
        var discarded = DeliveryUpdate.discarded(row(2), LATER);

        assertThat(discarded.claim()).isEqualTo(new Claim(KEY, 3, true));
        assertThat(discarded.progress()).isEqualTo(new Progress(Status.DISCARDED, 2, 2, null, null, LATER, null));
        assertThat(discarded.finishedAt()).isEqualTo(LATER);
        assertThat(discarded.replay()).isTrue();
        assertThat(discarded.tenant()).isEqualTo("acme");
    }

    @Test
    void howFarARowHadComeIsWhereItsDeliveryGoesOn() {
        assertThat(Progress.of(null)).isEqualTo(new Progress(Status.PENDING, 0, 0, null, null, null, null));
        assertThat(Progress.of(row(0))).isEqualTo(new Progress(Status.PENDING, 0, 0, null, null, null, null));
        assertThat(Progress.of(row(2))).isEqualTo(new Progress(Status.RETRYING, 2, 2, null, null, null, NOON));
        assertThat(Progress.of(row(2)).waiting(NOON, LATER))
                .isEqualTo(new Progress(Status.RETRYING, 2, 2, NOON, LATER, null, NOON));
    }

    @Test
    void whatIsHeldWaitsForARunAndRemembersWhenItsNextAttemptWasPlanned() {
        assertThat(UPDATE.held().progress())
                .isEqualTo(new Progress(Status.RETRYING, 2, 1, Runs.NOT_BY_ITSELF, LATER.plusSeconds(1), null, NOON));
        assertThat(UPDATE.held().finding()).isEqualTo(UPDATE.finding());
        assertThat(DeliveryUpdate.pending(KEY, "acme", false, NOON).held().progress())
                .as("it has never been planned")
                .isEqualTo(new Progress(Status.PENDING, 0, 0, Runs.NOT_BY_ITSELF, null, null, null));

        var ended = DeliveryUpdate.discarded(row(2), LATER);
        assertThat(ended.held()).as("it waits for nothing").isEqualTo(ended);
    }

    @Test
    void theSameWithOneThingChangedKeepsTheRest() {
        assertThat(UPDATE.withRow(false).row()).isFalse();
        assertThat(UPDATE.withRow(false).withRow(true)).isEqualTo(UPDATE);
        assertThat(UPDATE.buffered().progress()).isEqualTo(new Progress(Status.BUFFERED, 2, 1, null, null, null, null));
        assertThat(UPDATE.buffered().claim()).isEqualTo(UPDATE.claim());
        assertThat(UPDATE.withoutAttempt().finding()).isEqualTo(Finding.NOTHING);
        assertThat(UPDATE.withoutAttempt().progress()).isEqualTo(WAITING);
    }

    @Test
    void whatBecomesOfABatchBecomesOfEachButCountsOnceForTheHealth() {
        var other = new DeliveryKey(NOON, 6, 7);
        var batch = new DeliveryUpdate(
                UPDATE.claim(), "acme", WAITING, true, UPDATE.finding(), List.of(new Claim(other, 9, false)));
        var each = new ArrayList<DeliveryUpdate>();

        batch.each(each::add);

        assertThat(each)
                .containsExactly(
                        batch,
                        new DeliveryUpdate(
                                new Claim(other, 9, true),
                                "acme",
                                WAITING,
                                true,
                                new Finding(ATTEMPT.of(other), Effect.NONE, null),
                                List.of()));

        each.clear();
        batch.withoutAttempt().each(each::add);
        assertThat(each).extracting(DeliveryUpdate::finding).containsExactly(Finding.NOTHING, Finding.NOTHING);
    }
}
