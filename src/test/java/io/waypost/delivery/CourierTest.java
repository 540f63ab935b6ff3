package io.waypost.delivery;

import static io.waypost.delivery.Fakes.NO;
import static io.waypost.delivery.Fakes.NOON;
import static io.waypost.delivery.Fakes.claimed;
import static io.waypost.delivery.Fakes.event;
import static io.waypost.delivery.Fakes.fresh;
import static io.waypost.delivery.Fakes.row;
import static io.waypost.delivery.Fakes.wish;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.TextNode;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Failure;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.delivery.circuit.CircuitState.Kind;
import io.waypost.delivery.circuit.TestCircuits;
import io.waypost.delivery.limit.ConcurrencyLimit.Load;
import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog.Claimed;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.delivery.log.DeliveryUpdate.Effect;
import io.waypost.event.Event;
import io.waypost.subscription.DeliveryProfile;
import io.waypost.subscription.Runs;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.State;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class CourierTest {

    private static final Duration TOOK = Duration.ofMillis(250);
    private static final Duration GRACE = Duration.ofSeconds(30);
    private static final Duration TIMEOUT = Duration.ofSeconds(15);
    private static final Outcome OK = new Outcome.Succeeded(200, "thanks");
    private static final Outcome BROKEN = new Outcome.Failed(Failure.HTTP_STATUS, "500", 500, "oh", null, true);
    private static final Outcome TIMED_OUT = new Outcome.Failed(Failure.TIMEOUT, "no answer");
    private static final Outcome BUSY = new Outcome.Throttled(Duration.ofMinutes(1), "too much", 429, "slow down");
    private static final Outcome GONE = new Outcome.Gone(Failure.HTTP_STATUS, "410", 410, "bye");

    private final Fakes fakes = new Fakes();
    private final Courier courier = fakes.courier();

    private void wanted(boolean is) {
        fakes.index.wanted = _ -> Optional.of(is);
    }

    /** One whose subscription only may want it. */
    private static InFlightDelivery uncertain(long seq) {
        return InFlightDelivery.fresh(event(seq), NO, false, () -> {});
    }

    private static InFlightDelivery batch(long... seqs) {
        return InFlightDelivery.batch(
                java.util.Arrays.stream(seqs).mapToObj(Fakes::claimed).toList(), () -> {});
    }

    private Instant now() {
        return fakes.clock.instant();
    }

    private double ended(Status status) {
        return fakes.count("waypost.deliveries", "outcome", status.code());
    }

    private void assertWaits(DeliveryUpdate update, Instant until) {
        assertThat(update.status()).isEqualTo(Status.PENDING);
        assertThat(update.dueAt()).isEqualTo(until);
        assertThat(update.nextAttemptAt()).isEqualTo(until);
        assertThat(update.attempt()).isNull();
        assertThat(update.attempts()).isZero();
        assertThat(update.effect()).isEqualTo(Effect.NONE);
    }

    @Nested
    class StillWanted {

        @Test
        void whatItsActiveSubscriptionWantsIsAttempted() {
            var subscription = wish().made();
            fakes.index.put(subscription);
            var delivery = fresh(1);

            assertThat(courier.stillWanted(delivery)).isTrue();

            assertThat(delivery.subscription()).isSameAs(subscription);
            assertThat(delivery.closed()).isFalse();
            assertThat(fakes.recorder.written).isEmpty();
        }

        @Test
        void whatIsClosedIsNotAttemptedAgainAndWritesNothing() {
            fakes.index.put(wish().made());
            var delivery = row(1);
            assertThat(delivery.recall()).isTrue();

            assertThat(courier.stillWanted(delivery)).isFalse();

            assertThat(fakes.recorder.written).isEmpty();
        }

        @Test
        void whatAnInactiveSubscriptionWantsGoesIntoItsBuffer() {
            fakes.index.put(wish().paused().made());

            assertThat(courier.stillWanted(fresh(1))).isFalse();
            assertThat(courier.stillWanted(row(2))).isFalse();

            var update = fakes.recorder.of(1).getFirst();
            assertThat(update.status()).isEqualTo(Status.BUFFERED);
            assertThat(update.dueAt()).isNull();
            assertThat(update.finishedAt()).isNull();
            assertThat(update.row()).as("it has none yet").isFalse();
            assertThat(fakes.recorder.of(2).getFirst().row()).isTrue();
        }

        @Test
        void whatAnInactiveSubscriptionDoesNotWantLeavesNothingInItsBuffer() {
            fakes.index.put(wish().condition("no").paused().made());
            wanted(false);
            var delivery = uncertain(1);

            assertThat(courier.stillWanted(delivery)).isFalse();

            assertThat(delivery.closed()).isTrue();
            assertThat(fakes.recorder.written).isEmpty();
        }

        @Test
        void whatADeletedSubscriptionWantedIsDiscarded() {
            assertThat(courier.stillWanted(fresh(1))).isFalse();

            assertThat(fakes.recorder.only().status()).isEqualTo(Status.DISCARDED);
            assertThat(fakes.recorder.only().finishedAt()).isEqualTo(NOON);
            assertThat(fakes.recorder.only().effect()).isEqualTo(Effect.NONE);
        }

        @Test
        void aSubscriptionThatAnotherNodeHasJustMadeIsFoundAndRemembered() {
            fakes.stored.put(NO, wish().made());

            assertThat(courier.stillWanted(fresh(1))).isTrue();

            assertThat(fakes.index.current(NO)).isPresent();
        }

        @Test
        void whatThisNodeCannotReadIsDueAtOnceForOthers() {
            fakes.index.put(wish().unreadable().made());
            assertThat(courier.stillWanted(fresh(1))).isFalse();

            fakes.index.put(wish().connection("con_1").made());
            fakes.unreadableConnections.add("con_1");
            assertThat(courier.stillWanted(fresh(2))).isFalse();

            assertWaits(fakes.recorder.of(1).getFirst(), NOON);
            assertWaits(fakes.recorder.of(2).getFirst(), NOON);
        }

        @Test
        void whatComesWhileItsReceiverDoesNotAnswerComesBackForTheProbe() {
            fakes.index.put(wish().made());
            TestCircuits.open(fakes.circuits, NO);

            assertThat(courier.stillWanted(fresh(1))).isFalse();

            assertWaits(fakes.recorder.only(), NOON.plusSeconds(5));
        }

        @Test
        void whatSomebodyAsksForByHandIsAttemptedThoughTheReceiverDoesNotAnswer() {
            fakes.index.put(wish().made());
            TestCircuits.open(fakes.circuits, NO);

            assertThat(courier.stillWanted(InFlightDelivery.byHand(claimed(1)))).isTrue();
        }

        @Test
        void whatWasNotMatchedForCertainIsMatchedBeforeItsFirstAttemptAndOnlyOnce() {
            fakes.index.put(wish().condition("yes").made());
            var delivery = uncertain(1);

            assertThat(courier.stillWanted(delivery)).isTrue();
            assertThat(courier.stillWanted(delivery)).isTrue();

            assertThat(fakes.index.asked).containsExactly(event(1));
        }

        @Test
        void onlyAFilterOrAConditionIsAskedAbout() {
            wanted(false);
            fakes.index.put(wish().made());
            assertThat(courier.stillWanted(uncertain(1))).isTrue();
            assertThat(fakes.index.asked).isEmpty();

            fakes.index.put(wish().filter("{}").made());
            assertThat(courier.stillWanted(uncertain(2))).isFalse();
            fakes.index.put(wish().condition("no").made());
            assertThat(courier.stillWanted(uncertain(3))).isFalse();
            assertThat(courier.stillWanted(fresh(4))).as("it is certain").isTrue();
        }

        @Test
        void whatIsNotWantedLeavesNoRowAndIfItHadOneThatIsDiscarded() {
            fakes.index.put(wish().condition("no").made());
            wanted(false);
            var fresh = uncertain(1);
            var row = row(2);

            assertThat(courier.stillWanted(fresh)).isFalse();
            assertThat(courier.stillWanted(row)).isFalse();

            assertThat(fresh.closed()).isTrue();
            assertThat(fakes.recorder.of(1)).isEmpty();
            var update = fakes.recorder.only();
            assertThat(update.key()).isEqualTo(row.key());
            assertThat(update.status()).isEqualTo(Status.DISCARDED);
            assertThat(update.finishedAt()).isEqualTo(NOON);
            assertThat(update.row()).isTrue();
            assertThat(update.fence()).isEqualTo(3);
        }

        @Test
        void ofABatchTheUnwantedAreDiscardedAndTheRestGoesAgainAtOnceWithoutThem() {
            fakes.index.put(wish().condition("odd").batch().made());
            fakes.index.wanted = event -> Optional.of(event.seq() % 2 == 1);
            var ended = new AtomicInteger();
            var written = new CompletableFuture<Void>();
            fakes.recorder.disk = written;
            var batch = InFlightDelivery.batch(List.of(claimed(1), claimed(2), claimed(3)), ended::incrementAndGet);

            assertThat(courier.stillWanted(batch)).isFalse();

            assertThat(fakes.recorder.written).hasSize(2);
            var rest = fakes.recorder.written.getFirst();
            assertWaits(rest, NOON);
            assertThat(rest.row()).isTrue();
            assertThat(fakes.recorder.statuses(2)).containsExactly(Status.DISCARDED);
            assertThat(ended).as("not before it is on disk").hasValue(0);
            written.complete(null);
            assertThat(ended).hasValue(1);
        }

        @Test
        void ofABatchThatIsNotWantedAtAllNothingGoesAgain() {
            fakes.index.put(wish().condition("no").batch().made());
            wanted(false);

            assertThat(courier.stillWanted(batch(1, 2))).isFalse();

            assertThat(fakes.recorder.written)
                    .extracting(DeliveryUpdate::status)
                    .containsExactly(Status.DISCARDED, Status.DISCARDED);
        }

        @Test
        void whatTakesLongToMatchComesBackASecondLater() {
            fakes.index.put(wish().condition("slow").made());
            fakes.index.wanted = _ -> Optional.empty();

            assertThat(courier.stillWanted(uncertain(1))).isFalse();
            assertWaits(fakes.recorder.only(), NOON.plusSeconds(1));

            fakes.index.put(wish().condition("slow").paused().made());
            assertThat(courier.stillWanted(uncertain(2))).isFalse();
            assertWaits(fakes.recorder.of(2).getFirst(), NOON.plusSeconds(1));
        }

        @Test
        void aProbeThatIsNotWantedLetsAnotherComeAtOnce() {
            fakes.index.put(wish().condition("no").made());
            wanted(false);
            assertThat(courier.stillWanted(uncertain(1))).isFalse();
            assertThat(fakes.due.woken).as("no probe is waited for").hasValue(0);

            TestCircuits.open(fakes.circuits, NO);
            assertThat(courier.stillWanted(uncertain(2))).isFalse();
            assertThat(fakes.due.woken).hasValue(1);
        }
    }

    @Nested
    class Transform {

        private InFlightDelivery begun(Subscription subscription) {
            var delivery = fresh(1);
            delivery.begins(subscription);
            return delivery;
        }

        @Test
        void withoutATransformTheEventIsSent() {
            var delivery = begun(wish().made());

            assertThat(courier.transform(delivery)).isTrue();
            assertThat(courier.send(delivery)).isEqualTo(new Outcome.Succeeded(200, "ok"));

            var sent = fakes.receiver.received.getFirst();
            assertThat(sent.transformed()).isNull();
            assertThat(sent.event()).isEqualTo(event(1));
            assertThat(sent.attempt()).isEqualTo(1);
            assertThat(sent.delivery()).isEqualTo(delivery.key().id());
            assertThat(sent.at()).isEqualTo(NOON);
            assertThat(delivery.attemptAt()).isEqualTo(NOON);
        }

        @Test
        void whatATransformMakesOfTheEventIsSentInItsPlace() {
            var delivery = begun(wish().transform("text").made());

            assertThat(courier.transform(delivery)).isTrue();
            courier.send(delivery);

            assertThat(fakes.receiver.received)
                    .extracting(Message::transformed)
                    .containsExactly(TextNode.valueOf("made of it"));
        }

        @Test
        void aTransformThatFailsIsAFailedAttemptAndNothingIsSent() {
            var delivery = begun(wish().transform("wrong").made());
            fakes.transformFails = new ExpressionFailed("no such function");

            assertThat(courier.transform(delivery)).isTrue();

            assertThat(courier.send(delivery))
                    .isEqualTo(new Outcome.Failed(Failure.TRANSFORM_FAILED, "no such function"));
            assertThat(fakes.receiver.received).isEmpty();
        }

        @Test
        void whatWouldTakeLongToComputeComesBackASecondLaterAndLeavesTheProbeToAnother() {
            var delivery = begun(wish().transform("slow").made());
            fakes.evaluations.behind(true);
            assertThat(courier.transform(delivery)).isFalse();
            assertWaits(fakes.recorder.only(), NOON.plusSeconds(1));
            assertThat(fakes.due.woken).hasValue(0);

            TestCircuits.open(fakes.circuits, NO);
            assertThat(courier.transform(begun(wish().transform("slow").made())))
                    .isFalse();
            assertThat(fakes.due.woken).hasValue(1);
        }
    }

    @Nested
    class Send {

        private Outcome send(Subscription subscription) {
            var delivery = fresh(1);
            delivery.begins(subscription);
            return courier.send(delivery);
        }

        @Test
        void aConnectorThatIsNotThereIsAFailedAttempt() {
            assertThat(send(wish().connector("missing").made()))
                    .isEqualTo(new Outcome.Failed(Failure.CONNECTOR_FAILED, "The connector missing is not available"));
        }

        @Test
        void anErrorOfOursIsAFailedAttempt() {
            fakes.receiver.answers = _ -> {
                throw new IllegalStateException("a bug");
            };
            assertThat(send(wish().made()))
                    .isEqualTo(new Outcome.Failed(Failure.CONNECTOR_FAILED, "IllegalStateException: a bug"));

            fakes.receiver.answers = _ -> {
                throw new StackOverflowError();
            };
            assertThat(send(wish().made()))
                    .isEqualTo(new Outcome.Failed(Failure.CONNECTOR_FAILED, "StackOverflowError: null"));
        }

        @Test
        void aBatchIsSentAsOneMessage() {
            var batch = batch(1, 2);
            batch.begins(wish().made());

            courier.send(batch);

            var sent = fakes.receiver.received.getFirst();
            assertThat(sent.batch()).isEqualTo(new Message.Batch(List.of(event(1), event(2))));
        }

        @Test
        void aLaterAttemptSaysWhichItIs() {
            var delivery = InFlightDelivery.claimed(claimed(event(1), NO, 4, false), null);
            delivery.begins(wish().made());

            courier.send(delivery);

            assertThat(fakes.receiver.received).extracting(Message::attempt).containsExactly(5);
        }
    }

    @Nested
    class Once {

        @Test
        void tryingASubscriptionOutIsAnAttemptOfWhichNothingIsWrittenOrCounted() {
            fakes.receiver.answers = _ -> {
                fakes.clock.advance(TOOK);
                return BROKEN;
            };
            fakes.evaluations.behind(true);

            var attempt = courier.once(event(1), wish().transform("text").made());

            assertThat(attempt)
                    .isEqualTo(new Attempt(
                            new DeliveryKey(NOON, 1, NO), 1, NOON, 250, 500, Failure.HTTP_STATUS, "500", "oh"));
            assertThat(fakes.receiver.received)
                    .as("it waits for its transform")
                    .extracting(Message::transformed)
                    .containsExactly(TextNode.valueOf("made of it"));
            assertThat(fakes.recorder.written).isEmpty();
            assertThat(fakes.meters
                            .get("waypost.attempts")
                            .tag("outcome", "failed")
                            .timer()
                            .count())
                    .isZero();
        }

        @Test
        void whatTheOtherSideSaysIsCutAndShown() {
            var smile = "\ud83d\ude00";
            fakes.receiver.answers =
                    _ -> new Outcome.Failed(Failure.HTTP_STATUS, "a\u001bb", 500, "x".repeat(1023) + smile, null, true);
            var cut = courier.once(event(1), wish().made());
            assertThat(cut.detail()).isEqualTo("a\\u001bb");
            assertThat(cut.responseBody()).as("no half character").isEqualTo("x".repeat(1023));

            fakes.receiver.answers = _ -> new Outcome.Succeeded(200, "x".repeat(1022) + smile + "y");
            assertThat(courier.once(event(1), wish().made()).responseBody()).isEqualTo("x".repeat(1022) + smile);

            fakes.receiver.answers = _ -> new Outcome.Succeeded(200, "x".repeat(1022) + "\r\n");
            assertThat(courier.once(event(1), wish().made()).responseBody())
                    .as("all of it fits")
                    .isEqualTo("x".repeat(1022) + "\r\n");
        }
    }

    @Nested
    class Judge {

        private final AtomicInteger accounted = new AtomicInteger();

        private InFlightDelivery fresh(Event event) {
            return InFlightDelivery.fresh(event, NO, true, accounted::incrementAndGet);
        }

        private Duration judge(InFlightDelivery delivery, Subscription subscription, Outcome outcome) {
            fakes.index.put(subscription);
            delivery.begins(subscription);
            delivery.start(now());
            delivery.attemptBegins(now(), now());
            fakes.clock.advance(TOOK);
            return courier.judge(delivery, outcome);
        }

        private DeliveryUpdate last() {
            return fakes.recorder.written.getLast();
        }

        @Test
        void whatTheReceiverTookIsOver() {
            var delivery = fresh(event(1));
            var since = NOON.minusSeconds(60);

            var wait = judge(delivery, wish().state(State.activated(since)).made(), OK);

            assertThat(wait).isNull();
            assertThat(delivery.closed()).isTrue();
            assertThat(delivery.ended()).isTrue();
            assertThat(accounted).hasValue(1);
            var update = fakes.recorder.only();
            assertThat(update.status()).isEqualTo(Status.SUCCEEDED);
            assertThat(update.finishedAt()).isEqualTo(NOON.plus(TOOK));
            assertThat(update.dueAt()).isNull();
            assertThat(update.row()).isFalse();
            assertThat(update.attempts()).isEqualTo(1);
            assertThat(update.effect()).isEqualTo(Effect.SUCCESS);
            assertThat(update.stateSince()).isEqualTo(since);
            assertThat(update.attempt())
                    .isEqualTo(new Attempt(delivery.key(), 1, NOON, 250, 200, null, null, "thanks"));
            assertThat(ended(Status.SUCCEEDED)).isEqualTo(1);
            assertThat(ended(Status.EXHAUSTED)).isZero();
            var timer = fakes.meters
                    .get("waypost.attempts")
                    .tag("outcome", "succeeded")
                    .timer();
            assertThat(timer.count()).isEqualTo(1);
            assertThat(timer.totalTime(java.util.concurrent.TimeUnit.MILLISECONDS))
                    .isEqualTo(250);
        }

        @Test
        void ofABatchAllHaveEnded() {
            judge(batch(1, 2, 3), wish().made(), OK);

            assertThat(ended(Status.SUCCEEDED)).isEqualTo(3);
            assertThat(last().others()).hasSize(2);
            assertThat(last().row()).isTrue();
        }

        @Test
        void aBatchHasEndedWhenItsEndIsOnDisk() {
            fakes.recorder.disk = new CompletableFuture<>();
            var batch = InFlightDelivery.batch(List.of(claimed(1)), accounted::incrementAndGet);

            judge(batch, wish().made(), OK);
            assertThat(accounted).hasValue(0);

            fakes.recorder.disk.complete(null);
            assertThat(accounted).hasValue(1);
        }

        @Test
        void whatAnotherDeliveryWaitsForIsWrittenWithoutDelay() {
            var claims = OrderedClaims.begin(List.of(claimed(event(1), true), claimed(event(2), true)), now());
            judge(claims.getFirst(), wish().ordered().made(), OK);
            assertThat(fakes.recorder.urgent).hasSize(1);

            judge(row(3), wish().made(), OK);
            assertThat(fakes.recorder.urgent).hasSize(1);
        }

        @Test
        void whatHasFailedAsOftenAsItMayIsExhausted() {
            judge(fresh(event(1)), wish().schedule().made(), BROKEN);

            assertThat(last().status()).isEqualTo(Status.EXHAUSTED);
            assertThat(last().effect()).isEqualTo(Effect.FAILURE);
            assertThat(last().attempt()).isNotNull();
            assertThat(ended(Status.EXHAUSTED)).isEqualTo(1);
            assertThat(fakes.meters
                            .get("waypost.attempts")
                            .tag("outcome", "failed")
                            .timer()
                            .count())
                    .isEqualTo(1);

            var third = InFlightDelivery.claimed(claimed(event(2), NO, 2, false), null);
            judge(third, wish().made(), BROKEN);
            assertThat(last().status()).as("after both of its waits").isEqualTo(Status.EXHAUSTED);
            assertThat(last().attempts()).isEqualTo(3);
        }

        @Test
        void whatSaysNothingAboutTheReceiverCountsForNothing() {
            var doesNotCount = new Outcome.Failed(Failure.HTTP_STATUS, "429", 429, null, null, false);
            judge(fresh(event(1)), wish().schedule().made(), doesNotCount);
            assertThat(last().effect()).isEqualTo(Effect.NONE);

            judge(fresh(event(2)), wish().made(), new Outcome.Rejected(Failure.RESPONSE_REJECTED, "no", 400, null));
            assertThat(last().status()).isEqualTo(Status.EXHAUSTED);
            assertThat(last().effect()).isEqualTo(Effect.NONE);
        }

        @Test
        void whatTheReceiverThrottlesWaitsAsARowWithoutAStepOfItsSchedule() {
            var delivery = row(1);

            assertThat(judge(delivery, wish().made(), BUSY)).isNull();

            assertThat(delivery.closed()).isTrue();
            assertThat(delivery.ended()).isFalse();
            assertThat(last().status()).isEqualTo(Status.RETRYING);
            assertThat(last().attempts()).isEqualTo(1);
            assertThat(last().used()).isZero();
            assertThat(last().throttledSince()).isEqualTo(now());
            assertThat(last().dueAt()).isEqualTo(now().plusSeconds(60));
            assertThat(last().nextAttemptAt()).isEqualTo(now().plusSeconds(60));
            assertThat(last().effect()).isEqualTo(Effect.NONE);
            assertThat(last().row()).isTrue();
        }

        @Test
        void sinceWhenItIsThrottledIsRememberedUntilAnotherAnswer() {
            var since = NOON.minusSeconds(3_600);
            var throttled = new Claimed(new DeliveryKey(NOON, 1, NO), event(1), 2, 1, 3, false, since, false);
            judge(InFlightDelivery.claimed(throttled, null), wish().made(), BUSY);
            assertThat(last().throttledSince()).isEqualTo(since);
            assertThat(last().used()).isEqualTo(1);

            judge(InFlightDelivery.claimed(throttled, null), wish().made(), BROKEN);
            assertThat(last().throttledSince()).isNull();
            assertThat(last().used()).isEqualTo(2);
        }

        @Test
        void whatIsGoneSwitchesItsSubscriptionOffAndWaitsInTheBufferIfAttemptsAreLeft() {
            judge(fresh(event(1)), wish().made(), GONE);

            assertThat(last().status()).isEqualTo(Status.BUFFERED);
            assertThat(last().effect()).isEqualTo(Effect.GONE);
            assertThat(last().attempts()).isEqualTo(1);
            assertThat(last().attempt()).isNotNull();
            assertThat(ended(Status.EXHAUSTED)).isZero();

            judge(fresh(event(2)), wish().schedule().made(), GONE);
            assertThat(last().status()).as("none is left").isEqualTo(Status.EXHAUSTED);
            assertThat(last().effect()).isEqualTo(Effect.GONE);
            assertThat(last().finishedAt()).isEqualTo(now());
        }

        @Test
        void whatAHookThatIsGoneWantedHasEnded() {
            judge(fresh(event(1)), wish().profile(DeliveryProfile.REST_HOOK).made(), GONE);

            assertThat(last().status()).isEqualTo(Status.EXHAUSTED);
            assertThat(last().effect()).isEqualTo(Effect.GONE);
            assertThat(ended(Status.EXHAUSTED)).isEqualTo(1);
        }

        @Test
        void aShortWaitIsMadeInMemoryWithARowThatAnswersForIt() {
            var delivery = fresh(event(1));

            assertThat(judge(delivery, wish().made(), BROKEN)).isEqualTo(Duration.ofSeconds(5));

            assertThat(delivery.closed()).isFalse();
            assertThat(accounted).hasValue(1);
            var update = fakes.recorder.only();
            var next = now().plusSeconds(5);
            assertThat(update.status()).isEqualTo(Status.RETRYING);
            assertThat(update.nextAttemptAt()).isEqualTo(next);
            assertThat(update.dueAt()).isEqualTo(next.plus(TIMEOUT).plus(GRACE));
            assertThat(update.row()).isFalse();
            assertThat(update.effect()).isEqualTo(Effect.FAILURE);
            assertThat(update.attempt()).isNotNull();

            delivery.wake();
            judge(delivery, wish().made(), OK);
            assertThat(last().row()).isTrue();
            assertThat(last().attempts()).isEqualTo(2);
            assertThat(fakes.recorder.urgent).isEmpty();
        }

        @Test
        void waitsOfUpToSixSecondsAreShort() {
            var longest = wish().schedule(Duration.ofSeconds(6)).made();
            assertThat(judge(fresh(event(1)), longest, BROKEN)).isEqualTo(Duration.ofSeconds(6));

            var longer = wish().schedule(Duration.ofMillis(6_001)).made();
            var delivery = fresh(event(2));
            assertThat(judge(delivery, longer, BROKEN)).isNull();
            assertThat(delivery.closed()).isTrue();
            assertThat(last().dueAt()).isEqualTo(now().plusMillis(6_001));
            assertThat(last().effect()).isEqualTo(Effect.FAILURE);
        }

        @Test
        void whatOthersFollowOrIsABatchOrByHandWaitsAsARow() {
            var later = List.of(
                    InFlightDelivery.claimed(claimed(event(1), true), null),
                    InFlightDelivery.byHand(claimed(2)),
                    batch(3, 4));
            for (var delivery : later) {
                assertThat(judge(delivery, wish().made(), BROKEN)).isNull();
                assertThat(delivery.closed()).isTrue();
                assertThat(last().dueAt()).isEqualTo(now().plusSeconds(5));
            }
        }

        @Test
        void whatLeavesInRunsWaitsForOneAfterItsWait() {
            assertThat(judge(fresh(event(1)), wish().inRuns().made(), BROKEN)).isNull();

            assertThat(last().dueAt()).isEqualTo(Runs.NOT_BY_ITSELF);
            assertThat(last().nextAttemptAt()).isEqualTo(now().plusSeconds(5));
        }

        @Test
        void whatIsLargeOrFindsNoMemoryToRestInWaitsAsARow() {
            assertThat(judge(fresh(Fakes.large(1)), wish().made(), BROKEN)).isNull();
            assertThat(last().dueAt()).isEqualTo(now().plusSeconds(5));

            var small = new Load(Fakes.TENANT, 30 * 1024);
            var taken = IntStream.range(0, 10_000)
                    .takeWhile(_ -> fakes.limit.beginResting(small))
                    .count();
            assertThat(taken).isLessThan(10_000);
            while (fakes.limit.beginResting(new Load(Fakes.TENANT, 0))) {
                // until not even the smallest finds any
            }
            assertThat(judge(fresh(event(2)), wish().made(), BROKEN)).isNull();
            assertThat(last().dueAt()).isEqualTo(now().plusSeconds(5));

            fakes.limit.endResting(new Load(Fakes.TENANT, 0));
            var rests = fresh(event(3));
            assertThat(judge(rests, wish().made(), BROKEN)).isNotNull();
            assertThat(fakes.limit.beginResting(rests.load())).isFalse();
            rests.waitsNoMore();
            assertThat(fakes.limit.beginResting(rests.load()))
                    .as("it has given its memory back")
                    .isTrue();
        }

        @Test
        void whatTheGatewayHadNoRoomForIsAsIfItHadNotBeenTried() {
            var delivery = row(1);

            assertThat(judge(delivery, wish().made(), new Outcome.Postponed("busy")))
                    .isNull();

            assertWaits(last(), now().plusSeconds(5));
            assertThat(delivery.closed()).isTrue();
            assertThat(fakes.meters
                            .get("waypost.attempts")
                            .tag("outcome", "failed")
                            .timer()
                            .count())
                    .isZero();
        }

        @Test
        void receiversThatDoNotAnswerAreNoticed() {
            for (int i = 1; i <= 5; i++) {
                judge(fresh(event(i)), wish().made(), TIMED_OUT);
            }

            assertThat(fakes.circuits.of(NO).kind()).isEqualTo(Kind.OPEN);
        }
    }
}
