package io.waypost.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TypePatternTest {

    @ParameterizedTest
    @CsvSource({
        "message.opened, message.opened, true",
        "message.opened, message.openedx, false",
        "message.opened, message, false",
        "message.opened, message.opened.x, false",
        "subscriber.*, subscriber.created, true",
        "subscriber.*, subscriber, false",
        "subscriber.*, subscriber.a.b, false",
        "*, a, true",
        "*, a.b, false",
        "*.b, a.b, true",
        "*.b, a.c, false",
        "a.*.c, a.b.c, true",
        "a.*.c, a.b.d, false",
        "**, a, true",
        "**, a.b.c, true",
        "a.**, a.b, true",
        "a.**, a.b.c, true",
        "a.**, a, false",
        "a.**, ab.c, false",
        "a.*.**, a.b.c, true",
        "a.*.**, a.b.c.d, true",
        "a.*.**, a.b, false",
        "*.**, a, false",
        "*.**, a.b, true",
    })
    void aStarIsOneSegmentAndTwoAreTheRest(String pattern, String type, boolean matches) {
        assertThat(TypePattern.of(pattern).matches(type)).isEqualTo(matches);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "A-b_1.c", "*", "**", "*.a.**"})
    void namesAndPatternsAreTaken(String pattern) {
        assertThat(TypePattern.fault(pattern)).isNull();
        assertThat(TypePattern.of(pattern)).hasToString(pattern);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "a.", ".a", "a..b", "a*", "a.b*", "**.a", "a.**.b", "***", "a b", "é", "a\n"})
    void anythingElseIsRefused(String pattern) {
        assertThat(TypePattern.fault(pattern)).isNotBlank();
        assertThatThrownBy(() -> TypePattern.of(pattern)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void itIsAtMost255CharactersLong() {
        assertThat(TypePattern.fault("a".repeat(255))).isNull();
        assertThat(TypePattern.fault("a".repeat(256))).contains("255");
    }
}
