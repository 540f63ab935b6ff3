package io.waypost.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.Failure;
import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryLog.Failing;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.delivery.log.DeliveryUpdate.Claim;
import io.waypost.delivery.log.DeliveryUpdate.Effect;
import io.waypost.delivery.log.DeliveryUpdate.Finding;
import io.waypost.delivery.log.DeliveryUpdate.Progress;
import io.waypost.delivery.log.Health;
import io.waypost.platform.due.TestDue;
import io.waypost.subscription.DeliveryProfile;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.Deactivation;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.SubscriptionStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HealthJudgeTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Instant NOW = NOON.plusSeconds(3_600);
    private static final long NO = 7;

    private final Log log = new Log();
    private final KnownSubscriptions index = KnownSubscriptions.of(
            ASubscription.no(NO).state(State.activated(NOON)).get());
    private final TestDue due = new TestDue();
    private final HealthJudge health =
            new HealthJudge(Unasked.but(DeliveryLog.class, log), Unasked.but(SubscriptionStore.class, log), index, due);

    /** As of an attempt that was made in the state the subscription is in. */
    private static DeliveryUpdate update(Effect effect) {
        return update(effect, NOON, NOW, "refused");
    }

    private static DeliveryUpdate update(Effect effect, Instant stateSince, Instant at, String detail) {
        var key = new DeliveryKey(NOON, 1, NO);
        var failure = effect == Effect.SUCCESS ? null : Failure.HTTP_STATUS;
        return without(key, effect, stateSince, new Attempt(key, 1, at, 5, null, failure, detail, null));
    }

    private static DeliveryUpdate without(DeliveryKey key, Effect effect, Instant stateSince, Attempt attempt) {
        var progress = new Progress(Status.RETRYING, 1, 1, NOW, NOW, null, null);
        return new DeliveryUpdate(
                Claim.first(key), "acme", progress, false, new Finding(attempt, effect, stateSince), List.of());
    }

    @Test
    void whatSaysNothingAboutAReceiverOrOnlyThatItIsStillWellIsNoConcern() {
        var updates = List.of(update(Effect.NONE), update(Effect.SUCCESS));

        assertThat(health.isConcernedWith(updates)).isFalse();
        assertThat(health.judge(updates, NOW)).isSameAs(HealthJudge.Consequences.NONE);
        assertThat(log.saved).as("nobody was asked").isEmpty();
        assertThat(log.asked).isEmpty();
    }

    @Test
    void aFailureIsCountedAndTheNextSuccessStartsTheCountAnew() {
        assertThat(health.isConcernedWith(List.of(update(Effect.NONE), update(Effect.FAILURE))))
                .isTrue();
        var consequences = health.judge(List.of(update(Effect.FAILURE)), NOW);
        assertThat(consequences.changed()).isEmpty();
        assertThat(consequences.ended()).isEmpty();
        assertThat(log.saved).containsExactly(Map.of(NO, new Health(1, NOW)));

        assertThat(health.isConcernedWith(List.of(update(Effect.SUCCESS)))).isTrue();
        log.stored = Map.of(NO, new Health(1, NOW));
        health.judge(List.of(update(Effect.SUCCESS)), NOW);

        assertThat(log.saved.getLast()).isEqualTo(Map.of(NO, Health.GOOD));
        assertThat(health.isConcernedWith(List.of(update(Effect.SUCCESS)))).isFalse();
    }

    @Test
    void failuresOfABatchOfOutcomesAddUpAndASuccessBetweenThemEndsTheRow() {
        log.stored = Map.of(NO, new Health(4, NOON));

        health.judge(List.of(update(Effect.FAILURE), update(Effect.NONE), update(Effect.FAILURE)), NOW);
        assertThat(log.saved.getLast()).isEqualTo(Map.of(NO, new Health(6, NOON)));

        var earlier = update(Effect.FAILURE, NOON, NOON.plusSeconds(9), null);
        health.judge(List.of(update(Effect.FAILURE), update(Effect.SUCCESS), earlier), NOW);
        assertThat(log.saved.getLast()).isEqualTo(Map.of(NO, new Health(1, NOON.plusSeconds(9))));
    }

    @Test
    void tenFailuresInARowOverAnHourDeactivateIt() {
        log.stored = Map.of(NO, new Health(9, NOW.minus(Duration.ofHours(1))));

        var consequences = health.judge(List.of(update(Effect.FAILURE), update(Effect.FAILURE)), NOW);

        var dead = new State(State.Kind.DEACTIVATED, NOW, "failures", Failure.HTTP_STATUS.code() + ": refused");
        assertThat(log.deactivated).containsExactly(dead);
        assertThat(consequences.changed()).extracting(Subscription::state).containsExactly(dead);
        assertThat(consequences.ended()).isEmpty();
        assertThat(log.saved).as("it begins anew when it is switched on").containsExactly(Map.of(NO, Health.GOOD));
        assertThat(health.isConcernedWith(List.of(update(Effect.SUCCESS)))).isFalse();
    }

    @Test
    void neitherFewerNorAShorterTimeDo() {
        log.stored = Map.of(NO, new Health(8, NOW.minus(Duration.ofHours(5))));
        health.judge(List.of(update(Effect.FAILURE)), NOW);
        log.stored = Map.of(NO, new Health(50, NOW.minus(Duration.ofHours(1)).plusMillis(1)));
        health.judge(List.of(update(Effect.FAILURE)), NOW);
        index.put(ASubscription.no(NO)
                .state(State.activated(NOON))
                .deactivation(new Deactivation(0, Duration.ZERO))
                .get());
        log.stored = Map.of(NO, new Health(50, NOW.minus(Duration.ofHours(9))));
        health.judge(List.of(update(Effect.FAILURE)), NOW);

        assertThat(log.deactivated).isEmpty();
        assertThat(log.saved).extracting(map -> map.get(NO).failures()).containsExactly(9, 51, 51);
    }

    @Test
    void aFailureWithoutAnAttemptHappensNowAndIsAnErrorOfOurs() {
        log.stored = Map.of(NO, new Health(9, NOW.minus(Duration.ofHours(1))));
        var broken = without(new DeliveryKey(NOON, 1, NO), Effect.FAILURE, NOON, null);

        health.judge(List.of(broken), NOW);

        assertThat(log.deactivated).extracting(State::lastError).containsExactly(Failure.CONNECTOR_FAILED.code());
    }

    /** Somebody else was first, as when its owner has just paused it. */
    @Test
    void whatIsNotActiveAnyMoreKeepsItsCount() {
        log.stored = Map.of(NO, new Health(9, NOW.minus(Duration.ofHours(1))));
        log.deactivates = false;

        var consequences = health.judge(List.of(update(Effect.FAILURE)), NOW);

        assertThat(consequences.changed()).isEmpty();
        assertThat(log.saved).extracting(map -> map.get(NO).failures()).containsExactly(10);
    }

    @Test
    void whoseReceiverIsGoneIsDeactivatedAtOnceForThatReason() {
        var consequences = health.judge(List.of(update(Effect.GONE), update(Effect.FAILURE)), NOW);

        assertThat(consequences.changed()).extracting(s -> s.state().reason()).containsExactly("gone");
        assertThat(log.asked).doesNotContain("delete", "toBackup");
        assertThat(log.saved).containsExactly(Map.of(NO, Health.GOOD));
    }

    @Test
    void theFirstReasonStands() {
        log.stored = Map.of(NO, new Health(9, NOW.minus(Duration.ofHours(1))));

        health.judge(List.of(update(Effect.FAILURE), update(Effect.GONE)), NOW);

        assertThat(log.deactivated).extracting(State::reason).containsExactly("failures");
    }

    @Test
    void aHookWhoseReceiverIsGoneIsDeletedButNotOneThatFails() {
        index.put(ASubscription.no(NO)
                .state(State.activated(NOON))
                .profile(DeliveryProfile.REST_HOOK)
                .get());
        log.stored = Map.of(NO, new Health(9, NOW.minus(Duration.ofHours(1))));
        var failed = health.judge(List.of(update(Effect.FAILURE)), NOW);
        assertThat(failed.ended()).isEmpty();
        assertThat(failed.changed()).hasSize(1);
        log.asked.clear();

        var gone = health.judge(List.of(update(Effect.GONE)), NOW);

        assertThat(gone.ended()).containsExactly(NO);
        assertThat(gone.changed()).isEmpty();
        assertThat(log.asked).containsExactly("delete sub_7");
        assertThat(log.saved.getLast()).isEqualTo(Map.of(NO, Health.GOOD));
    }

    @Test
    void itsBackupTakesOverBeforeItIsDeactivated() {
        index.put(ASubscription.no(NO).state(State.activated(NOON)).backupUrl().get());
        log.toBackup = true;

        var consequences = health.judge(List.of(update(Effect.GONE)), NOW);

        assertThat(consequences.changed()).extracting(Subscription::onBackup).containsExactly(true);
        assertThat(log.asked).containsExactly("toBackup gone");
        assertThat(log.saved).containsExactly(Map.of(NO, Health.GOOD));

        log.asked.clear();
        log.toBackup = false;
        health.judge(List.of(update(Effect.GONE)), NOW);
        assertThat(log.asked).as("it has been lost").containsExactly("toBackup gone", "deactivate");
    }

    /** As when several are refused at once: the first lets the backup take over, the others had gone to the old URL too. */
    @Test
    void whatWasSentInAnEarlierStateDoesNotCountHoweverLateItsAnswerIsJudged() {
        var beforeAny = update(Effect.GONE, null, NOW, null);
        var before = update(Effect.FAILURE, NOON.minusMillis(1), NOW, null);
        assertThat(health.isConcernedWith(List.of(beforeAny))).isFalse();
        assertThat(health.isConcernedWith(List.of(before))).isFalse();
        assertThat(health.isConcernedWith(List.of(update(Effect.GONE)))).isTrue();

        // Not either if it is written together with one that counts.
        health.judge(List.of(update(Effect.FAILURE), beforeAny, before), NOW);
        assertThat(log.saved).containsExactly(Map.of(NO, new Health(1, NOW)));
        assertThat(log.asked).isEmpty();

        index.put(ASubscription.no(NO).paused(NOON).get());
        assertThat(health.isConcernedWith(List.of(update(Effect.FAILURE)))).isFalse();
    }

    @Test
    void whatOtherNodesSawFailIsAConcernHereUntilItIsGone() {
        log.failing = Set.of(NO);
        health.follow();
        log.failing = Set.of();
        health.follow();
        assertThat(log.heard).containsExactly(-1L, 100L);
        assertThat(health.isConcernedWith(List.of(update(Effect.SUCCESS)))).isTrue();

        health.forget();
        assertThat(health.isConcernedWith(List.of(update(Effect.SUCCESS)))).isTrue();
        index.remove(NO);
        health.forget();
        assertThat(health.isConcernedWith(List.of(update(Effect.SUCCESS)))).isFalse();
    }

    @Test
    void otherNodesAreListenedToOnlyIfSomethingHasChanged() {
        due.found(TestDue.NOTHING);
        health.follow();
        health.follow();
        assertThat(log.heard).containsExactly(-1L);

        due.found(TestDue.changed(5));
        health.follow();
        health.follow();
        assertThat(log.heard).hasSize(2);
    }

    /** The methods of two ports. */
    public static final class Log {

        Map<Long, Health> stored = Map.of();
        boolean deactivates = true;
        boolean toBackup;
        Set<Long> failing = Set.of();
        final List<Long> heard = new ArrayList<>();
        final List<String> asked = new ArrayList<>();
        final List<State> deactivated = new ArrayList<>();
        final List<Map<Long, Health>> saved = new ArrayList<>();

        public Failing failing(long after) {
            heard.add(after);
            return new Failing(failing, 100);
        }

        public Map<Long, Health> health(Collection<Long> subscriptions) {
            assertThat(subscriptions).containsExactly(NO);
            return stored;
        }

        public void saveHealth(Map<Long, Health> health) {
            saved.add(new HashMap<>(health));
        }

        public Optional<Subscription> deactivate(long no, State state, Instant now) {
            asked.add("deactivate");
            deactivated.add(state);
            return deactivates ? Optional.of(ASubscription.no(no).state(state).get()) : Optional.empty();
        }

        public Optional<Subscription> toBackup(long no, State dead, Instant now) {
            asked.add("toBackup " + dead.reason());
            return toBackup
                    ? Optional.of(ASubscription.no(no)
                            .state(State.onBackup(now, dead.lastError()))
                            .get())
                    : Optional.empty();
        }

        public boolean delete(String id, Instant now) {
            asked.add("delete " + id);
            return true;
        }
    }
}
