package io.waypost.delivery.circuit;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.delivery.circuit.CircuitState.Kind;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class CircuitStateTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    @Test
    void itsTimesAreThoseOfTheOtherClockAndWhatItHasNotItHasNotThere() {
        assertThat(new CircuitState(Kind.OPEN, NOON, NOON.plusSeconds(5), 6).dated(at -> at.plusSeconds(100)))
                .isEqualTo(new CircuitState(Kind.OPEN, NOON.plusSeconds(100), NOON.plusSeconds(105), 6));
        assertThat(CircuitState.CLOSED.dated(at -> at.plusSeconds(100))).isEqualTo(CircuitState.CLOSED);
    }

    @Test
    void aKindIsWrittenInLowerCase() {
        assertThat(Kind.HALF_OPEN.code()).isEqualTo("half_open");
    }
}
