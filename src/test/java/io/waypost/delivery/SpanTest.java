package io.waypost.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

class SpanTest {

    @Test
    void spansAddUp() {
        var sum = Span.of(1, 10, List.of(11L, 14L), 0).plus(Span.of(1, 20, List.of(20L), 2));

        assertThat(sum.first()).isEqualTo(11);
        assertThat(sum.last()).isEqualTo(20);
        assertThat(sum.count()).isEqualTo(3);
        assertThat(sum.dropped()).isEqualTo(2);
    }

    @Test
    void aStretchThatIsDispatchedAgainIsCountedOnce() {
        var stretch = Span.of(1, 10, List.of(11L), 1);

        assertThat(stretch.plus(Span.of(1, 20, List.of(21L), 0)).plus(stretch).count())
                .isEqualTo(2);
    }

    @Test
    void whatWasOnlyDroppedHasNoPlaceInTheLog() {
        var sum = Span.of(1, 10, List.of(), 5).plus(Span.of(1, 20, List.of(21L), 0));

        assertThat(sum.first()).isEqualTo(21);
        assertThat(sum.dropped()).isEqualTo(5);
    }

    @Test
    void itIsOfTheSameSizeWrittenDownHoweverMuchIsInIt() throws IOException {
        var one = Span.of(1, 0, List.of(1L), 0);
        var sum = one;
        for (long stretch = 1; stretch < 1_000; stretch++) {
            sum = sum.plus(Span.of(1, stretch * 10, List.of(stretch * 10), 0));
        }

        assertThat(sum.count()).isEqualTo(1_000);
        assertThat(written(sum)).hasSameSizeAs(written(one));
    }

    @Test
    void aStretchIsRememberedThoughManyCameAfterIt() {
        var stretch = Span.of(1, 10, List.of(11L), 0);
        var sum = stretch;
        for (long later = 1; later < 256; later++) {
            sum = sum.plus(Span.of(1, 10 + later * 10, List.of(10 + later * 10), 0));
        }

        assertThat(sum.plus(stretch).count()).isEqualTo(256);
    }

    private static byte[] written(Span span) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var out = new ObjectOutputStream(bytes)) {
            out.writeObject(span);
        }
        return bytes.toByteArray();
    }
}
