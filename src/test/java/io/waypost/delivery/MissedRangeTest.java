package io.waypost.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

class MissedRangeTest {

    @Test
    void rangesAddUp() {
        var sum = MissedRange.of(1, 10, 11, 14, 2, 0).plus(MissedRange.of(1, 20, 20, 20, 1, 2));

        assertThat(sum.first()).isEqualTo(11);
        assertThat(sum.last()).isEqualTo(20);
        assertThat(sum.count()).isEqualTo(3);
        assertThat(sum.dropped()).isEqualTo(2);
    }

    @Test
    void aSegmentThatIsDispatchedAgainIsCountedOnce() {
        var segment = MissedRange.of(1, 10, 11, 11, 1, 1);

        assertThat(segment.plus(MissedRange.of(1, 20, 21, 21, 1, 0))
                        .plus(segment)
                        .count())
                .isEqualTo(2);
    }

    @Test
    void whatWasOnlyDroppedHasNoPlaceInTheLog() {
        var sum = MissedRange.of(1, 10, 0, 0, 0, 5).plus(MissedRange.of(1, 20, 21, 21, 1, 0));

        assertThat(sum.first()).isEqualTo(21);
        assertThat(sum.dropped()).isEqualTo(5);
    }

    @Test
    void theRangeOfASumHoldsBothWhicheverCameFirst() {
        var early = MissedRange.of(1, 10, 11, 14, 2, 0);
        var late = MissedRange.of(1, 20, 20, 22, 1, 0);

        assertThat(late.plus(early).first()).isEqualTo(11);
        assertThat(late.plus(early).last()).isEqualTo(22);
        assertThat(late.plus(MissedRange.of(1, 30, 0, 0, 0, 5)).first())
                .as("what was only dropped has no place")
                .isEqualTo(20);
    }

    @Test
    void whatAReplayGivesBackCountsWhateverSegmentsItIsFrom() {
        var returned = MissedRange.returned(1, 11, 14, 2);
        assertThat(returned.subscription()).isEqualTo(1);
        assertThat(returned.dropped()).isZero();

        var segment = MissedRange.of(1, 10, 12, 13, 1, 0);
        var sum = segment.plus(returned).plus(returned);

        assertThat(sum.count()).isEqualTo(5);
        assertThat(sum.first()).isEqualTo(11);
        assertThat(sum.plus(segment).count())
                .as("the segments in it are still known")
                .isEqualTo(5);
    }

    @Test
    void allSegmentsOfASumAreRememberedInIt() {
        var other = MissedRange.of(1, 20, 21, 21, 1, 0).plus(MissedRange.of(1, 30, 31, 31, 1, 0));
        var sum = MissedRange.of(1, 10, 11, 11, 1, 0).plus(other);

        for (var segment : List.of(10, 20, 30)) {
            assertThat(sum.plus(one(segment)).count()).isEqualTo(3);
        }
        assertThat(sum.plus(one(40)).count()).isEqualTo(4);
    }

    @Test
    void itIsOfTheSameSizeWrittenDownHoweverMuchIsInIt() throws IOException {
        var one = MissedRange.of(1, 0, 1, 1, 1, 0);
        var sum = one;
        for (long segment = 1; segment < 1_000; segment++) {
            sum = sum.plus(one(segment * 10));
        }

        assertThat(sum.count()).isEqualTo(1_000);
        assertThat(written(sum)).hasSameSizeAs(written(one));
    }

    @Test
    void aSegmentIsRememberedThoughManyCameAfterIt() {
        var segment = MissedRange.of(1, 10, 11, 11, 1, 0);
        var sum = segment;
        for (long later = 1; later < 256; later++) {
            sum = sum.plus(one(10 + later * 10));
        }

        assertThat(sum.plus(segment).count()).isEqualTo(256);
    }

    private static MissedRange one(long seq) {
        return MissedRange.of(1, seq, seq, seq, 1, 0);
    }

    private static byte[] written(MissedRange range) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var out = new ObjectOutputStream(bytes)) {
            out.writeObject(range);
        }
        return bytes.toByteArray();
    }
}
