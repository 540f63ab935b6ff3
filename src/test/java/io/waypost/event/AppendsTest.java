package io.waypost.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.platform.due.Due;
import io.waypost.platform.due.TestDue;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class AppendsTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration NEVER = Duration.ofHours(1);

    private final Appends appends = new Appends();

    @Test
    void theLogIsToBeLookedAtOnlyIfSomethingWasNotHandedOver() throws InterruptedException {
        appends.signal(false);
        assertThat(appends.await(NEVER)).isFalse();
        appends.signal(true);
        appends.signal(false);
        assertThat(appends.await(NEVER)).isTrue();
        appends.signal(false);
        assertThat(appends.await(NEVER)).as("each signal counts once").isFalse();
        assertThat(appends.signals()).isEqualTo(4);
    }

    @Test
    void orIfNobodyHasGivenASignalForLong() throws InterruptedException {
        assertThat(appends.await(Duration.ofMillis(1))).isTrue();
    }

    @Test
    void whatOtherNodesAppendedOrLeftWakesTooAndIsNoneOfOurOwn() throws InterruptedException {
        appends.looked(TestDue.segments(NOON, false), NOON);
        assertThat(appends.await(NEVER)).isTrue();
        appends.looked(TestDue.segments(Instant.MAX, true), NOON);
        assertThat(appends.await(NEVER)).isTrue();
        appends.looked(Due.ANYTHING, NOON);
        assertThat(appends.await(NEVER)).isTrue();
        assertThat(appends.signals()).isZero();

        appends.looked(TestDue.segments(NOON.plusNanos(1), false), NOON);
        appends.signal(false);
        assertThat(appends.await(NEVER)).isFalse();
    }
}
