package io.waypost.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import org.junit.jupiter.api.Test;

class SpanTest {

    @Test
    void spansAddUp() {
        var sum = Span.of(1, 10, 11, 14, 2, 0).plus(Span.of(1, 20, 20, 20, 1, 2));

        assertThat(sum.first()).isEqualTo(11);
        assertThat(sum.last()).isEqualTo(20);
        assertThat(sum.count()).isEqualTo(3);
        assertThat(sum.dropped()).isEqualTo(2);
    }

    @Test
    void aStretchThatIsDispatchedAgainIsCountedOnce() {
        var stretch = Span.of(1, 10, 11, 11, 1, 1);

        assertThat(stretch.plus(Span.of(1, 20, 21, 21, 1, 0)).plus(stretch).count())
                .isEqualTo(2);
    }

    @Test
    void whatWasOnlyDroppedHasNoPlaceInTheLog() {
        var sum = Span.of(1, 10, 0, 0, 0, 5).plus(Span.of(1, 20, 21, 21, 1, 0));

        assertThat(sum.first()).isEqualTo(21);
        assertThat(sum.dropped()).isEqualTo(5);
    }

    @Test
    void itIsOfTheSameSizeWrittenDownHoweverMuchIsInIt() throws IOException {
        var one = Span.of(1, 0, 1, 1, 1, 0);
        var sum = one;
        for (long stretch = 1; stretch < 1_000; stretch++) {
            sum = sum.plus(one(stretch * 10));
        }

        assertThat(sum.count()).isEqualTo(1_000);
        assertThat(written(sum)).hasSameSizeAs(written(one));
    }

    @Test
    void aStretchIsRememberedThoughManyCameAfterIt() {
        var stretch = Span.of(1, 10, 11, 11, 1, 0);
        var sum = stretch;
        for (long later = 1; later < 256; later++) {
            sum = sum.plus(one(10 + later * 10));
        }

        assertThat(sum.plus(stretch).count()).isEqualTo(256);
    }

    private static Span one(long seq) {
        return Span.of(1, seq, seq, seq, 1, 0);
    }

    private static byte[] written(Span span) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var out = new ObjectOutputStream(bytes)) {
            out.writeObject(span);
        }
        return bytes.toByteArray();
    }
}
