package io.waypost.delivery.circuit;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.Failure;
import io.waypost.connector.Outcome;
import io.waypost.delivery.ASubscription;
import io.waypost.delivery.KnownSubscriptions;
import io.waypost.delivery.circuit.CircuitState.Kind;
import io.waypost.platform.SettableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CircuitsTest {

    private static final long NO = 7;
    private static final Outcome OK = new Outcome.Succeeded(200, "");
    private static final Outcome TIMED_OUT = new Outcome.Failed(Failure.TIMEOUT, "no answer");
    private static final Outcome BROKEN = new Outcome.Failed(Failure.HTTP_STATUS, "500", 500, "", null, true);

    private final SettableClock clock = new SettableClock("2026-03-01T12:00:00Z");
    private final KnownSubscriptions index = new KnownSubscriptions();
    private final Circuits circuits = new Circuits(index, clock);

    private void timeOut(int times) {
        IntStream.range(0, times).forEach(_ -> circuits.attempted(NO, TIMED_OUT));
    }

    @ParameterizedTest
    @EnumSource(names = {"TIMEOUT", "CONNECTION_REFUSED", "CONNECTION_RESET", "DNS_FAILURE", "TLS_FAILURE"})
    void fiveAttemptsInARowWithoutAnAnswerOpenIt(Failure failure) {
        var silence = new Outcome.Failed(failure, "");
        IntStream.range(0, 4).forEach(_ -> circuits.attempted(NO, silence));
        assertThat(circuits.heldUntil(NO)).isNull();

        circuits.attempted(NO, silence);

        assertThat(circuits.of(NO))
                .isEqualTo(new CircuitState(
                        Kind.OPEN, clock.instant(), clock.instant().plusSeconds(5), 5));
        assertThat(circuits.room(NO)).isZero();
        assertThat(circuits.heldBack(NO)).isNotNull();
        assertThat(circuits.heldUntil(8)).isNull();
    }

    /** As when it turns out that the subscription does not want the event. */
    @Test
    void aProbeThatIsNotMadeLeavesItToTheNext() {
        timeOut(5);
        clock.advance(Duration.ofSeconds(6));
        assertThat(circuits.heldBack(NO)).as("it is the probe").isNull();
        assertThat(circuits.heldBack(NO)).isNotNull();

        circuits.notAttempted(NO);

        assertThat(circuits.of(NO).kind()).isEqualTo(Kind.OPEN);
        assertThat(circuits.heldBack(NO)).as("the next one is").isNull();
        circuits.attempted(NO, OK);
        assertThat(circuits.of(NO).kind()).isEqualTo(Kind.CLOSED);
    }

    @Test
    void anyAnswerBetweenStartsTheCountAnew() {
        timeOut(4);
        circuits.attempted(NO, BROKEN);
        timeOut(4);

        assertThat(circuits.of(NO).kind()).isEqualTo(Kind.CLOSED);
        assertThat(circuits.of(NO).timeouts()).isEqualTo(4);
    }

    @Test
    void anErrorOfOursIsNeitherSilenceNorAnAnswer() {
        timeOut(4);
        circuits.attempted(NO, new Outcome.Failed(Failure.TRANSFORM_FAILED, ""));
        assertThat(circuits.of(NO).kind()).isEqualTo(Kind.CLOSED);

        timeOut(1);

        assertThat(circuits.of(NO).kind()).isEqualTo(Kind.OPEN);
    }

    @Test
    void whatComesMeanwhileIsDueAtTheProbeOrSoonAfterAndNotAllAtOnce() {
        timeOut(5);
        var probe = clock.instant().plusSeconds(5);

        assertThat(circuits.heldUntil(NO)).isEqualTo(probe);
        var others = new HashSet<Instant>();
        IntStream.range(0, 100).forEach(_ -> others.add(circuits.heldUntil(NO)));

        assertThat(others).hasSizeGreaterThan(50).allSatisfy(at -> assertThat(at)
                .isBetween(probe, probe.plusSeconds(5)));
    }

    @Test
    void exactlyOneAttemptIsTheProbeAndItsSuccessClosesTheCircuit() {
        timeOut(5);
        clock.advance(Duration.ofSeconds(5));

        assertThat(circuits.room(NO)).isOne();
        assertThat(circuits.heldUntil(NO)).isNull();
        assertThat(circuits.heldUntil(NO)).as("one is on its way").isNotNull();
        assertThat(circuits.room(NO)).isZero();
        assertThat(circuits.heldBack(NO)).isNull();
        assertThat(circuits.heldBack(NO)).isNotNull();
        assertThat(circuits.of(NO)).isEqualTo(new CircuitState(Kind.HALF_OPEN, clock.instant(), null, 5));

        circuits.attempted(NO, OK);

        assertThat(circuits.of(NO)).isEqualTo(CircuitState.CLOSED);
        assertThat(circuits.room(NO)).isEqualTo(Integer.MAX_VALUE);
        assertThat(circuits.heldUntil(NO)).isNull();
    }

    @Test
    void eachProbeThatFailsDoublesTheWaitUpToAMinute() {
        timeOut(5);

        for (var seconds : List.of(5, 10, 20, 40, 60, 60)) {
            assertThat(circuits.of(NO).nextProbeAt()).isEqualTo(clock.instant().plusSeconds(seconds));
            clock.advance(Duration.ofSeconds(seconds));
            assertThat(circuits.heldBack(NO)).isNull();
            circuits.attempted(NO, TIMED_OUT);
        }
    }

    @Test
    void aProbeThatIsLostOrNeverLeftLetsAnotherPass() {
        timeOut(5);
        clock.advance(Duration.ofSeconds(5));
        assertThat(circuits.heldUntil(NO)).isNull();

        clock.advance(Duration.ofSeconds(2));
        assertThat(circuits.heldUntil(NO))
                .as("the first never got to its attempt")
                .isNull();
        assertThat(circuits.heldBack(NO)).isNull();
        circuits.attempted(NO, new Outcome.Failed(Failure.TRANSFORM_FAILED, ""));
        assertThat(circuits.heldBack(NO)).as("the second never left").isNull();
        clock.advance(Duration.ofSeconds(75));

        assertThat(circuits.heldBack(NO)).as("of the third nothing was heard").isNull();
    }

    @Test
    void whenAllPlacesHangItOpensBeforeTheTimeLimit() {
        circuits.stuck(NO, Duration.ofSeconds(9));
        assertThat(circuits.room(NO)).isEqualTo(Integer.MAX_VALUE);

        circuits.stuck(NO, Duration.ofSeconds(10));

        assertThat(circuits.of(NO).kind()).isEqualTo(Kind.OPEN);
    }

    @Test
    void whenAllPlacesAreSlowAfterTwoTimeoutsItOpensAtOnce() {
        timeOut(2);

        circuits.stuck(NO, Duration.ofSeconds(1));

        assertThat(circuits.of(NO).kind()).isEqualTo(Kind.OPEN);
    }

    @Test
    void suspicionAloneOpensNothingAndWhatIsOpenIsNotOpenedAgain() {
        timeOut(1);
        circuits.stuck(NO, Duration.ofSeconds(9));
        assertThat(circuits.of(NO).kind()).isEqualTo(Kind.CLOSED);

        timeOut(4);
        var open = circuits.of(NO);
        clock.advance(Duration.ofSeconds(1));
        circuits.stuck(NO, Duration.ofSeconds(10));
        assertThat(circuits.of(NO)).isEqualTo(open);
    }

    @Test
    void whoIsToldThatAnAttemptIsNotMadeKnowsWhetherAProbeIsWaitedFor() {
        assertThat(circuits.notAttempted(NO)).isFalse();
        timeOut(4);
        assertThat(circuits.notAttempted(NO)).isFalse();
        timeOut(1);
        assertThat(circuits.notAttempted(NO)).isTrue();
    }

    @Test
    void aChangeOfTheSubscriptionMayHaveMendedWhatWasWrong() {
        index.put(ASubscription.no(NO).get());
        timeOut(5);
        assertThat(circuits.room(NO)).isZero();
        assertThat(circuits.open()).isOne();

        index.put(ASubscription.no(NO).revision(2).get());

        assertThat(circuits.room(NO)).isEqualTo(Integer.MAX_VALUE);
        assertThat(circuits.open()).isZero();
        timeOut(4);
        assertThat(circuits.of(NO).timeouts()).as("it is counted anew").isEqualTo(4);

        index.remove(NO);
        assertThat(circuits.of(NO)).isEqualTo(CircuitState.CLOSED);
    }

    @Test
    void whatNobodyAsksForIsForgottenToo() {
        index.put(ASubscription.no(NO).get());
        index.put(ASubscription.no(8).get());
        timeOut(5);
        IntStream.range(0, 5).forEach(_ -> circuits.attempted(8, TIMED_OUT));
        index.remove(NO);
        assertThat(circuits.open()).isEqualTo(2);

        circuits.tidy();

        assertThat(circuits.open()).isOne();
    }

    @Test
    void theWorstAreThoseThatAreOpenThenThoseWithTheMostSilence() {
        for (long no = 1; no <= 5; no++) {
            index.put(ASubscription.no(no).get());
        }
        silent(1, 1);
        silent(2, 3);
        circuits.stuck(3, Duration.ofSeconds(10));
        silent(4, 6);
        silent(9, 5);

        var worst = circuits.worst(10);
        assertThat(worst.keySet())
                .as("nobody knows 9, and 5 is well")
                .containsExactly("sub_4", "sub_3", "sub_2", "sub_1");
        assertThat(worst.get("sub_4")).isEqualTo(circuits.of(4));
        assertThat(circuits.worst(2).keySet()).containsExactly("sub_4", "sub_3");

        index.put(ASubscription.no(4).revision(2).get());
        assertThat(circuits.worst(1).keySet()).as("4 is another now").containsExactly("sub_3");
    }

    @ParameterizedTest
    @EnumSource(
            value = Failure.class,
            names = {"INVALID_RESPONSE", "HTTP_STATUS", "RESPONSE_REJECTED", "RATE_LIMITED"})
    void whateverAReceiverAnswersClosesIt(Failure failure) {
        timeOut(5);

        circuits.attempted(NO, new Outcome.Failed(failure, ""));

        assertThat(circuits.of(NO)).isEqualTo(CircuitState.CLOSED);
    }

    @Test
    void anAnswerThatTookTooLongIsAnAnswer() {
        timeOut(4);
        circuits.attempted(NO, new Outcome.Failed(Failure.TIMEOUT, "", 200, "", null, true));
        assertThat(circuits.of(NO).timeouts()).isZero();
    }

    private void silent(long subscription, int times) {
        IntStream.range(0, times).forEach(_ -> circuits.attempted(subscription, TIMED_OUT));
    }
}
