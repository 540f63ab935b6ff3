package io.waypost.delivery.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RateLimitTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    private static Instant after(long millis) {
        return NOON.plusMillis(millis);
    }

    private static long taken(RateLimit limit, Instant now) {
        return IntStream.range(0, 1_000).takeWhile(_ -> limit.take(now)).count();
    }

    @Test
    void aNewOneHasOneToken() {
        var limit = new RateLimit(2, NOON);

        assertThat(limit.hasToken(NOON)).isTrue();
        assertThat(limit.take(NOON)).isTrue();
        assertThat(limit.hasToken(NOON)).isFalse();
        assertThat(limit.take(NOON)).isFalse();
    }

    @Test
    void aTokenComesAfterItsIntervalAndNotBefore() {
        var limit = new RateLimit(4, NOON);
        assertThat(limit.interval()).isEqualTo(Duration.ofMillis(250));
        limit.take(NOON);

        assertThat(limit.take(after(249))).isFalse();
        assertThat(limit.take(after(250))).isTrue();
        assertThat(limit.take(after(499))).isFalse();
    }

    @Test
    void itHoldsWhatComesInAFifthOfASecondAndNoMore() {
        var limit = new RateLimit(50, NOON);

        assertThat(taken(limit, after(60_000))).isEqualTo(11);
        assertThat(taken(limit, after(60_100))).isEqualTo(5);
    }

    @Test
    void inNoSecondThereAreManyMoreThanItsRate() {
        var limit = new RateLimit(20, NOON);
        taken(limit, NOON);

        var inOneSecond = IntStream.rangeClosed(1, 100)
                .mapToLong(tenths -> taken(limit, after(tenths * 10L)))
                .sum();

        assertThat(inOneSecond).isEqualTo(20);
    }

    @Test
    void itGoesOnAtAnotherRateWithTheTokensThereAre() {
        var limit = new RateLimit(1, NOON);
        limit.take(NOON);

        limit.change(10, after(500));

        assertThat(limit.interval()).isEqualTo(Duration.ofMillis(100));
        assertThat(limit.take(after(549))).isFalse();
        assertThat(limit.take(after(550))).isTrue();
    }

    @Test
    void whoIsSentAwayComesBackOneIntervalAfterTheOneBefore() {
        var limit = new RateLimit(2, NOON);
        limit.take(NOON);

        assertThat(limit.comeBack(NOON)).isEqualTo(after(500));
        assertThat(limit.comeBack(NOON)).isEqualTo(after(1_000));
        assertThat(limit.comeBack(after(100))).isEqualTo(after(1_500));
        assertThat(limit.comeBack(after(3_000))).as("all have come back").isEqualTo(after(3_500));
    }

    @Test
    void whoComesShortlyAfterAFasterRateWasSetDoesNotComeBackBeforeAToken() {
        var limit = new RateLimit(1, NOON);
        limit.comeBack(NOON);
        limit.change(100, NOON);

        assertThat(limit.comeBack(after(2_000))).isEqualTo(after(2_010));
    }

    @Test
    void itIsRestedOnceItHasATokenAgainAndAllItSentAwayMayHaveComeBack() {
        var limit = new RateLimit(2, NOON);
        assertThat(limit.rested(NOON)).isTrue();
        limit.take(NOON);
        assertThat(limit.rested(NOON)).isFalse();

        limit.comeBack(NOON);
        var back = limit.comeBack(NOON);

        assertThat(limit.hasToken(after(999))).isTrue();
        assertThat(limit.rested(after(999))).isFalse();
        assertThat(limit.rested(back)).isTrue();
    }
}
