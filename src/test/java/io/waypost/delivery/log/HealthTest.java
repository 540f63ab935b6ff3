package io.waypost.delivery.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.subscription.Subscription.Deactivation;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class HealthTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Deactivation LIMIT = new Deactivation(3, Duration.ofMinutes(10));

    @Test
    void failuresAreCountedSinceTheEarliestOfThemInWhateverOrderTheyCome() {
        var two = Health.GOOD.afterFailure(NOON).afterFailure(NOON.plusSeconds(9));
        assertThat(two).isEqualTo(new Health(2, NOON));
        assertThat(two.afterFailure(NOON.minusSeconds(1))).isEqualTo(new Health(3, NOON.minusSeconds(1)));
    }

    @Test
    void itTipsWithEnoughFailuresOverEnoughTime() {
        var end = NOON.plus(LIMIT.over());

        assertThat(new Health(3, NOON).tips(LIMIT, end)).isTrue();
        assertThat(new Health(3, NOON).tips(LIMIT, end.minusMillis(1))).isFalse();
        assertThat(new Health(2, NOON).tips(LIMIT, end)).isFalse();
        assertThat(Health.GOOD.tips(LIMIT, end)).isFalse();
        assertThat(new Health(3, null).tips(LIMIT, end)).isFalse();
    }

    @Test
    void withoutALimitItNeverDoes() {
        assertThat(new Health(100, NOON).tips(new Deactivation(0, Duration.ZERO), NOON.plusSeconds(9)))
                .isFalse();
        assertThat(new Health(1, NOON).tips(new Deactivation(1, Duration.ZERO), NOON))
                .isTrue();
    }
}
