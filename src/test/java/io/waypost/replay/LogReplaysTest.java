package io.waypost.replay;

import static io.waypost.replay.Given.NOON;
import static io.waypost.replay.Given.event;
import static io.waypost.replay.Given.events;
import static io.waypost.replay.Given.paused;
import static io.waypost.replay.Given.subscription;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.platform.SettableClock;
import io.waypost.replay.Replays.Count;
import io.waypost.subscription.Runs;
import io.waypost.subscription.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LogReplaysTest {

    private final SettableClock clock = new SettableClock("2026-03-01T13:00:00Z");
    private final MemoryEvents log = new MemoryEvents();
    private final MemoryDeliveries deliveries = new MemoryDeliveries();
    private final MemoryIndex index = new MemoryIndex();
    private final CountingSignal due = new CountingSignal();
    private final Replays replays =
            new LogReplays(log, deliveries, index, new ReplayPages(deliveries, log, index, clock), due, clock);
    private final Subscription all = subscription(7, "**");

    private Count count(Instant until) {
        return replays.replay(all, NOON, until, null, false, true);
    }

    private List<Long> made() {
        return deliveries.settled.stream().map(u -> u.key().seq()).toList();
    }

    @Test
    void anEventGoesAgainToAllActiveSubscriptionsThatWantIt() {
        index.put(all);
        index.put(paused(subscription(8, "**")));
        index.put(subscription(9, "list.*"));
        index.put(Given.inRuns(10));

        assertThat(replays.replay(event(3), null)).isEqualTo(2);

        assertThat(deliveries.settled).extracting(u -> u.key().subscription()).containsExactly(7L, 10L);
        assertThat(deliveries.settled)
                .allMatch(DeliveryUpdate::replay)
                .allMatch(u -> u.key().createdAt().equals(clock.instant()) && !u.row());
        assertThat(deliveries.settled)
                .extracting(DeliveryUpdate::dueAt)
                .containsExactly(clock.instant(), Runs.NOT_BY_ITSELF);
        assertThat(due.given).hasValue(1);
    }

    @Test
    void toThoseItIsAskedForItGoesWhateverTheirStateAndWishAndIntoTheirBuffers() {
        assertThat(replays.replay(event(3), List.of(paused(subscription(8, "list.*")))))
                .isEqualTo(1);

        assertThat(deliveries.statuses()).containsExactly("3 BUFFERED");
        assertThat(deliveries.settled.getFirst().dueAt()).isNull();
    }

    @Test
    void whatIsReplayedAgainAtTheSameMomentIsAnotherDelivery() {
        replays.replay(event(3), List.of(all));
        replays.replay(event(3), List.of(all));
        clock.advance(Duration.ofSeconds(1));
        replays.replay(event(3), List.of(all));

        var first = Instant.parse("2026-03-01T13:00:00Z");
        assertThat(deliveries.settled)
                .extracting(u -> u.key().createdAt())
                .containsExactly(first, first.plusNanos(1_000), first.plusSeconds(1));
    }

    @Test
    void ofARangeWhatTheSubscriptionWantsIsMadeAgain() {
        log.add(events(1, 9));
        log.add(event(4, "other", "order.created"), event(5, "acme", "list.joined"));

        var count = replays.replay(
                subscription(7, "order.*"), NOON.plusSeconds(3), NOON.plusSeconds(8), null, false, false);

        assertThat(count).isEqualTo(new Count(3, null));
        assertThat(made()).containsExactly(3L, 6L, 7L);
        assertThat(deliveries.settled).allMatch(u -> clock.instant().equals(u.dueAt()) && u.replay());
        assertThat(due.given).hasValue(1);
    }

    @Test
    void withoutAnEndTheRangeGoesToTheEndOfTheLogPageByPage() {
        log.add(events(1, 1_100));

        assertThat(replays.replay(all, NOON.plusSeconds(100), null, null, false, false))
                .isEqualTo(new Count(1_001, null));
        assertThat(made())
                .hasSize(1_001)
                .doesNotHaveDuplicates()
                .startsWith(100L)
                .endsWith(1_100L);
        assertThat(log.reads).isEqualTo(3);
    }

    @Test
    void aRangeThatHasNothingOfTheTenantEnds() {
        log.add(event(1, "other", "order.created"));

        assertThat(replays.replay(all, NOON, null, null, false, false)).isEqualTo(new Count(0, null));
        assertThat(log.reads).isEqualTo(1);
    }

    @Test
    void onlyTheTypesAskedForAreMadeAgain() {
        log.add(event(1), event(2, "acme", "list.joined"), event(3, "acme", "order.paid"));

        assertThat(replays.replay(all, NOON, null, Set.of("order.paid", "list.joined"), false, false)
                        .events())
                .isEqualTo(2);
        assertThat(made()).containsExactly(2L, 3L);
    }

    @Test
    void ofWhatFailedOnlyThatWhoseLatestDeliveryIsOverWithoutSuccess() {
        log.add(events(1, 6));
        deliveries.latest.put(2L, Status.EXHAUSTED);
        deliveries.latest.put(3L, Status.DISCARDED);
        deliveries.latest.put(4L, Status.SUCCEEDED);
        deliveries.latest.put(5L, Status.RETRYING);

        assertThat(replays.replay(all, NOON, null, null, true, true)).isEqualTo(new Count(2, null));
        assertThat(deliveries.settled).as("only counted").isEmpty();
        replays.replay(all, NOON, null, null, true, false);
        assertThat(made()).containsExactly(2L, 3L);
    }

    @Test
    void countingEndsAfterSomeTenThousandEventsAndSaysUpToWhen() {
        log.add(events(1, 20_500));
        assertThat(count(null)).isEqualTo(new Count(20_000, NOON.plusSeconds(20_001)));
        assertThat(count(NOON.plusSeconds(20_001))).as("all there is").isEqualTo(new Count(20_000, null));

        assertThat(replays.replay(all, NOON, null, null, false, false).events())
                .as("what is made is not counted")
                .isEqualTo(20_500);
    }

    @Test
    void whatWasReceivedInTheSameMomentIsCountedTogether() {
        log.add(events(1, 20_600));
        var moment = NOON.plusSeconds(20_000);
        for (long seq = 20_001; seq <= 20_003; seq++) {
            log.add(event(seq, moment, "acme", seq == 20_002 ? "list.joined" : "order.created"));
        }

        var counted = replays.replay(subscription(7, "order.*"), NOON, null, null, false, true);

        assertThat(counted).isEqualTo(new Count(20_002, NOON.plusSeconds(20_004)));
    }

    @Test
    void aWholePageOfOneMomentIsCountedBeforeTheCountEnds() {
        log.add(events(1, 21_000));
        for (long seq = 20_001; seq <= 20_500; seq++) {
            log.add(event(seq, NOON.plusSeconds(20_000), "acme", "order.created"));
        }

        assertThat(count(null)).isEqualTo(new Count(20_500, NOON.plusSeconds(20_501)));
    }

    @Test
    void countingEndsAfterFiveSeconds() {
        log.add(events(1, 2_000));
        log.whenRead = () -> clock.advance(Duration.ofMillis(2_500));

        assertThat(count(null)).isEqualTo(new Count(1_000, NOON.plusSeconds(1_001)));
    }
}
