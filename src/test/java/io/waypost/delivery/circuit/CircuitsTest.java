package io.waypost.delivery.circuit;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.Failure;
import io.waypost.connector.Outcome;
import io.waypost.delivery.circuit.CircuitState.Kind;
import io.waypost.event.Event;
import io.waypost.platform.SettableClock;
import io.waypost.subscription.Evaluations.Patience;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
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
    private final Circuits circuits = new Circuits(new NoSubscriptions(), clock);

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

    /** Nobody is known; what is not known does not change. */
    private static final class NoSubscriptions implements SubscriptionIndex {

        @Override
        public List<Subscription> matching(Event event) {
            return List.of();
        }

        @Override
        public List<Candidate> candidates(Event event) {
            return List.of();
        }

        @Override
        public Optional<Boolean> wants(Subscription subscription, Event event, Patience patience) {
            return Optional.of(false);
        }

        @Override
        public Optional<Subscription> current(long no) {
            return Optional.empty();
        }

        @Override
        public void put(Subscription subscription) {}

        @Override
        public void remove(long no) {}

        @Override
        public void refresh() {}

        @Override
        public List<Subscription> unreadable(int most) {
            return List.of();
        }

        @Override
        public void readAgain() {}
    }
}
