package io.waypost.delivery;

import static io.waypost.delivery.Fakes.NO;
import static io.waypost.delivery.Fakes.NOON;
import static io.waypost.delivery.Fakes.TENANT;
import static io.waypost.delivery.Fakes.event;
import static io.waypost.delivery.Fakes.fresh;
import static io.waypost.delivery.Fakes.row;
import static io.waypost.delivery.Fakes.wish;
import static io.waypost.testing.Delays.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.delivery.DeliveryMetrics.Parked;
import io.waypost.delivery.circuit.CircuitState.Kind;
import io.waypost.delivery.limit.ConcurrencyLimit.Load;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.platform.storage.StorageWatch;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SlowAttemptsTest {

    private static final Load SMALL = new Load(TENANT, 1);

    /** The longest an attempt may take, and what is allowed for beside it. */
    private static final Duration CLAIM = Duration.ofSeconds(15 + 30);

    /** One permit, and two for slow attempts. */
    private final Fakes fakes =
            new Fakes(Map.of("waypost.delivery.permits", "1", "waypost.delivery.slow-permits", "2"));

    private final List<Long> made = new CopyOnWriteArrayList<>();
    private final Semaphore mayEnd = new Semaphore(0);
    private final DefaultCamelContext camel = new DefaultCamelContext();
    private DeliveryQueues queues;
    private SlowAttempts slow;

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
                    delivery.attemptBegins(fakes.clock.instant(), fakes.clock.instant());
                    made.add(delivery.key().seq());
                    mayEnd.acquireUninterruptibly();
                    fakes.succeeds(delivery);
                });
            }
        });
        camel.start();
        queues = fakes.queues(camel);
        slow = new SlowAttempts(
                queues,
                fakes.index,
                fakes.recorder,
                fakes.circuits,
                fakes.limit,
                fakes.nodes,
                new StorageWatch(null, fakes.clock),
                fakes.clock,
                fakes.metrics);
    }

    @AfterEach
    void stop() {
        slow.stop();
        mayEnd.release(1_000);
        fakes.redeliveries.shutdownNow();
        camel.stop();
    }

    private Instant now() {
        return fakes.clock.instant();
    }

    /** Its attempt has begun when this returns. */
    private InFlightDelivery begun(InFlightDelivery delivery, int concurrency) {
        fakes.index.put(wish().concurrency(concurrency).made());
        assertThat(queues.take(delivery)).isTrue();
        await().atMost(SOON).until(() -> made.contains(delivery.key().seq()));
        return delivery;
    }

    private void look(Duration after) {
        fakes.clock.advance(after);
        slow.look();
    }

    @Test
    void itRestsWhileNothingIsUnderWayAndLooksFromTheFirstDeliveryOn() {
        slow.start();
        var delivery = begun(fresh(1), 10);

        fakes.clock.advance(Duration.ofMillis(1_001));

        await().atMost(SOON).until(() -> !fakes.recorder.written.isEmpty());
        assertThat(fakes.recorder.only().key()).isEqualTo(delivery.key());
        slow.stop();
        assertThat(slow.isRunning()).isFalse();
    }

    @Test
    void anAttemptOfMoreThanASecondGetsARowAndLetsAnotherHaveItsPermit() throws Exception {
        var delivery = begun(fresh(1), 10);

        look(Duration.ofSeconds(1));
        assertThat(fakes.recorder.written).as("a second is no more than one").isEmpty();
        assertThat(fakes.limit.take(SMALL)).isFalse();

        look(Duration.ofMillis(1));
        var update = fakes.recorder.only();
        assertThat(update.status()).isEqualTo(Status.PENDING);
        assertThat(update.row()).isFalse();
        assertThat(update.dueAt()).isEqualTo(now().plus(CLAIM));
        assertThat(update.nextAttemptAt()).isEqualTo(now());
        assertThat(fakes.parked(Parked.SLOW)).isEqualTo(1);
        assertThat(delivery.closed()).isFalse();
        assertThat(fakes.limit.take(SMALL)).isTrue();

        mayEnd.release();
        await().atMost(SOON).until(() -> queues.inFlight() == 0);
        assertThat(fakes.recorder.written.getLast().row()).isTrue();
        assertThat(fakes.limit.takeSlow(SMALL) && fakes.limit.takeSlow(SMALL))
                .as("both slow permits are there again")
                .isTrue();
    }

    @Test
    void aSlowAttemptTakesOneSlowPermitHoweverLongItLasts() throws Exception {
        begun(fresh(1), 10);

        look(Duration.ofSeconds(2));
        look(Duration.ofSeconds(2));
        look(Duration.ofSeconds(2));

        assertThat(fakes.recorder.written).hasSize(1);
        assertThat(fakes.parked(Parked.SLOW)).isEqualTo(1);
        assertThat(fakes.limit.takeSlow(SMALL)).isTrue();
        assertThat(fakes.limit.takeSlow(SMALL)).isFalse();
        assertThat(fakes.limit.take(SMALL)).isTrue();
        assertThat(fakes.limit.take(SMALL)).as("it gave back one").isFalse();
    }

    @Test
    void withoutASlowPermitItKeepsTheOneItHas() throws Exception {
        assertThat(fakes.limit.takeSlow(SMALL) && fakes.limit.takeSlow(SMALL)).isTrue();
        var delivery = begun(row(1), 1);

        look(Duration.ofSeconds(2));

        assertThat(fakes.recorder.written).as("it has a row").isEmpty();
        assertThat(fakes.parked(Parked.SLOW)).isZero();
        assertThat(fakes.limit.take(SMALL)).isFalse();
        assertThat(delivery.queue().stuck()).isFalse();
    }

    @Test
    void whenAllPlacesHangTheReceiverCountsAsOneThatDoesNotAnswer() {
        var delivery = begun(fresh(1), 1);

        look(Duration.ofSeconds(2));
        assertThat(delivery.queue().stuck()).isTrue();
        look(Duration.ofMillis(7_999));
        assertThat(fakes.circuits.of(NO).kind()).isEqualTo(Kind.CLOSED);
        look(Duration.ofMillis(1));
        assertThat(fakes.circuits.of(NO).kind()).isEqualTo(Kind.OPEN);

        mayEnd.release();
        await().atMost(SOON).until(() -> !delivery.queue().stuck());
    }

    @Test
    void aReceiverWithAPlaceLeftIsNotTakenForOneThatDoesNotAnswer() {
        begun(fresh(1), 2);

        look(Duration.ofSeconds(30));
        look(Duration.ofSeconds(30));

        assertThat(fakes.circuits.of(NO).kind()).isEqualTo(Kind.CLOSED);
    }

    @Test
    void whatIsRunOutsideOfItsQueueBecomesSlowToo() throws Exception {
        fakes.index.put(wish().concurrency(1).made());
        var runs = Thread.ofVirtual().start(() -> {
            try {
                var _ = queues.runHere(row(1), () -> true);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        await().atMost(SOON).until(() -> made.contains(1L));

        look(Duration.ofSeconds(20));

        assertThat(fakes.limit.take(SMALL)).isTrue();
        assertThat(fakes.circuits.of(NO).kind()).isEqualTo(Kind.CLOSED);
        mayEnd.release();
        assertThat(runs.join(SOON)).isTrue();
    }

    @Test
    void whatHasWaitedInItsQueueForMoreThanASecondIsTakenOutOfIt() {
        begun(row(1), 1);
        var waiting = fresh(2);
        assertThat(queues.take(waiting)).isTrue();

        look(Duration.ofSeconds(1));
        assertThat(waiting.closed()).isFalse();
        look(Duration.ofMillis(1));

        assertThat(waiting.closed()).isTrue();
        assertThat(fakes.recorder.of(2)).singleElement().satisfies(update -> assertThat(update.dueAt())
                .isEqualTo(now()));
        assertThat(fakes.parked(Parked.QUEUE)).isEqualTo(1);
    }

    @Test
    void whatHasAPlaceAndWaitsForAPermitForMoreThanASecondGetsARowAndWaitsOn() throws Exception {
        assertThat(fakes.limit.take(SMALL)).isTrue();
        fakes.index.put(wish().made());
        var waiting = fresh(1);
        assertThat(queues.take(waiting)).isTrue();

        look(Duration.ofMillis(1_001));

        assertThat(waiting.closed()).isFalse();
        assertThat(fakes.recorder.only().dueAt()).isEqualTo(now().plus(CLAIM));
        assertThat(fakes.parked(Parked.QUEUE)).isEqualTo(1);
        fakes.limit.giveBackTraded(SMALL);
        await().atMost(SOON).until(() -> made.contains(1L));
    }

    @Test
    void ofASubscriptionThatIsGoneTheRowIsDueAfterTheGrace() {
        begun(fresh(1), 10);
        fakes.index.remove(NO);

        look(Duration.ofSeconds(2));

        assertThat(fakes.recorder.only().dueAt()).isEqualTo(now().plusSeconds(30));
    }

    @Test
    void whenANodeComesTheLimitsAreDividedAnewForQueuesThereAreToo() {
        var queue = begun(fresh(1), 4).queue();
        assertThat(queue.room()).isEqualTo(4 + 16 - 1);
        slow.look();
        assertThat(queue.room()).isEqualTo(4 + 16 - 1);

        fakes.database.join();
        slow.look();

        assertThat(queue.room()).isEqualTo(2 + 16 - 1);
    }

    @Test
    void limitsAreDividedAnewOnlyWhenNodesHaveComeOrGone() {
        var queue = begun(fresh(1), 4).queue();
        fakes.index.put(wish().concurrency(8).made());

        slow.look();

        assertThat(queue.room()).isEqualTo(4 + 16 - 1);
    }

    @Test
    void queuesThatAreIdleAreForgotten() {
        var first = begun(fresh(1), 1);
        fakes.clock.advance(Duration.ofSeconds(8));
        mayEnd.release();
        await().atMost(SOON).until(() -> first.queue().idle());

        slow.look();

        assertThat(queues.take(InFlightDelivery.fresh(event(2), NO, true, () -> {})))
                .isTrue();
        assertThat(queues.take(fresh(3))).as("how long they took is forgotten").isTrue();
        assertThat(now()).isAfter(NOON);
    }
}
