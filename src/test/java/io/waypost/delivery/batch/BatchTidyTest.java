package io.waypost.delivery.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.delivery.ASubscription;
import io.waypost.delivery.Batches.Member;
import io.waypost.delivery.KnownSubscriptions;
import io.waypost.delivery.Unasked;
import io.waypost.event.Event;
import io.waypost.platform.SettableClock;
import io.waypost.platform.due.TestDue;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.Batch;
import io.waypost.subscription.SubscriptionStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BatchTidyTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Batch RULES = new Batch(10, Duration.ofMinutes(3));

    private final List<Long> forgotten = new ArrayList<>();
    private final Rows rows = new Rows();
    private boolean ready = true;
    private Subscription stored;

    private final BatchGroups groups = new BatchGroups(null, null, null) {
        @Override
        boolean ready() {
            return ready;
        }

        @Override
        void forget(long subscription) {
            forgotten.add(subscription);
        }
    };

    private final KnownSubscriptions index = KnownSubscriptions.of(with(RULES));
    private final Gatherer gatherer = new Gatherer(rows, groups, new Noted(), index, null);
    private final TestDue due = new TestDue();
    private final BatchTidy tidy = new BatchTidy(
            groups,
            gatherer,
            rows,
            index,
            Unasked.but(SubscriptionStore.class, new Stored()),
            due,
            new SettableClock("2026-03-01T12:00:00Z"));

    private static Subscription with(Batch rules) {
        return ASubscription.no(2).batch(rules).get();
    }

    private void gatherOne() {
        var event = new Event(1, NOON, "acme", "a", "/", null, null, NOON, false, null, "{}", false);
        gatherer.gather(List.of(new Member(event, with(RULES))));
    }

    @Test
    void whereNoGroupIsStoredNobodyIsAskedForOne() {
        due.found(TestDue.NOTHING);
        rows.counted = List.of(9L);

        tidy.tidy();

        assertThat(gatherer.rules()).doesNotContainKey(9L);
        assertThat(rows.hastened).isEmpty();
    }

    @Test
    void whileTheRulesAreTheSameNothingIsHastened() {
        gatherOne();
        rows.counted = List.of(2L);

        tidy.tidy();
        tidy.tidy();

        assertThat(rows.hastened).isEmpty();
        assertThat(forgotten).isEmpty();
    }

    @Test
    void whatWaitedUnderOtherRulesIsDueAtOnceAndOnce() {
        gatherOne();
        index.put(with(new Batch(11, RULES.maxWait())));

        tidy.tidy();
        tidy.tidy();

        assertThat(rows.hastened).containsExactly("2 at " + NOON);
        assertThat(gatherer.rules().get(2L).maxItems()).isEqualTo(11);
        assertThat(forgotten).isEmpty();
    }

    /** As when another node has gathered it: from here on this one follows its rules too. */
    @Test
    void whatIsCountedHereAndWasGatheredElsewhereIsFollowedFromNowOn() {
        rows.counted = List.of(2L);
        tidy.tidy();
        assertThat(rows.hastened).isEmpty();

        rows.counted = List.of();
        index.put(with(Batch.DEFAULT));
        tidy.tidy();

        assertThat(rows.hastened).hasSize(1);
    }

    @Test
    void whatHasNoBatchesAnyMoreIsDueAndItsGroupIsForgotten() {
        gatherOne();
        rows.counted = List.of(2L);
        for (var other : List.of(
                ASubscription.no(2).get(),
                ASubscription.no(2).batch(RULES).paused(NOON).get())) {
            index.put(other);
            tidy.tidy();
        }
        index.remove(2);
        tidy.tidy();

        assertThat(rows.hastened).hasSize(3);
        assertThat(forgotten).containsExactly(2L, 2L, 2L);
        assertThat(gatherer.rules()).isEmpty();
    }

    @Test
    void whereNothingIsCountedThereIsNoGroupToForget() {
        gatherOne();
        index.remove(2);

        tidy.tidy();
        tidy.tidy();

        assertThat(rows.hastened).as("once").hasSize(1);
        assertThat(forgotten).isEmpty();
    }

    @Test
    void oneThatAnotherNodeHasJustMadeIsLookedUp() {
        index.remove(2);
        stored = with(RULES);
        rows.counted = List.of(2L);

        tidy.tidy();

        assertThat(rows.hastened).isEmpty();
        assertThat(gatherer.rules()).containsEntry(2L, RULES);
    }

    @Test
    void beforeTheRouteHasStartedNothingIsDone() {
        ready = false;
        rows.counted = List.of(9L);

        tidy.tidy();

        assertThat(rows.hastened).isEmpty();
    }

    /** A method of the store. */
    public final class Stored {

        public Optional<Subscription> find(long no) {
            return Optional.ofNullable(stored).filter(s -> s.no() == no);
        }
    }

    private static final class Rows implements BatchLog {

        final List<String> hastened = new ArrayList<>();
        List<Long> counted = List.of();

        @Override
        public void gather(List<Waiting> waiting) {}

        @Override
        public Claim claim(Order order) {
            throw new AssertionError("nothing is claimed here");
        }

        @Override
        public List<Long> counted() {
            return counted;
        }

        @Override
        public void hasten(long subscription, Instant now) {
            hastened.add(subscription + " at " + now);
        }
    }
}
