package io.waypost.replay;

import static io.waypost.replay.Given.NOON;
import static io.waypost.replay.Given.event;
import static io.waypost.replay.Given.events;
import static io.waypost.replay.Given.key;
import static io.waypost.replay.Given.subscription;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.delivery.MissedRange;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.replay.ReplayStore.Need;
import io.waypost.replay.Retention.Gone;
import io.waypost.subscription.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RetentionTest {

    private static final Instant ALL_OLD = NOON.plusSeconds(100_000);

    private final MemoryEvents log = new MemoryEvents();
    private final MemoryDeliveries deliveries = new MemoryDeliveries();
    private final MemoryReplays replays = new MemoryReplays();
    private final Map<Long, MissedRange> groups = new HashMap<>();
    private final Map<Long, Subscription> known = new HashMap<>();
    private final AtomicLong nanos = new AtomicLong();
    private final Retention retention = new Retention(
            log,
            deliveries,
            replays,
            no -> Optional.ofNullable(groups.get(no)),
            no -> Optional.ofNullable(known.get(no)),
            nanos::get);

    private void knows(Subscription... subscriptions) {
        for (var subscription : subscriptions) {
            known.put(subscription.no(), subscription);
        }
    }

    private Gone purge(Instant cutoff) {
        return retention.purge(cutoff, () -> true);
    }

    @Test
    void whatIsYoungStaysAndWhatIsOldGoesStepByStep() {
        log.add(events(1, 1_200));

        assertThat(purge(NOON.plusSeconds(1_101))).isEqualTo(new Gone(1_100, 0));

        assertThat(log.seqs())
                .isEqualTo(LongStream.rangeClosed(1_101, 1_200).boxed().toList());
        assertThat(log.reads).as("of five hundred each").isEqualTo(3);
    }

    @Test
    void ofRangesThatOverlapTouchOrLieWithinOneAnotherAllIsKept() {
        log.add(events(1, 40));
        knows(subscription(7, "**"), subscription(8, "**"), subscription(9, "**"), subscription(10, "**"));
        replays.needs = List.of(
                new Need(9, "acme", 22, 23L),
                new Need(9, "acme", 20, 25L),
                new Need(7, "acme", 5, 15L),
                new Need(8, "acme", 7, 9L),
                new Need(10, "acme", 15, 17L),
                new Need(10, "other", 1, 40L));

        assertThat(purge(ALL_OLD)).isEqualTo(new Gone(21, 0));

        assertThat(log.seqs())
                .isEqualTo(LongStream.concat(LongStream.rangeClosed(5, 17), LongStream.rangeClosed(20, 25))
                        .boxed()
                        .toList());
    }

    @Test
    void onlyWhatTheSubscriptionMayWantIsKept() {
        log.add(
                event(1, "acme", "order.paid"),
                event(2, "acme", "list.joined"),
                event(3, "beta", "order.paid"),
                event(4, "gamma", "order.paid"));
        knows(subscription(7, "order.*", "message.*"), Given.ofTenant("gamma", 8));
        replays.needs = List.of(new Need(7, "acme", 1, 9L), new Need(8, "gamma", 1, 3L));

        purge(ALL_OLD);

        assertThat(log.seqs()).containsExactly(1L);
    }

    @Test
    void ofASubscriptionThatIsNotKnownHereAnyTypeIsKept() {
        log.add(event(1, "acme", "order.paid"), event(2, "acme", "list.joined"), event(3, "beta", "list.joined"));
        replays.needs = List.of(new Need(7, "acme", 1, 9L));

        purge(ALL_OLD);

        assertThat(log.seqs()).containsExactly(1L, 2L);
    }

    @Test
    void whereTheRangeOfABufferEndsItsGroupKnowsAndWithoutThatAllFromItsBeginningIsKept() {
        log.add(events(1, 9));
        knows(subscription(7, "**"), subscription(8, "**"));
        groups.put(7L, MissedRange.of(7, 2, 2, 3, 2, 0));
        replays.needs = List.of(new Need(7, "acme", 2, null));
        purge(ALL_OLD);
        assertThat(log.seqs()).containsExactly(2L, 3L);

        log.add(events(1, 9));
        replays.needs = List.of(new Need(8, "acme", 8, null));
        purge(ALL_OLD);
        assertThat(log.seqs()).as("it has just been let out").containsExactly(8L, 9L);
    }

    @Test
    void aBufferThatCannotBeReadKeepsAllFromItsBeginning() {
        log.add(events(1, 5));
        replays.needs = List.of(new Need(7, "acme", 3, null));
        var unreadable = new Retention(
                log,
                deliveries,
                replays,
                _ -> {
                    throw new IllegalStateException("is of another version");
                },
                no -> Optional.of(subscription(no, "**")),
                nanos::get);

        unreadable.purge(ALL_OLD, () -> true);

        assertThat(log.seqs()).containsExactly(3L, 4L, 5L);
    }

    @Test
    void moreTypesThanAreRememberedAreKeptToo() {
        for (int seq = 1; seq <= 2_100; seq++) {
            log.add(event(seq, "acme", "order.n" + seq));
        }
        knows(subscription(7, "order.*"));
        replays.needs = List.of(new Need(7, "acme", 1, 2_050L));

        assertThat(purge(ALL_OLD)).isEqualTo(new Gone(50, 0));
    }

    @Test
    void itEndsBetweenTwoStepsWhenTheGatewayStops() {
        log.add(events(1, 1_200));
        deliveries.old = keys(1_200);
        var steps = new AtomicInteger(2);

        var gone = retention.purge(ALL_OLD, () -> steps.getAndDecrement() > 0);

        assertThat(gone).isEqualTo(new Gone(999, 500));
    }

    private static List<DeliveryKey> keys(int count) {
        return LongStream.rangeClosed(1, count)
                .mapToObj(seq -> key(event(seq), 7))
                .toList();
    }

    @Test
    void deliveriesGoStepByStepAfterTheirEvents() {
        var keys = keys(1_200);
        deliveries.old = keys;

        assertThat(purge(ALL_OLD)).isEqualTo(new Gone(0, 1_200));

        assertThat(deliveries.noted)
                .containsExactly(
                        "purge from " + Instant.EPOCH,
                        "purge from " + keys.get(500).createdAt(),
                        "purge from " + keys.get(1_000).createdAt());
    }

    @Test
    void whatIsKeptIsLookedAtAgainEachTimeUnlessThatTakesLong() {
        log.add(events(1, 10));
        knows(subscription(7, "**"));
        replays.needs = List.of(new Need(7, "acme", 1, 10L));

        log.whenRead = () -> nanos.addAndGet(Duration.ofMillis(999).toNanos());
        purge(NOON.plusSeconds(11));
        replays.needs = List.of();
        assertThat(purge(NOON.plusSeconds(11))).as("again at once").isEqualTo(new Gone(10, 0));

        log.add(events(11, 20));
        replays.needs = List.of(new Need(7, "acme", 11, 20L));
        log.whenRead = () -> nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        purge(NOON.plusSeconds(21));
        log.whenRead = () -> {};
        replays.needs = List.of();
        deliveries.noted.clear();

        nanos.addAndGet(Duration.ofSeconds(19).toNanos() - 1);
        assertThat(purge(NOON.plusSeconds(21)))
                .as("not within nineteen times as long")
                .isEqualTo(new Gone(0, 0));
        assertThat(deliveries.noted).isEmpty();
        nanos.incrementAndGet();
        assertThat(purge(NOON.plusSeconds(21))).isEqualTo(new Gone(10, 0));
        assertThat(deliveries.noted).hasSize(1);
    }

    @Test
    void meanwhileWhatHasGrownOldSinceGoesAllTheSameAndItsDeliveriesToo() {
        log.add(events(1, 20));
        knows(subscription(7, "**"));
        replays.needs = List.of(new Need(7, "acme", 1, 10L));
        log.whenRead = () -> nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        purge(NOON.plusSeconds(11));
        deliveries.noted.clear();

        assertThat(purge(NOON.plusSeconds(16))).isEqualTo(new Gone(5, 0));
        assertThat(deliveries.noted).hasSize(1);
        assertThat(purge(NOON.plusSeconds(16))).isEqualTo(new Gone(0, 0));
        assertThat(log.seqs()).hasSize(15);
    }
}
