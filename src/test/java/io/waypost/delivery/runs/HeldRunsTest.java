package io.waypost.delivery.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.delivery.ASubscription;
import io.waypost.delivery.KnownSubscriptions;
import io.waypost.delivery.log.DueSignal;
import io.waypost.platform.SettableClock;
import io.waypost.platform.due.TestDue;
import io.waypost.subscription.Runs;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;

class HeldRunsTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    /** So many subscriptions are looked at at once. */
    private static final int AT_ONCE = 1_000;

    private final SettableClock clock = new SettableClock("2026-03-01T12:00:00Z");
    private final Held held = new Held();
    private final KnownSubscriptions index = new KnownSubscriptions();
    private int wakes;
    private final TestDue due = new TestDue();
    private final HeldRuns runs = new HeldRuns(
            held,
            index,
            new DueSignal() {
                @Override
                public void wake() {
                    wakes++;
                }
            },
            due,
            clock);

    @Test
    void aRunOnCommandLetsOutWhatItIsAskedForOfAllThatHoldAnything() {
        for (long no = 1; no <= 2_500; no++) {
            held.count.put(no, 2);
            if (no != 5) {
                index.put(ASubscription.no(no).inRuns().get());
            }
        }

        assertThat(runs.run(subscription -> subscription.no() <= 10 || subscription.no() == 2_500))
                .isEqualTo(20);

        assertThat(held.released).containsExactly(1L, 2L, 3L, 4L, 6L, 7L, 8L, 9L, 10L, 2_500L);
        assertThat(held.lastNow).isEqualTo(NOON);
        assertThat(wakes)
                .as("once for each thousand of which anything was let out")
                .isEqualTo(2);
    }

    @Test
    void aRunThatLetsNothingOutWakesNobody() {
        held.count.put(1L, 0);
        index.put(ASubscription.no(1).inRuns().get());

        assertThat(runs.run(_ -> true)).isZero();

        assertThat(held.released).containsExactly(1L);
        assertThat(wakes).isZero();
    }

    @Test
    void runsThatHaveBegunAreMadeOnceAndTheNextIsPlanned() {
        var hourly = new HeldDeliveries.Planned(1, new Runs("0 * * * *"), NOON.minus(Duration.ofHours(3)));
        var last = new HeldDeliveries.Planned(2, new Runs(null), NOON);
        held.planned.add(List.of(hourly, last));
        held.planned.add(List.of(new HeldDeliveries.Planned(3, new Runs("30 12 * * *"), NOON)));

        runs.byCron();

        assertThat(held.made)
                .containsExactly(
                        "1 next " + NOON.plus(Duration.ofHours(1)),
                        "2 next null",
                        "3 next " + NOON.plus(Duration.ofMinutes(30)));
        assertThat(held.planned).isEmpty();
        assertThat(wakes).isEqualTo(2);
    }

    @Test
    void whatWaitsForNoRunAnyMoreIsLetOutByItself() {
        held.count.putAll(Map.of(1L, 1, 2L, 1, 3L, 1, 4L, 1));
        held.deleted = Set.of(3L);
        index.put(ASubscription.no(1).inRuns().get());
        index.put(ASubscription.no(2).get());
        // Of 4 this node has not heard yet.

        runs.byCron();

        assertThat(held.released).containsExactlyInAnyOrder(2L, 3L);
        assertThat(wakes).isEqualTo(1);
    }

    @Test
    void ofVeryManyThatHoldAnythingTheNextAreLookedAtInTurn() {
        for (long no = 1; no <= AT_ONCE + 1; no++) {
            held.count.put(no, 1);
        }

        for (int i = 0; i < 3; i++) {
            runs.byCron();
        }

        assertThat(held.lookedFrom).containsExactly(0L, 1_000L, 0L);
    }

    @Test
    void whereNothingIsPlannedNorHeldNobodyIsAsked() {
        due.found(TestDue.NOTHING);
        runs.byCron();
        due.found(TestDue.runs(NOON.plusMillis(1), false));
        runs.byCron();
        assertThat(held.lookedFrom).isEmpty();

        due.found(TestDue.runs(NOON, false));
        runs.byCron();
        due.found(TestDue.runs(Instant.MAX, true));
        runs.byCron();
        assertThat(held.lookedFrom).containsExactly(0L, 0L);
    }

    @Test
    void whileTheDatabaseIsAwayItWaitsAndThenGoesOn() {
        held.count.put(1L, 1);
        index.put(ASubscription.no(1).get());
        held.away = new DataAccessResourceFailureException("away");
        runs.byCron();
        assertThat(held.released).isEmpty();

        held.away = new IllegalStateException("a bug");
        assertThatThrownBy(runs::byCron).isSameAs(held.away);

        held.away = null;
        runs.byCron();
        assertThat(held.released).containsExactly(1L);
    }

    private static final class Held implements HeldDeliveries {

        final Map<Long, Integer> count = new LinkedHashMap<>();
        final List<List<Planned>> planned = new ArrayList<>();
        final List<String> made = new ArrayList<>();
        final List<Long> released = new ArrayList<>();
        final List<Long> lookedFrom = new ArrayList<>();
        Set<Long> deleted = Set.of();
        RuntimeException away;
        Instant lastNow;

        @Override
        public List<Holder> holders(long after, int most) {
            lookedFrom.add(after);
            return count.keySet().stream()
                    .sorted()
                    .filter(no -> no > after)
                    .limit(most)
                    .map(no -> new Holder(no, deleted.contains(no)))
                    .toList();
        }

        @Override
        public int release(long subscription, Instant now) {
            released.add(subscription);
            lastNow = now;
            return count.get(subscription);
        }

        @Override
        public List<Planned> due(Instant now) {
            if (away != null) {
                throw away;
            }
            return planned.isEmpty() ? List.of() : planned.getFirst();
        }

        @Override
        public int make(Planned run, Instant next, Instant now) {
            if (run == planned.getFirst().getLast()) {
                planned.removeFirst();
            }
            made.add(run.subscription() + " next " + next);
            return 1;
        }
    }
}
