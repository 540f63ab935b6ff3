package io.waypost.delivery;

import static io.waypost.delivery.Fakes.NO;
import static io.waypost.delivery.Fakes.NOON;
import static io.waypost.delivery.Fakes.TENANT;
import static io.waypost.delivery.Fakes.claimed;
import static io.waypost.delivery.Fakes.event;
import static io.waypost.delivery.Fakes.fresh;
import static io.waypost.delivery.Fakes.row;
import static io.waypost.delivery.Fakes.wish;
import static io.waypost.testing.Delays.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.waypost.delivery.DeliveryMetrics.Parked;
import io.waypost.delivery.circuit.TestCircuits;
import io.waypost.delivery.limit.ConcurrencyLimit.Load;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.event.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With a route that does whatever a test wants of an attempt. */
class DeliveryQueuesTest {

    private static final int PERMITS = 3;

    private final Fakes fakes = new Fakes(Map.of("waypost.delivery.permits", String.valueOf(PERMITS)));

    private static final Load SMALL = new Load(TENANT, 1);

    private final List<Long> made = new CopyOnWriteArrayList<>();
    private final Semaphore mayEnd = new Semaphore(0);
    private volatile Consumer<InFlightDelivery> attempt = fakes::succeeds;
    private volatile boolean ready = true;
    private final DefaultCamelContext camel = new DefaultCamelContext() {
        @Override
        public boolean isStarted() {
            return ready && super.isStarted();
        }
    };
    private DeliveryQueues queues;

    @BeforeEach
    void start() throws Exception {
        camel.disableJMX();
        camel.getShutdownStrategy().setTimeout(1);
        camel.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                errorHandler(noErrorHandler());
                from("direct:deliver").process(exchange -> {
                    var delivery = exchange.getProperty(RouteSteps.DELIVERY, InFlightDelivery.class);
                    made.add(delivery.key().seq());
                    attempt.accept(delivery);
                });
            }
        });
        camel.start();
        queues = fakes.queues(camel);
        fakes.index.put(wish().made());
    }

    @AfterEach
    void stop() {
        mayEnd.release(1_000);
        ready = true;
        fakes.redeliveries.shutdownNow();
        camel.stop();
    }

    private Instant now() {
        return fakes.clock.instant();
    }

    /** From now on attempts end when they may. */
    private void hold() {
        attempt = delivery -> {
            mayEnd.acquireUninterruptibly();
            fakes.succeeds(delivery);
        };
    }

    private void awaitMade(Long... seqs) {
        await().atMost(SOON).until(() -> made.equals(List.of(seqs)));
    }

    private void awaitLanded() {
        await().atMost(SOON).until(() -> queues.inFlight() == 0);
    }

    private void takeAllPermits() throws InterruptedException {
        for (int i = 0; i < PERMITS; i++) {
            assertThat(fakes.limit.take(SMALL)).isTrue();
        }
    }

    private void assertPermitsAreBack() throws InterruptedException {
        takeAllPermits();
        for (int i = 0; i < PERMITS; i++) {
            fakes.limit.giveBackTraded(SMALL);
        }
    }

    private static InFlightDelivery of(long subscription, long seq) {
        return InFlightDelivery.fresh(event(seq), subscription, true, () -> {});
    }

    private static InFlightDelivery large(Event event) {
        return InFlightDelivery.fresh(event, NO, true, () -> {});
    }

    private List<InFlightDelivery> ordered(long... seqs) {
        var claims = java.util.Arrays.stream(seqs)
                .mapToObj(seq -> claimed(event(seq), true))
                .toList();
        return OrderedClaims.begin(claims, now());
    }

    private void assertGivenBack(long seq) {
        var update = fakes.recorder.of(seq).getLast();
        assertThat(update.status()).isEqualTo(Status.PENDING);
        assertThat(update.dueAt()).isEqualTo(now());
        assertThat(update.row()).isTrue();
        assertThat(fakes.recorder.of(seq)).hasSize(1);
    }

    @Test
    void whatIsTakenIsMadeAndThenHoldsNothing() throws Exception {
        var delivery = fresh(1);

        assertThat(queues.take(delivery)).isTrue();

        awaitLanded();
        awaitMade(1L);
        assertThat(fakes.recorder.only().status()).isEqualTo(Status.SUCCEEDED);
        assertThat(delivery.hasStarted()).isTrue();
        assertPermitsAreBack();
        assertThat(queues.underWay().all()).isEmpty();
    }

    @Test
    void aQueueNeedsTheRouteThatMakesAttempts() {
        var none = new DefaultCamelContext() {
            @Override
            public org.apache.camel.Endpoint getEndpoint(String uri) {
                throw new org.apache.camel.NoSuchEndpointException(uri);
            }
        };
        assertThatThrownBy(() -> fakes.queues(none)).hasMessage("The route deliver cannot be called");
    }

    @Test
    void whatAReceiverThatDoesNotAnswerWouldGetComesBackForTheProbe() {
        TestCircuits.open(fakes.circuits, NO);
        var delivery = fresh(1);

        assertThat(queues.take(delivery)).isFalse();

        assertThat(delivery.closed()).isTrue();
        assertThat(fakes.recorder.only().dueAt()).isEqualTo(NOON.plusSeconds(5));
        assertThat(fakes.recorder.only().row()).isFalse();
        assertThat(fakes.parked(Parked.HELD)).isEqualTo(1);
        assertThat(queues.inFlight()).isZero();
        assertThat(queues.room(NO)).isZero();
        assertThat(queues.hasPlace(NO)).isFalse();
    }

    @Test
    void whatAnotherNodeIsToSendIsDueForItAtOnce() {
        fakes.receiver.everywhere = false;
        fakes.receiver.here = false;

        assertThat(queues.sends(NO)).isFalse();
        assertThat(queues.room(NO)).isZero();
        assertThat(queues.hasPlace(NO)).isFalse();
        var first = ordered(1, 2).getFirst();
        assertThat(queues.take(first)).isFalse();

        assertGivenBack(1);
        assertGivenBack(2);
        assertThat(fakes.parked(Parked.HELD)).isEqualTo(1);
        assertThat(made).isEmpty();
    }

    @Test
    void whatFindsNoPlaceComesBackWhenItsRateAllowsItAndHoldsNoMemory() {
        fakes.index.put(wish().perSecond(2).made());
        assertThat(queues.take(fresh(1))).isTrue();
        awaitLanded();

        var large = large(Fakes.large(2));
        var memory = fakes.fillWaitingMemory();
        fakes.limit.endWaiting(memory);
        assertThat(queues.take(large)).isFalse();

        assertThat(large.closed()).isTrue();
        assertThat(fakes.recorder.of(2).getFirst().dueAt()).isEqualTo(NOON.plusMillis(500));
        assertThat(fakes.parked(Parked.PLACE)).isEqualTo(1);
        assertThat(queues.inFlight()).isZero();
        assertThat(fakes.limit.beginWaiting(memory)).isTrue();
    }

    @Test
    void whatFindsNoMemoryToWaitInComesBackInASecond() {
        fakes.fillWaitingMemory();

        assertThat(queues.take(large(Fakes.large(1)))).isFalse();

        assertThat(fakes.recorder.only().dueAt()).isEqualTo(NOON.plusSeconds(1));
        assertThat(fakes.parked(Parked.MEMORY)).isEqualTo(1);
        assertThat(queues.room(NO)).as("others as large would find none either").isZero();
        fakes.limit.endWaiting(large(Fakes.large(1)).load());
        assertThat(queues.room(NO)).isPositive();
    }

    @Test
    void whatIsLargeAndBeginsLetsOthersThatAreLargeComeAndASmallOneDoesNot() {
        assertThat(queues.take(fresh(1))).isTrue();
        awaitLanded();
        assertThat(fakes.due.woken).hasValue(0);

        hold();
        var memory = fakes.fillWaitingMemory();
        fakes.limit.endWaiting(memory);
        assertThat(queues.take(large(Fakes.large(2)))).isTrue();
        awaitMade(1L, 2L);
        assertThat(fakes.due.woken).hasValue(1);
        assertThat(fakes.limit.beginWaiting(memory)).as("it waits no more").isTrue();
    }

    @Test
    void whatFindsNoPermitForASecondBecomesARow() throws Exception {
        takeAllPermits();

        var first = ordered(3, 4).getFirst();
        assertThat(queues.take(first)).isTrue();

        await().atMost(SOON).until(() -> fakes.recorder.of(4).size() == 1);
        assertThat(fakes.recorder.of(3)).singleElement().satisfies(update -> {
            assertThat(update.dueAt()).isEqualTo(NOON.plusSeconds(1));
            assertThat(update.row()).isTrue();
        });
        assertGivenBack(4);
        assertThat(fakes.parked(Parked.PERMIT)).isEqualTo(1);
        awaitLanded();
        assertThat(made).isEmpty();
        assertThat(fakes.limit.take(SMALL))
                .as("it gives none back that it did not have")
                .isFalse();
    }

    @Test
    void nothingIsAttemptedBeforeTheRoutesHaveStartedOrWhenTheyStop() throws Exception {
        ready = false;
        assertThat(queues.ready()).isFalse();

        assertThat(queues.take(fresh(1))).isTrue();

        await().atMost(SOON).until(() -> fakes.recorder.of(1).size() == 1);
        assertThat(fakes.recorder.only().dueAt()).isEqualTo(NOON);
        assertThat(made).isEmpty();
        awaitLanded();
        assertPermitsAreBack();
        ready = true;
        assertThat(queues.ready()).isTrue();
    }

    @Test
    void anErrorOfOursLeavesARowThatBringsItBackAndTheQueueGoesOn() throws Exception {
        fakes.index.put(wish().concurrency(1).made());
        attempt = delivery -> {
            if (delivery.key().seq() == 1) {
                throw new IllegalStateException("a bug");
            }
            fakes.succeeds(delivery);
        };

        assertThat(queues.take(fresh(1))).isTrue();
        assertThat(queues.take(fresh(2))).isTrue();

        awaitMade(1L, 2L);
        awaitLanded();
        assertThat(fakes.recorder.of(1)).singleElement().satisfies(update -> assertThat(update.dueAt())
                .isEqualTo(NOON.plus(Courier.GRACE)));
        assertThat(IntStream.range(0, Parked.values().length)
                        .mapToDouble(i -> fakes.parked(Parked.values()[i]))
                        .sum())
                .isZero();
        assertPermitsAreBack();
    }

    /** As Camel's redelivery does it: the first attempt asks for a wait, and what it gives makes the second. */
    private void restsFirst(Duration wait, Runnable second) {
        attempt = delivery -> {
            assertThat(fakes.limit.beginResting(delivery.load())).isTrue();
            delivery.waits(fakes.limit::endResting);
            delivery.rest(hadRow ->
                    fakes.recorder.record(delivery.waiting(now(), now()).withRow(hadRow)));
            fakes.redeliveries.schedule(second, wait.toMillis(), TimeUnit.MILLISECONDS);
        };
    }

    /** Takes all memory there is for what rests, but for one. */
    private Load fillRestingMemory() {
        var load = fresh(1).load();
        while (fakes.limit.beginResting(load)) {
            // until it is full
        }
        fakes.limit.endResting(load);
        return load;
    }

    @Test
    void whatRestsHoldsNothingAndIsMadeAgainWhenItsWaitIsOver() throws Exception {
        var load = fillRestingMemory();
        var delivery = fresh(1);
        restsFirst(Duration.ofHours(1), () -> {
            made.add(-1L);
            fakes.succeeds(delivery);
        });

        assertThat(queues.take(delivery)).isTrue();
        awaitMade(1L);
        awaitLanded();
        await().atMost(SOON).until(() -> queues.resting() == 1);
        assertPermitsAreBack();
        assertThat(fakes.limit.beginResting(load)).isFalse();

        fakes.redeliveries.stop();

        awaitMade(1L, -1L);
        awaitLanded();
        assertThat(queues.resting()).isZero();
        assertThat(fakes.recorder.statuses(1)).containsExactly(Status.PENDING, Status.SUCCEEDED);
        assertThat(fakes.limit.beginResting(load))
                .as("its memory is there again")
                .isTrue();
        assertPermitsAreBack();
    }

    @Test
    void whatIsRecalledWhileItRestsIsNotMadeAgainAndOnlyItsExchangeEnds() {
        var load = fillRestingMemory();
        var ended = new AtomicInteger();
        var delivery = fresh(1);
        restsFirst(Duration.ofHours(1), ended::incrementAndGet);
        assertThat(queues.take(delivery)).isTrue();
        await().atMost(SOON).until(() -> queues.resting() == 1);

        assertThat(queues.recall(delivery.key())).isTrue();

        assertThat(delivery.closed()).isTrue();
        assertThat(fakes.limit.beginResting(load))
                .as("its memory is there again")
                .isTrue();
        assertThat(ended).hasValue(0);
        fakes.redeliveries.stop();
        await().atMost(SOON).until(() -> ended.get() == 1);
        assertThat(fakes.recorder.written).hasSize(1);
        assertThat(made).containsExactly(1L);
        awaitLanded();
    }

    @Test
    void whatIsRecalledWhileItWaitsForItsNextPlaceEndsItsExchangeAtOnce() {
        fakes.index.put(wish().concurrency(1).made());
        var ended = new AtomicInteger();
        var delivery = fresh(1);
        restsFirst(Duration.ofHours(1), ended::incrementAndGet);
        assertThat(queues.take(delivery)).isTrue();
        await().atMost(SOON).until(() -> queues.resting() == 1);
        hold();
        assertThat(queues.take(fresh(2))).isTrue();
        await().atMost(SOON).until(() -> made.size() == 2);
        fakes.redeliveries.stop();
        await().atMost(SOON).until(() -> delivery.queue() != null);

        assertThat(queues.recall(delivery.key())).isTrue();

        assertThat(ended).hasValue(1);
        assertThat(queues.inFlight()).isEqualTo(1);
        mayEnd.release();
        awaitLanded();
        assertThat(made).containsExactly(1L, 2L);
        assertThat(ended).hasValue(1);
    }

    @Test
    void whatFindsNoPlaceAfterItsRestEndsItsExchangeToo() {
        var ended = new AtomicInteger();
        restsFirst(Duration.ofHours(1), ended::incrementAndGet);
        assertThat(queues.take(fresh(1))).isTrue();
        await().atMost(SOON).until(() -> queues.resting() == 1);
        TestCircuits.open(fakes.circuits, NO);

        fakes.redeliveries.stop();

        await().atMost(SOON).until(() -> ended.get() == 1);
        assertThat(fakes.recorder.written.getLast().dueAt()).isEqualTo(NOON.plusSeconds(5));
        assertThat(fakes.recorder.written).hasSize(2);
    }

    @Test
    void whatWaitsAndHasARowIsRecalledAndWhatIsAttemptedIsNot() {
        fakes.index.put(wish().concurrency(1).made());
        hold();
        var attempted = row(1);
        var waiting = InFlightDelivery.claimed(claimed(Fakes.large(2), false), null);
        assertThat(queues.take(attempted)).isTrue();
        await().atMost(SOON).until(() -> made.size() == 1);
        assertThat(queues.take(waiting)).isTrue();
        assertThat(queues.take(fresh(3))).isTrue();
        var memory = fakes.fillWaitingMemory();

        assertThat(queues.recall(attempted.key())).isFalse();
        assertThat(queues.recall(fresh(3).key()))
                .as("nothing else answers for it")
                .isFalse();
        assertThat(queues.recall(row(99).key())).as("nobody knows it").isTrue();
        assertThat(queues.recall(waiting.key())).isTrue();

        assertThat(queues.inFlight()).isEqualTo(2);
        assertThat(fakes.limit.beginWaiting(memory))
                .as("its memory is there again")
                .isTrue();
        mayEnd.release(2);
        awaitLanded();
        assertThat(made).containsExactly(1L, 3L);
        assertThat(fakes.recorder.of(2)).isEmpty();
    }

    @Test
    void whatWasToFollowOneThatIsRecalledIsDueAtOnce() {
        fakes.index.put(wish().concurrency(1).made());
        hold();
        assertThat(queues.take(fresh(1))).isTrue();
        await().atMost(SOON).until(() -> made.size() == 1);
        var first = ordered(2, 3).getFirst();
        assertThat(queues.take(first)).isTrue();

        assertThat(queues.recall(first.key())).isTrue();

        assertGivenBack(3);
        assertThat(fakes.recorder.of(2)).isEmpty();
    }

    @Test
    void whatIsClaimedTogetherIsMadeOneAfterTheOtherAndWhatIsRecalledBeforeItsTurnIsLeftOut() throws Exception {
        hold();
        var first = ordered(1, 2, 3, 4).getFirst();
        assertThat(queues.take(first)).isTrue();
        awaitMade(1L);

        assertThat(queues.recall(row(2).key())).isTrue();
        mayEnd.release();
        awaitMade(1L, 3L);
        assertThat(queues.inFlight()).isEqualTo(1);
        var third = queues.underWay().all().iterator().next();
        assertThat(third.queue()).as("the same place").isSameAs(first.queue());
        mayEnd.release(2);

        awaitMade(1L, 3L, 4L);
        awaitLanded();
        assertThat(fakes.recorder.urgent)
                .extracting(update -> update.key().seq())
                .containsExactly(1L, 3L);
        assertPermitsAreBack();
    }

    @Test
    void nothingFollowsOneThatHasNotEnded() {
        attempt = delivery -> delivery.close(hadRow -> fakes.recorder.record(
                delivery.waiting(NOON.plusSeconds(60), NOON.plusSeconds(60)).withRow(hadRow)));

        assertThat(queues.take(ordered(1, 2, 3).getFirst())).isTrue();

        await().atMost(SOON).until(() -> fakes.recorder.written.size() == 3);
        assertGivenBack(2);
        assertGivenBack(3);
        assertThat(made).containsExactly(1L);
    }

    @Test
    void whatIsToFollowTooLateOrWithoutATokenOrOnAnotherNodeIsGivenBack() {
        attempt = delivery -> {
            fakes.succeeds(delivery);
            fakes.clock.advance(Duration.ofSeconds(6));
        };
        assertThat(queues.take(ordered(1, 2).getFirst())).isTrue();
        await().atMost(SOON).until(() -> fakes.recorder.of(2).size() == 1);
        assertGivenBack(2);

        attempt = fakes::succeeds;
        fakes.index.put(wish().perSecond(1).made());
        assertThat(queues.take(ordered(3, 4).getFirst())).isTrue();
        await().atMost(SOON).until(() -> fakes.recorder.of(4).size() == 1);
        assertGivenBack(4);

        fakes.index.put(wish().made());
        attempt = delivery -> {
            fakes.succeeds(delivery);
            fakes.receiver.everywhere = false;
            fakes.receiver.here = false;
        };
        assertThat(queues.take(ordered(5, 6).getFirst())).isTrue();
        await().atMost(SOON).until(() -> fakes.recorder.of(6).size() == 1);
        assertGivenBack(6);

        fakes.receiver.everywhere = true;
        attempt = delivery -> {
            fakes.succeeds(delivery);
            ready = false;
        };
        assertThat(queues.take(ordered(7, 8).getFirst())).isTrue();
        await().atMost(SOON).until(() -> fakes.recorder.of(8).size() == 1);
        assertGivenBack(8);
        assertThat(made).containsExactly(1L, 3L, 5L, 7L);
        awaitLanded();
    }

    @Test
    void nothingFollowsOneWhoseEndNeverComesToTheDisk() {
        fakes.index.put(wish().concurrency(1).made());
        var cancelled = new CompletableFuture<Void>();
        cancelled.cancel(false);
        fakes.recorder.disk = cancelled;

        assertThat(queues.take(ordered(1, 2).getFirst())).isTrue();
        assertThat(queues.take(fresh(3))).isTrue();

        await().atMost(SOON).until(() -> made.contains(3L));
        awaitLanded();
        assertThat(made).containsExactly(1L, 3L);
        assertThat(fakes.recorder.of(2)).as("its row brings it back").isEmpty();
    }

    @Test
    void oneAfterTheOtherMeansThatTheEndOfTheFirstIsOnDisk() {
        var disk = new CompletableFuture<Void>();
        fakes.recorder.disk = disk;
        assertThat(queues.take(ordered(1, 2).getFirst())).isTrue();
        // The second is under way, and waits.
        await().atMost(SOON).until(() -> queues.underWay().all().stream()
                .anyMatch(delivery -> delivery.key().seq() == 2 && delivery.queue() != null));
        assertThat(made).containsExactly(1L);

        disk.complete(null);

        awaitMade(1L, 2L);
    }

    @Test
    void whatWaitsInItsQueueIsWithdrawnAsARowAndWhatHasAPlaceIsNot() {
        fakes.index.put(wish().concurrency(1).made());
        hold();
        var attempted = fresh(1);
        var waiting = fresh(2);
        assertThat(queues.withdraw(attempted)).as("it is in no queue").isFalse();
        assertThat(queues.take(attempted)).isTrue();
        await().atMost(SOON).until(() -> made.size() == 1);
        assertThat(queues.take(waiting)).isTrue();

        assertThat(queues.withdraw(attempted)).isFalse();
        assertThat(queues.withdraw(waiting)).isTrue();

        assertThat(waiting.closed()).isTrue();
        assertThat(fakes.recorder.only().dueAt()).isEqualTo(NOON);
        assertThat(fakes.parked(Parked.QUEUE)).isEqualTo(1);
        assertThat(queues.inFlight()).isEqualTo(1);
    }

    @Test
    void whatIsRunHereIsMadeOnTheThreadOfWhoCalls() throws Exception {
        var thread = new AtomicReference<Thread>();
        var under = new AtomicInteger();
        attempt = delivery -> {
            thread.set(Thread.currentThread());
            under.set(queues.inFlight());
            fakes.succeeds(delivery);
        };

        assertThat(queues.runHere(fresh(1), () -> true)).isTrue();

        assertThat(thread).hasValue(Thread.currentThread());
        assertThat(under).hasValue(1);
        assertThat(fakes.recorder.only().status()).isEqualTo(Status.SUCCEEDED);
        assertThat(queues.inFlight()).isZero();
        assertPermitsAreBack();
    }

    @Test
    void whatIsRunHereWaitsForTheProbeUnlessSomebodyAskedForItByHand() throws Exception {
        TestCircuits.open(fakes.circuits, NO);
        var asked = new AtomicInteger();

        assertThat(queues.runHere(row(1), () -> asked.incrementAndGet() < 3)).isFalse();
        assertThat(asked).hasValue(3);
        assertThat(made).isEmpty();

        assertThat(queues.runHere(InFlightDelivery.byHand(claimed(2)), () -> true))
                .isTrue();
        asked.set(0);
        assertThat(queues.runHere(row(3), () -> {
                    if (asked.incrementAndGet() == 2) {
                        fakes.clock.advance(Duration.ofSeconds(5));
                    }
                    return true;
                }))
                .isTrue();
        assertThat(made).containsExactly(2L, 3L);
        assertThat(asked).as("twice while it was held, and before its permit").hasValue(3);
    }

    @Test
    void whatIsRunHereWaitsForItsRateAndItsPermit() throws Exception {
        fakes.index.put(wish().perSecond(1).made());
        var asked = new AtomicInteger();
        assertThat(queues.runHere(row(1), () -> true)).isTrue();
        assertThat(queues.runHere(row(2), () -> asked.incrementAndGet() < 3)).isFalse();
        assertThat(asked).hasValue(3);
        asked.set(0);
        takeAllPermits();

        assertThat(queues.runHere(row(3), () -> {
                    switch (asked.incrementAndGet()) {
                        case 1 -> fakes.clock.advance(Duration.ofSeconds(1));
                        case 3 -> fakes.limit.giveBackTraded(SMALL);
                        default -> {
                            // It waits.
                        }
                    }
                    return true;
                }))
                .isTrue();
        assertThat(asked).hasValue(3);
        assertThat(queues.runHere(row(4), () -> false)).isFalse();
        assertThat(made).containsExactly(1L, 3L);
        fakes.limit.giveBackTraded(SMALL);
        fakes.limit.giveBackTraded(SMALL);
        assertPermitsAreBack();
    }

    @Test
    void whatIsNotWantedOrComesWhenTheGatewayStopsIsLeftToWhoCalled() throws Exception {
        var delivery = row(1);
        assertThat(queues.runHere(delivery, () -> false)).isFalse();
        ready = false;
        assertThat(queues.runHere(delivery, () -> true)).isFalse();

        ready = true;
        assertThat(queues.runHere(delivery, () -> {
                    ready = false;
                    return true;
                }))
                .as("it stops right before the attempt")
                .isFalse();

        assertThat(made).isEmpty();
        assertThat(delivery.closed()).isFalse();
        assertThat(fakes.recorder.written).isEmpty();
        assertPermitsAreBack();
        queues.giveBack(delivery);
        assertThat(delivery.closed()).isTrue();
        assertGivenBack(1);
    }

    @Test
    void howMuchRoomASubscriptionHasIsThatOfItsQueueAndItsReceiver() {
        fakes.index.put(wish().concurrency(1).made());
        assertThat(queues.room(NO)).as("it has no queue yet").isEqualTo(Integer.MAX_VALUE);
        assertThat(queues.hasPlace(NO)).isTrue();

        hold();
        assertThat(queues.take(fresh(1))).isTrue();
        assertThat(queues.room(NO)).isPositive();
        assertThat(queues.hasPlace(NO)).isFalse();

        fakes.evaluations.behind(true);
        assertThat(queues.room(NO)).isZero();
        assertThat(queues.hasPlace(8)).as("of no known tenant").isTrue();
        fakes.index.put(wish().no(8).made());
        assertThat(queues.hasPlace(8)).as("so much is to be computed").isFalse();
        fakes.evaluations.behind(false);

        for (int seq = 2; seq <= 17; seq++) {
            assertThat(queues.take(fresh(seq))).isTrue();
        }
        assertThat(queues.room(NO)).isZero();
    }

    @Test
    void theBusiestAreThoseWithTheMostAttempts() {
        hold();
        for (long no : List.of(7, 8, 9)) {
            fakes.index.put(wish().no(no).made());
        }
        assertThat(queues.take(of(8, 1))).isTrue();
        assertThat(queues.take(of(8, 2))).isTrue();
        assertThat(queues.take(of(7, 3))).isTrue();
        assertThat(queues.take(of(99, 4))).as("nobody knows it").isFalse();

        assertThat(queues.busiest(1)).isEqualTo(Map.of("sub_8", 2));
        assertThat(queues.busiest(10)).isEqualTo(Map.of("sub_8", 2, "sub_7", 1));
        assertThat(queues.inFlight()).isEqualTo(3);
        mayEnd.release(3);
        await().atMost(SOON).until(() -> queues.busiest(10).isEmpty());
    }

    @Test
    void whoComesWhileItIsCrowdedWaitsUntilTheGatewayStops() throws Exception {
        assertThat(queues.crowded()).isFalse();
        IntStream.range(0, 1_001).forEach(_ -> fakes.limit.queued());
        assertThat(queues.crowded()).isTrue();
        var waits = Thread.ofVirtual().start(() -> {
            try {
                queues.awaitRoom();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(waits.join(Duration.ofMillis(150))).isFalse();

        ready = false;

        assertThat(waits.join(SOON)).isTrue();
    }

    @Test
    void changedLimitsHoldForQueuesThereAreAlready() {
        fakes.index.put(wish().concurrency(1).made());
        hold();
        assertThat(queues.take(fresh(1))).isTrue();
        assertThat(queues.take(fresh(2))).isTrue();
        fakes.index.put(wish().concurrency(2).made());
        assertThat(queues.hasPlace(NO)).isFalse();
        assertThat(queues.take(fresh(3))).as("whoever comes applies them").isTrue();
        fakes.index.put(wish().concurrency(4).made());
        assertThat(queues.hasPlace(NO)).isFalse();

        queues.limitAnew();

        assertThat(queues.hasPlace(NO)).isTrue();
    }

    /** What it remembers is how long deliveries take. */
    @Test
    void aQueueThatIsIdleIsForgottenAndOneThatIsBusyIsNot() {
        fakes.index.put(wish().concurrency(1).made());
        attempt = delivery -> {
            fakes.clock.advance(Duration.ofSeconds(8));
            fakes.succeeds(delivery);
        };
        var first = fresh(1);
        assertThat(queues.take(first)).isTrue();
        await().atMost(SOON).until(() -> first.queue() != null && first.queue().idle());
        hold();
        assertThat(queues.take(fresh(2))).isTrue();

        queues.forgetIdle();
        assertThat(queues.take(fresh(3))).as("would wait too long").isFalse();

        mayEnd.release();
        await().atMost(SOON).until(() -> first.queue().idle());
        queues.forgetIdle();
        assertThat(queues.take(fresh(4))).isTrue();
        assertThat(queues.take(fresh(5))).isTrue();
    }

    @Test
    void anAttemptThatHadBecomeSlowGivesASlowPermitBack() throws Exception {
        hold();
        var delivery = fresh(1);
        fakes.index.put(wish().concurrency(1).made());
        assertThat(queues.take(delivery)).isTrue();
        awaitMade(1L);
        assertThat(fakes.limit.takeSlow(delivery.load())).isTrue();
        assertThat(delivery.becomeSlow()).isTrue();
        fakes.limit.giveBackTraded(delivery.load());
        delivery.queue().oneMoreIsSlow();

        mayEnd.release();

        awaitLanded();
        await().atMost(SOON).until(() -> !delivery.queue().stuck());
        takeAllPermits();
        assertThat(fakes.limit.take(SMALL))
                .as("there are no more than there were")
                .isFalse();
    }

    @Test
    void allThatIsParkedIsARowThatAnyNodeMayTake() {
        fakes.receiver.everywhere = false;
        fakes.receiver.here = false;
        assertThat(queues.take(fresh(1))).isFalse();
        assertThat(queues.take(row(2))).isFalse();

        assertThat(fakes.recorder.written).extracting(DeliveryUpdate::row).containsExactly(false, true);
    }
}
