package io.waypost.platform.due;

import static io.waypost.testing.Delays.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.platform.SettableClock;
import io.waypost.platform.storage.Storage;
import io.waypost.platform.storage.StorageWatch;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;

class DueWatchTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    private final SettableClock clock = new SettableClock(NOON.toString());
    private final AtomicInteger looks = new AtomicInteger();
    private final List<Due> told = new CopyOnWriteArrayList<>();
    private volatile boolean away;
    private volatile Due found = TestDue.NOTHING;
    private final DueWatch watch = new DueWatch(
            () -> {
                looks.incrementAndGet();
                if (away) {
                    throw new DataAccessResourceFailureException("away");
                }
                return found;
            },
            List.of((due, now) -> {
                assertThat(now).isEqualTo(NOON);
                told.add(due);
            }),
            new StorageWatch(new Fine(), clock),
            clock);

    private static final class Fine implements Storage {

        @Override
        public void look() {}

        @Override
        public void tryOut() {}

        @Override
        public OptionalLong room() {
            return OptionalLong.empty();
        }
    }

    @AfterEach
    void stop() {
        watch.stop();
    }

    @Test
    void untilItHasLookedAnythingMayBeDueAndThenWhatItFoundIsTold() {
        assertThat(watch.last()).isEqualTo(Due.ANYTHING);

        found = TestDue.changed(3);
        watch.look();

        assertThat(watch.last()).isEqualTo(found);
        assertThat(told).containsExactly(found);
    }

    @Test
    void itLooksAgainWhenTheNextThingIsDueOrAfterAQuarterOfASecond() {
        assertThat(until(TestDue.NOTHING)).isEqualTo(DueWatch.POLL);
        assertThat(until(TestDue.deliveries(NOON.plusMillis(40)))).hasMillis(40);
        assertThat(until(TestDue.replays(NOON.plusMillis(249)))).hasMillis(249);
        assertThat(until(TestDue.runs(NOON.plusSeconds(1), false))).isEqualTo(DueWatch.POLL);
        assertThat(until(TestDue.segments(NOON.plusMillis(20), false))).hasMillis(20);
        assertThat(until(TestDue.deliveries(NOON.plusNanos(1))))
                .as("not without a rest")
                .hasMillis(20);
        // Who has been told and leaves it there, for lack of room perhaps, is told again, but not at once.
        assertThat(until(TestDue.deliveries(NOON))).isEqualTo(DueWatch.POLL);
    }

    private Duration until(Due due) {
        found = due;
        watch.look();
        return watch.untilNext(NOON);
    }

    @Test
    void whileItCannotLookEverybodyLooksForItself() {
        watch.start();
        await().atMost(SOON).until(() -> told.contains(TestDue.NOTHING));

        away = true;
        await().atMost(SOON).until(() -> watch.last().equals(Due.ANYTHING));
        assertThat(told).last().isEqualTo(Due.ANYTHING);

        away = false;
        await().atMost(SOON).until(() -> watch.last().equals(TestDue.NOTHING));
    }

    @Test
    void whileALookHangsEverybodyLooksForItself() {
        watch.look();
        clock.advance(Duration.ofSeconds(3));
        assertThat(watch.last()).isEqualTo(TestDue.NOTHING);

        clock.advance(Duration.ofMillis(1));
        assertThat(watch.last()).isEqualTo(Due.ANYTHING);
    }

    @Test
    void afterItsEndNobodyReliesOnIt() {
        watch.start();
        await().atMost(SOON).until(() -> !told.isEmpty());

        watch.stop();

        assertThat(watch.isRunning()).isFalse();
        assertThat(watch.last()).isEqualTo(Due.ANYTHING);
        assertThat(watch.getPhase()).isZero();
    }
}
