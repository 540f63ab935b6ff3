package io.waypost.delivery;

import static io.waypost.delivery.Fakes.NO;
import static io.waypost.delivery.Fakes.NOON;
import static io.waypost.delivery.Fakes.claimed;
import static io.waypost.delivery.Fakes.event;
import static io.waypost.delivery.Fakes.port;
import static io.waypost.delivery.Fakes.wish;
import static io.waypost.testing.Delays.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.delivery.circuit.TestCircuits;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryLog.Claimed;
import io.waypost.event.EventLog;
import io.waypost.platform.storage.StorageWatch;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongFunction;
import java.util.function.LongToIntFunction;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DueDeliveriesTest {

    /** What it asked the log for. */
    private record Asked(
            Instant now, LongFunction<Duration> lease, LongToIntFunction room, long settled, int most, int waited) {}

    private final Fakes fakes = new Fakes();
    private final List<Asked> asked = new CopyOnWriteArrayList<>();
    private final AtomicInteger looks = new AtomicInteger();

    /** The thread that has looked last. */
    private volatile Thread looker = Thread.currentThread();

    private final List<Long> made = new CopyOnWriteArrayList<>();

    /** What is due, look by look; then nothing is. */
    private final Queue<Supplier<List<Claimed>>> due = new ConcurrentLinkedQueue<>();

    private volatile boolean ready = true;
    private final DefaultCamelContext camel = new DefaultCamelContext() {
        @Override
        public boolean isStarted() {
            looker = Thread.currentThread();
            looks.incrementAndGet();
            return ready && super.isStarted();
        }
    };
    private DueDeliveries deliveries;

    @BeforeEach
    void build() throws Exception {
        camel.disableJMX();
        camel.getShutdownStrategy().setTimeout(1);
        camel.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:deliver").process(exchange -> {
                    var delivery = exchange.getProperty(RouteSteps.DELIVERY, InFlightDelivery.class);
                    made.add(delivery.key().seq());
                    fakes.succeeds(delivery);
                });
            }
        });
        camel.start();
        fakes.index.put(wish().made());
        fakes.index.put(wish().no(8).batch().made());
        deliveries = new DueDeliveries(
                port(DeliveryLog.class, this::claim),
                port(EventLog.class, (method, _) -> method.equals("settled") ? 42L : null),
                fakes.index,
                fakes.queues(camel),
                new Batches() {
                    @Override
                    public void gather(List<Member> members) {
                        throw new AssertionError("nothing is gathered here");
                    }

                    @Override
                    public boolean takesUp(long subscription) {
                        return subscription == 8;
                    }
                },
                fakes.due,
                new StorageWatch(null, fakes.clock),
                fakes.clock);
    }

    @AfterEach
    void stop() {
        ready = true;
        deliveries.stop();
        fakes.redeliveries.shutdownNow();
        camel.stop();
    }

    @SuppressWarnings("unchecked")
    private Object claim(String method, Object[] arguments) {
        assertThat(method).isEqualTo("claimDue");
        asked.add(new Asked(
                (Instant) arguments[0],
                (LongFunction<Duration>) arguments[1],
                (LongToIntFunction) arguments[2],
                (long) arguments[3],
                (int) arguments[4],
                fakes.due.waited.get()));
        var next = due.poll();
        return next == null ? List.of() : next.get();
    }

    private static List<Claimed> rows(long count) {
        return LongStream.rangeClosed(1, count).mapToObj(Fakes::claimed).toList();
    }

    private void awaitLooks(int times) {
        await().atMost(SOON).until(() -> asked.size() >= times);
    }

    @Test
    void whatIsDueIsMadeAndThenItIsWaitedForMore() {
        due.add(() -> List.of(claimed(1), claimed(2)));

        deliveries.start();

        assertThat(deliveries.isRunning()).isTrue();
        awaitLooks(2);
        await().atMost(SOON).until(() -> made.size() == 2);
        assertThat(made).containsExactlyInAnyOrder(1L, 2L);
        assertThat(asked.get(1).waited).isEqualTo(1);
    }

    @Test
    void itAsksForWhatHasRoomHereForAsLongAsAnAttemptMayTake() {
        deliveries.start();
        awaitLooks(1);
        deliveries.stop();

        var first = asked.getFirst();
        assertThat(first.now).isEqualTo(NOON);
        assertThat(first.settled).isEqualTo(42);
        assertThat(first.most).isEqualTo(256);
        assertThat(first.lease.apply(NO)).isEqualTo(Duration.ofSeconds(15 + 5 + 30));
        assertThat(first.lease.apply(99)).as("nobody knows it").isEqualTo(Duration.ofSeconds(5 + 30));
        assertThat(first.room.applyAsInt(NO)).isPositive();
        assertThat(first.room.applyAsInt(8)).as("it is taken up as a batch").isZero();
        TestCircuits.open(fakes.circuits, NO);
        assertThat(first.room.applyAsInt(NO)).isZero();
    }

    @Test
    void whereMuchIsDueItLooksAgainAtOnce() {
        due.add(() -> rows(256));
        due.add(() -> rows(255));

        deliveries.start();

        awaitLooks(3);
        assertThat(asked.get(1).waited).isZero();
        assertThat(asked.get(2).waited).isEqualTo(1);
    }

    @Test
    void afterLargeOnesItLooksAgainAtOnceIfAllFoundPlaces() {
        due.add(() -> List.of(claimed(Fakes.large(1), false), claimed(2)));
        due.add(() -> {
            TestCircuits.open(fakes.circuits, NO);
            return List.of(claimed(Fakes.large(3), false));
        });

        deliveries.start();

        awaitLooks(3);
        assertThat(asked.get(1).waited).isZero();
        assertThat(asked.get(2).waited).isEqualTo(1);
        assertThat(fakes.recorder.of(3)).hasSize(1);
    }

    @Test
    void ofAnOrderedSubscriptionOneComesAfterTheOther() {
        due.add(() -> List.of(claimed(event(1), true), claimed(event(2), true)));

        deliveries.start();

        await().atMost(SOON).until(() -> made.equals(List.of(1L, 2L)));
        assertThat(fakes.recorder.urgent).hasSize(1);
    }

    @Test
    void nothingIsTakenUpBeforeTheRoutesHaveStarted() {
        ready = false;
        deliveries.start();
        await().atMost(SOON).until(() -> fakes.due.waited.get() > 0);
        assertThat(asked).isEmpty();

        ready = true;

        awaitLooks(1);
    }

    @Test
    void nothingIsTakenUpWhileTooMuchWaitsForPlaces() {
        for (int i = 0; i <= 1_000; i++) {
            fakes.limit.queued();
        }
        deliveries.start();
        await().atMost(SOON).until(() -> fakes.due.waited.get() > 0);
        assertThat(asked).isEmpty();

        fakes.limit.unqueued();
        fakes.due.wake();

        awaitLooks(1);
    }

    @Test
    void anErrorDoesNotEndIt() {
        due.add(() -> {
            throw new IllegalStateException("no database");
        });
        due.add(() -> List.of(claimed(1)));

        deliveries.start();

        await().atMost(SOON).until(() -> made.contains(1L));
        assertThat(looks).hasPositiveValue();
    }

    @Test
    void itEndsWhenItIsStoppedAndBeforeTheRoutesDo() {
        deliveries.start();
        awaitLooks(1);

        deliveries.stop();

        assertThat(deliveries.isRunning()).isFalse();
        assertThat(fakes.due.woken.get()).as("it is not waited for").isPositive();
        assertThat(looker).extracting(Thread::isAlive).isEqualTo(false);
        assertThat(deliveries.getPhase()).isEqualTo(Integer.MAX_VALUE - 10);
    }
}
