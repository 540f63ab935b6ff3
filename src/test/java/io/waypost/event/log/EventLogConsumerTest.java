package io.waypost.event.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.event.Appends;
import io.waypost.event.EventLog;
import io.waypost.event.LogSegment;
import io.waypost.platform.SettableClock;
import io.waypost.platform.TestProperties;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.storage.StorageWatch;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;

class EventLogConsumerTest {

    private final ConcurrentLinkedQueue<LogSegment> unclaimed = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<LogSegment.Key> released = new ConcurrentLinkedQueue<>();
    private final AtomicInteger claims = new AtomicInteger();
    private final AtomicInteger extensions = new AtomicInteger();
    private volatile boolean cannotExtend;
    private volatile Runnable whileClaiming = () -> {};

    /** Gives out what is unclaimed, notes whose lease is ended, and does nothing else. */
    @SuppressWarnings("unchecked")
    private final EventLog events = (EventLog) Proxy.newProxyInstance(
            EventLog.class.getClassLoader(), new Class<?>[] {EventLog.class}, (_, method, args) -> {
                if (method.getName().equals("extend")) {
                    extensions.incrementAndGet();
                    if (cannotExtend) {
                        throw new DataAccessResourceFailureException("away for a moment");
                    }
                }
                if (method.getName().equals("extend") && Instant.EPOCH.equals(args[1])) {
                    released.addAll((List<LogSegment.Key>) args[0]);
                }
                if (!method.getName().equals("claim")) {
                    return null;
                }
                claims.incrementAndGet();
                whileClaiming.run();
                return Optional.ofNullable(unclaimed.poll());
            });

    private final Appends appends = new Appends();
    private final SettableClock clock = new SettableClock("2026-03-01T12:00:00Z");
    private final WaypostProperties properties =
            TestProperties.of(Map.of("waypost.db.url", "jdbc:postgresql://nowhere/none"));
    private final OpenSegments open = new OpenSegments(events, appends, clock, properties);

    @Test
    void aSegmentThatARouteCouldNotDispatchForAnErrorIsGivenUpLikeAnyOther() throws Exception {
        // More than may be open at once.
        for (int i = 1; i <= 20; i++) {
            unclaimed.add(new LogSegment(i, i, 1, List.of(), 0, false));
        }
        try (var camel = new DefaultCamelContext()) {
            camel.addComponent(
                    "eventlog",
                    new EventLogComponent(events, appends, open, new StorageWatch(null, clock), clock, properties));
            camel.start();
            var consumer = camel.getEndpoint("eventlog:dispatch").createConsumer(_ -> {
                throw new StackOverflowError("an event too deep");
            });
            consumer.start();
            appends.signal(true);

            await().atMost(Duration.ofSeconds(40)).until(unclaimed::isEmpty);
            consumer.stop();
        }

        assertThat(claims.get()).isGreaterThanOrEqualTo(20);
        assertThat(open.awaitRoom(Duration.ZERO)).isTrue();
    }

    @Test
    void whatCouldNotBeDispatchedForTheDatabaseIsThereToBeClaimedAgainAtOnce() throws Exception {
        var segment = new LogSegment(7, 9, 2, List.of(), 0, false);
        unclaimed.add(segment);
        try (var camel = new DefaultCamelContext()) {
            camel.addComponent(
                    "eventlog",
                    new EventLogComponent(events, appends, open, new StorageWatch(null, clock), clock, properties));
            camel.start();
            var consumer = camel.getEndpoint("eventlog:dispatch").createConsumer(_ -> {
                throw new DataAccessResourceFailureException("away for a moment");
            });
            consumer.start();

            await().atMost(Duration.ofSeconds(20)).until(() -> released.contains(segment.key()));
            consumer.stop();
        }
    }

    @Test
    void aSegmentThatWasHandedOverIsDispatchedThoughTheLeasesCannotBeExtendedForAMoment() throws Exception {
        cannotExtend = true;
        open.caughtUp(true);
        var places = open.reserve(1);
        open.handOver(List.of(new LogSegment(7, 9, 2, List.of(), 0, false)), places);
        var dispatched = new CompletableFuture<LogSegment>();
        try (var camel = new DefaultCamelContext()) {
            camel.addComponent(
                    "eventlog",
                    new EventLogComponent(events, appends, open, new StorageWatch(null, clock), clock, properties));
            camel.start();
            var consumer = camel.getEndpoint("eventlog:dispatch")
                    .createConsumer(exchange ->
                            dispatched.complete(exchange.getMessage().getBody(LogSegment.class)));
            consumer.start();
            await().atMost(Duration.ofSeconds(20)).until(() -> extensions.get() > 0);
            assertThat(dispatched).isNotDone();

            cannotExtend = false;
            assertThat(dispatched).succeedsWithin(Duration.ofSeconds(20));
            consumer.stop();
        }
        assertThat(open.reserve(1))
                .as("a consumer that has stopped takes nothing")
                .isZero();
    }

    @Test
    void whatWaitsInMemoryForADispatcherThatIsBusyIsBoundedWhereOtherNodesCouldTakeIt() {
        open.caughtUp(true);
        for (int i = 1; i <= 8; i++) {
            open.handOver(List.of(new LogSegment(i, i, 1, List.of(), 0, false)), open.reserve(1));
        }
        assertThat(open.reserve(1)).isZero();
        assertThat(open.pollHandedOver()).isNotNull();
        assertThat(open.reserve(8)).isEqualTo(1);
    }

    /** H2 closes its file for everybody when a thread that reads or writes it is interrupted. */
    @Test
    void whoIsAtTheDatabaseWhenItEndsIsLeftToGoOn() throws Exception {
        var interrupted = new CompletableFuture<Boolean>();
        var ends = new CountDownLatch(1);
        whileClaiming = () -> {
            try {
                ends.await();
                interrupted.complete(false);
            } catch (InterruptedException _) {
                interrupted.complete(true);
            }
        };
        try (var camel = new DefaultCamelContext()) {
            camel.addComponent(
                    "eventlog",
                    new EventLogComponent(events, appends, open, new StorageWatch(null, clock), clock, properties));
            camel.start();
            var consumer =
                    (EventLogConsumer) camel.getEndpoint("eventlog:dispatch").createConsumer(_ -> {});
            consumer.start();
            await().atMost(Duration.ofSeconds(20)).until(() -> claims.get() > 0);

            var stopping = Thread.ofVirtual().start(consumer::stop);
            await().atMost(Duration.ofSeconds(20)).until(() -> stopping.getState() == Thread.State.TIMED_WAITING);
            ends.countDown();
            stopping.join();
        }

        assertThat(interrupted.get(20, TimeUnit.SECONDS)).isFalse();
    }
}
