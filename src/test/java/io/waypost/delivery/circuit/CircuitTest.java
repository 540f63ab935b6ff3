package io.waypost.delivery.circuit;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.delivery.circuit.CircuitState.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class CircuitTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration LONGEST_PROBE = Duration.ofSeconds(75);

    /** What is held back comes a second after the earliest. */
    private final Circuit circuit = new Circuit(3, new RandomGenerator() {
        @Override
        public long nextLong() {
            throw new AssertionError("no bound");
        }

        @Override
        public long nextLong(long bound) {
            assertThat(bound).isEqualTo(5_000);
            return 1_000;
        }
    });

    private void open() {
        for (int i = 1; i < Circuit.OPENS_AFTER; i++) {
            assertThat(circuit.silent(NOON)).isFalse();
        }
        assertThat(circuit.silent(NOON)).isTrue();
    }

    @Test
    void itIsAboutOneRevisionOfASubscription() {
        assertThat(circuit.isAbout(3)).isTrue();
        assertThat(circuit.isAbout(4)).isFalse();
    }

    @Test
    void whileItIsClosedEverythingMayGoOn() {
        assertThat(circuit.closed()).isTrue();
        assertThat(circuit.room(NOON)).isEqualTo(Integer.MAX_VALUE);
        assertThat(circuit.heldUntil(NOON)).isNull();
        assertThat(circuit.heldUntil(NOON)).as("and does not count as a probe").isNull();
        assertThat(circuit.heldBack(NOON)).isNull();
        assertThat(circuit.state()).isEqualTo(new CircuitState(Kind.CLOSED, null, null, 0));
        circuit.undecided(NOON);
        assertThat(circuit.closed()).isTrue();
    }

    @Test
    void itOpensOnceAndTheFirstComesBackForTheProbeAndTheOthersLater() {
        open();

        assertThat(circuit.closed()).isFalse();
        assertThat(circuit.timeouts()).isEqualTo(5);
        assertThat(circuit.openNow(NOON)).as("it is open").isFalse();
        assertThat(circuit.silent(NOON)).as("one that was under way").isFalse();
        assertThat(circuit.heldUntil(NOON)).isEqualTo(NOON.plusSeconds(5));
        assertThat(circuit.heldUntil(NOON)).isEqualTo(NOON.plusSeconds(6));
        assertThat(circuit.heldBack(NOON.plusSeconds(1))).isEqualTo(NOON.plusSeconds(6));
    }

    @Test
    void itMayBeOpenedBeforeItsCount() {
        assertThat(circuit.openNow(NOON)).isTrue();
        assertThat(circuit.state()).isEqualTo(new CircuitState(Kind.OPEN, NOON, NOON.plusSeconds(5), 0));
    }

    @Test
    void oneIsLetThroughAtTheTimeOfTheProbeAndHasTwoSecondsToGetToItsAttempt() {
        open();
        var probe = NOON.plusSeconds(5);
        assertThat(circuit.room(probe.minusMillis(1))).isZero();
        assertThat(circuit.room(probe)).isOne();

        assertThat(circuit.heldUntil(probe)).isNull();
        assertThat(circuit.room(probe)).isZero();
        assertThat(circuit.heldUntil(probe)).as("the first of those held back").isEqualTo(probe);
        assertThat(circuit.heldUntil(probe)).isEqualTo(probe.plusSeconds(1));
        assertThat(circuit.room(probe.plusMillis(1_999))).isZero();
        assertThat(circuit.room(probe.plusSeconds(2))).isOne();
    }

    @Test
    void whileTheProbeIsUnderWayOthersComeBackALittleLater() {
        open();
        var probe = NOON.plusSeconds(5);

        assertThat(circuit.heldBack(probe)).isNull();

        assertThat(circuit.state()).isEqualTo(new CircuitState(Kind.HALF_OPEN, probe, null, 5));
        assertThat(circuit.heldUntil(probe)).isEqualTo(probe.plusSeconds(1));
        assertThat(circuit.heldBack(probe)).isEqualTo(probe.plusSeconds(1));
        var lost = probe.plus(LONGEST_PROBE);
        assertThat(circuit.room(lost.minusMillis(1))).isZero();
        assertThat(circuit.room(lost)).as("nothing was heard of it").isOne();
    }

    @Test
    void aProbeThatFailsOpensItAgainForTwiceAsLong() {
        open();
        assertThat(circuit.heldUntil(NOON)).isEqualTo(NOON.plusSeconds(5));
        var now = NOON.plusSeconds(5);
        assertThat(circuit.heldUntil(now)).isNull();
        assertThat(circuit.heldBack(now)).isNull();

        assertThat(circuit.silent(now)).as("it was open before").isFalse();

        assertThat(circuit.state()).isEqualTo(new CircuitState(Kind.OPEN, now, now.plusSeconds(10), 6));
        assertThat(circuit.heldUntil(now)).as("one waits for each probe").isEqualTo(now.plusSeconds(10));
        assertThat(circuit.room(now.plusSeconds(10))).isOne();
    }

    @Test
    void afterOneThatSaidNothingTheNextMayBeTheProbeAtOnce() {
        open();
        var now = NOON.plusSeconds(5);
        assertThat(circuit.heldUntil(now)).isNull();
        circuit.undecided(now);
        assertThat(circuit.room(now)).as("it never got to its attempt").isOne();

        assertThat(circuit.heldBack(now)).isNull();
        circuit.undecided(now);
        assertThat(circuit.state().kind()).isEqualTo(Kind.OPEN);
        assertThat(circuit.state().nextProbeAt()).isEqualTo(now);
        assertThat(circuit.heldBack(now)).isNull();
    }

    @Test
    void whatSaysNothingWhileItIsOpenDoesNotHastenTheProbe() {
        open();
        circuit.undecided(NOON);
        assertThat(circuit.state().nextProbeAt()).isEqualTo(NOON.plusSeconds(5));
    }
}
