package io.waypost.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;

class MemoryTest {

    private static final long MIB = 1024 * 1024;

    @Test
    void withALargeHeapABoundIsWhatItUsuallyIsAndWithASmallOneItsPart() {
        assertThat(Memory.share(4096 * MIB, 64 * MIB, 16)).isEqualTo(64 * MIB);
        assertThat(Memory.share(256 * MIB, 64 * MIB, 16)).isEqualTo(16 * MIB);
        assertThat(Memory.share(8, 64, 16)).isEqualTo(1);
    }

    @Test
    void aHeapThatIsExhaustedIsFoundHoweverDeepItIsWrappedAndNothingElseIsTakenForIt() {
        var gone = new OutOfMemoryError("Java heap space");

        assertThat(Memory.isGone(gone)).isTrue();
        assertThat(Memory.isGone(new IllegalStateException(new SQLException("closed", gone))))
                .isTrue();
        assertThat(Memory.isGone(new OutOfMemoryError("unable to create native thread")))
                .isFalse();
        assertThat(Memory.isGone(new StackOverflowError())).isFalse();
    }
}
