package io.waypost.delivery.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.Failure;
import io.waypost.connector.Outcome;
import io.waypost.delivery.policy.Verdict.Deactivate;
import io.waypost.delivery.policy.Verdict.Done;
import io.waypost.delivery.policy.Verdict.Exhausted;
import io.waypost.delivery.policy.Verdict.RetryAt;
import io.waypost.delivery.policy.Verdict.WaitUntil;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration HOUR = Duration.ofHours(1);

    private final RetryPolicy policy = new RetryPolicy(List.of(MINUTE, HOUR), 0, RandomGenerator.getDefault());

    @Test
    void aSuccessIsDone() {
        assertThat(policy.judge(new Outcome.Succeeded(200, null), 1, null, NOON))
                .isEqualTo(new Done());
    }

    @Test
    void eachFailureWaitsForTheNextStepOfTheSchedule() {
        assertThat(policy.judge(failed(null), 1, null, NOON)).isEqualTo(new RetryAt(NOON.plus(MINUTE), MINUTE));
        assertThat(policy.judge(failed(null), 2, null, NOON)).isEqualTo(new RetryAt(NOON.plus(HOUR), HOUR));
    }

    @Test
    void thereIsOneAttemptMoreThanThereAreWaits() {
        assertThat(policy.judge(failed(null), 3, null, NOON)).isEqualTo(new Exhausted());
        assertThat(new RetryPolicy(List.of(), 0, RandomGenerator.getDefault()).judge(failed(null), 1, null, NOON))
                .isEqualTo(new Exhausted());
    }

    @Test
    void theReceiversWishLengthensAWaitAndNeverShortensIt() {
        assertThat(policy.judge(failed(HOUR), 1, null, NOON)).isEqualTo(new RetryAt(NOON.plus(HOUR), HOUR));
        assertThat(policy.judge(failed(MINUTE), 2, null, NOON)).isEqualTo(new RetryAt(NOON.plus(HOUR), HOUR));
    }

    @Test
    void whatTheGatewayHadNoRoomForComesBackHoweverManyAttemptsThereWere() {
        assertThat(policy.judge(new Outcome.Postponed("busy"), 3, NOON.minus(Duration.ofDays(2)), NOON))
                .isEqualTo(new Verdict.Postponed(NOON.plusSeconds(5)));
    }

    @RepeatedTest(50)
    void jitterLengthensByAFifthAtMost() {
        var jittered = new RetryPolicy(List.of(HOUR), 0.2, RandomGenerator.getDefault());

        var verdict = (RetryAt) jittered.judge(failed(null), 1, null, NOON);

        assertThat(verdict.delay()).isBetween(HOUR, Duration.ofMinutes(72));
        assertThat(verdict.at()).isEqualTo(NOON.plus(verdict.delay()));
    }

    @Test
    void aThrottledAttemptWaitsWithoutAStepOfTheSchedule() {
        var throttled = new Outcome.Throttled(MINUTE, "too much", 429, null);

        assertThat(policy.judge(throttled, 3, null, NOON)).isEqualTo(new WaitUntil(NOON.plus(MINUTE)));
    }

    @Test
    void afterADayOfThrottlingItIsGivenUp() {
        var throttled = new Outcome.Throttled(MINUTE, "too much", 429, null);

        assertThat(policy.judge(throttled, 1, NOON.minus(Duration.ofHours(24)).plusMillis(1), NOON))
                .isInstanceOf(WaitUntil.class);
        assertThat(policy.judge(throttled, 1, NOON.minus(Duration.ofHours(24)), NOON))
                .isEqualTo(new Exhausted());
    }

    @Test
    void whatIsGoneDeactivatesAndMayBeTriedLaterIfAttemptsAreLeft() {
        var gone = new Outcome.Gone(Failure.HTTP_STATUS, "410", 410, null);

        assertThat(policy.judge(gone, 2, null, NOON)).isEqualTo(new Deactivate(true));
        assertThat(policy.judge(gone, 3, null, NOON)).isEqualTo(new Deactivate(false));
    }

    @Test
    void whatIsRejectedIsGivenUp() {
        assertThat(policy.judge(new Outcome.Rejected(Failure.RESPONSE_REJECTED, "no", 400, null), 1, null, NOON))
                .isEqualTo(new Exhausted());
    }

    private static Outcome failed(Duration retryAfter) {
        return new Outcome.Failed(Failure.HTTP_STATUS, "500", 500, null, retryAfter, true);
    }
}
