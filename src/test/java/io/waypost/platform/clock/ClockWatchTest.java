package io.waypost.platform.clock;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.waypost.platform.SettableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClockWatchTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    private final SettableClock hostTime = new SettableClock(NOON.toString());
    private long nanos = 1_000_000_000;
    private final Shared shared = new Shared();
    private final GatewayClock clock = new GatewayClock(new HostClock(hostTime, () -> nanos));
    private final SteadyClock steady = SteadyClock.of(clock);
    private final ClockWatch watch = new ClockWatch(clock, shared, new SimpleMeterRegistry());

    /** The time of a database, and what was asked of it. */
    private final class Shared implements SharedTime {

        private boolean embedded;
        private Duration ahead = Duration.ZERO;
        private Instant seen = Instant.EPOCH;
        private long answersIn;
        private final List<String> moved = new ArrayList<>();

        @Override
        public Optional<Instant> now() {
            nanos += answersIn;
            return embedded ? Optional.empty() : Optional.of(time());
        }

        Instant time() {
            return NOON.plusNanos(nanos - 1_000_000_000).plus(ahead);
        }

        @Override
        public Instant seen() {
            return seen;
        }

        @Override
        public void saw(Instant now) {
            seen = now.isAfter(seen) ? now : seen;
        }

        @Override
        public OptionalInt wentBack(Instant now, Duration by, Duration tolerance) {
            if (!seen.isAfter(now.plus(tolerance))) {
                return OptionalInt.empty();
            }
            moved.add("-" + by);
            seen = now;
            return OptionalInt.of(1);
        }

        @Override
        public OptionalInt wentAhead(Instant now, Duration by) {
            moved.add("+" + by);
            seen = now;
            return OptionalInt.of(1);
        }
    }

    @BeforeEach
    void begin() {
        look();
    }

    private void look() {
        watch.look();
    }

    private void passes(Duration time) {
        nanos += time.toNanos();
        hostTime.advance(time);
    }

    /** The watch looks every two seconds. */
    private void looksFor(Duration time) {
        for (var left = time; left.isPositive(); left = left.minusSeconds(2)) {
            passes(Duration.ofSeconds(2));
            look();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {-600, -45, 3, 45, 600})
    void theGatewayGoesByTheDatabasesClockHoweverWrongItsHostsIs(long hostAhead) {
        hostTime.advance(Duration.ofSeconds(hostAhead));
        looksFor(Duration.ofSeconds(10));

        assertThat(clock.instant()).isEqualTo(shared.time());
        assertThat(watch.hostAhead()).isEqualTo(Duration.ofSeconds(hostAhead));
        assertThat(shared.moved).isEmpty();
    }

    @Test
    void aSmallDifferenceIsMadeUpForLittleByLittle() {
        shared.ahead = Duration.ofMillis(350);
        looksFor(Duration.ofSeconds(2));
        assertThat(Duration.between(clock.instant(), shared.time())).isEqualTo(Duration.ofMillis(250));
        looksFor(Duration.ofSeconds(6));
        assertThat(clock.instant()).isEqualTo(shared.time());

        shared.ahead = Duration.ofMillis(310);
        var before = clock.instant();
        looksFor(Duration.ofSeconds(2));
        assertThat(Duration.between(before, clock.instant())).isEqualTo(Duration.ofMillis(1_980));
        looksFor(Duration.ofSeconds(2));
        assertThat(clock.instant()).isEqualTo(shared.time());
        assertThat(shared.moved).isEmpty();
    }

    @Test
    void anAnswerThatTakesLongDoesNotTellTheTime() {
        shared.answersIn = Duration.ofSeconds(20).toNanos();
        look();
        hostTime.advance(Duration.ofSeconds(20));
        shared.ahead = Duration.ofHours(1);
        look();
        assertThat(clock.instant()).isEqualTo(shared.time().minus(Duration.ofHours(1)));
    }

    @Test
    void afterAStepBackTheWaitsAreMovedWhenAllNodesHaveLooked() {
        shared.ahead = Duration.ofHours(-1);
        var steadily = steady.now();
        looksFor(Duration.ofSeconds(2));
        assertThat(clock.instant()).isEqualTo(shared.time());
        assertThat(steady.now()).isEqualTo(steadily.plusSeconds(2));
        assertThat(shared.moved).isEmpty();

        looksFor(Duration.ofSeconds(6));
        assertThat(shared.moved).containsExactly("-PT1H");
        looksFor(Duration.ofSeconds(20));
        assertThat(shared.moved).hasSize(1);
    }

    @Test
    void afterAStepAheadTheyAreMovedBeforeTheClockIs() {
        shared.ahead = Duration.ofHours(1);
        looksFor(Duration.ofSeconds(20));
        assertThat(clock.instant()).isEqualTo(shared.time());
        assertThat(shared.moved).containsExactly("+PT1H");
    }

    @ParameterizedTest
    @CsvSource({"-3600,-PT1H", "-7,-PT7S", "3600,+PT1H", "7,+PT7S"})
    void whereTheDatabaseIsEmbeddedTheHostsStepsAreTheClocks(long seconds, String moved) {
        shared.embedded = true;
        looksFor(Duration.ofSeconds(16));
        hostTime.advance(Duration.ofSeconds(seconds));
        looksFor(Duration.ofSeconds(2));

        assertThat(clock.instant()).isEqualTo(hostTime.instant());
        assertThat(shared.moved).containsExactly(moved);
        looksFor(Duration.ofMinutes(1));
        assertThat(shared.moved).hasSize(1);
    }

    @Test
    void aClockThatWentBackWhileNoNodeRanIsSeenAtTheStart() {
        shared.embedded = true;
        shared.seen = NOON.plusSeconds(3_600);
        watch.start();
        watch.stop();
        assertThat(shared.moved).containsExactly("-PT1H");
    }

    @Test
    void aDateOfTheSteadyClockIsTheSameWaitByTheClockAsItGoesNow() {
        var due = steady.now().plusSeconds(30);
        shared.ahead = Duration.ofHours(-1);
        looksFor(Duration.ofSeconds(10));
        assertThat(steady.date(due)).isEqualTo(clock.instant().plusSeconds(20));
    }
}
