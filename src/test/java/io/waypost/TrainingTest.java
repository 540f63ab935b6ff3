package io.waypost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingTest {

    @Test
    void itIsMadeOnlyIfItIsAskedFor() {
        assertThat(Training.askedFor("--server.port=0", "--waypost.training-ground=x"))
                .isEmpty();
        assertThat(Training.askedFor()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "many", "", "1000001", "3000000000"})
    void itIsOfSomeEvents(String events) {
        assertThatThrownBy(() -> Training.askedFor("--waypost.train=" + events))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("--waypost.train=%s: give the number of events, 1 to 1000000", events);
    }
}
