package io.waypost.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.event.EventLog.Appending;
import io.waypost.platform.Refused;
import io.waypost.platform.TestProperties;
import io.waypost.platform.storage.Storage;
import io.waypost.platform.storage.StorageWatch;
import io.waypost.testing.Delays;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;

/** What publishers are told when the database does not do at once what it is to do. */
class LogWriterTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    private static final Duration SOON = Duration.ofSeconds(20);

    /** The types of the events that were stored, and of each group that was to be. */
    private final List<String> stored = new CopyOnWriteArrayList<>();

    private final List<List<String>> groups = new CopyOnWriteArrayList<>();

    /** What happens to a group before it comes to its commit, and in the commit. */
    private volatile Consumer<List<String>> before = _ -> {};

    private volatile Consumer<List<String>> inCommit = _ -> {};

    private final CountDownLatch goOn = new CountDownLatch(1);

    private final StorageWatch storage = new StorageWatch(new WellAgain(), Clock.systemUTC());
    private LogWriter writer;

    /** Whatever has failed, it can be written to again at once. */
    private static final class WellAgain implements Storage {

        @Override
        public void look() {}

        @Override
        public void tryOut() {}

        @Override
        public OptionalLong room() {
            return OptionalLong.empty();
        }
    }

    private void start(String patience, String commit) {
        var settings = Map.of("waypost.log.patience", patience, "waypost.db.timeout", commit);
        writer = new LogWriter(log(), new Appends(), storage, Clock.systemUTC(), TestProperties.of(settings));
        storage.start();
        writer.start();
    }

    @AfterEach
    void stop() {
        goOn.countDown();
        writer.stop();
        storage.stop();
    }

    /** Only what the writer calls. */
    private EventLog log() {
        return (EventLog) Proxy.newProxyInstance(
                EventLog.class.getClassLoader(), new Class<?>[] {EventLog.class}, (_, _, args) -> append(args));
    }

    @SuppressWarnings("unchecked")
    private Appending append(Object[] args) {
        var batches = (List<List<NewEvent>>) args[0];
        var types = batches.stream().flatMap(List::stream).map(NewEvent::type).toList();
        groups.add(types);
        before.accept(types);
        var receipts = batches.stream()
                .map(batch -> batch.stream()
                        .map(e -> new Receipt("evt_of_" + e.type(), false))
                        .toList())
                .toList();
        ((Consumer<List<List<Receipt>>>) args[3]).accept(receipts);
        inCommit.accept(types);
        stored.addAll(types);
        return new Appending(receipts, List.of());
    }

    /** A publisher, and what it is told. */
    private record Publisher(Thread thread, CompletableFuture<List<Receipt>> told) {

        /** Its events have been handed in and it waits for what becomes of them. */
        Publisher waits() {
            await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
            return this;
        }

        boolean isRefused() {
            return told.handle((_, e) -> e instanceof Refused).join();
        }

        void assertStored() {
            assertThat(told).succeedsWithin(SOON);
        }

        void assertNotStored() {
            assertThat(told)
                    .failsWithin(SOON)
                    .withThrowableOfType(ExecutionException.class)
                    .havingCause()
                    .isInstanceOfSatisfying(
                            Refused.class, e -> assertThat(e.reason()).isEqualTo(Refused.Reason.OVERLOADED))
                    .withMessageContaining("not stored");
        }

        void assertUnknown(String... ids) {
            assertThat(told)
                    .failsWithin(SOON)
                    .withThrowableOfType(ExecutionException.class)
                    .havingCause()
                    .isInstanceOfSatisfying(
                            OutcomeUnknown.class, e -> assertThat(e.ids()).containsExactly(ids));
        }
    }

    private Publisher publish(NewEvent... events) {
        var told = new CompletableFuture<List<Receipt>>();
        var thread = Thread.ofVirtual().start(() -> {
            try {
                told.complete(writer.append(List.of(events)));
            } catch (RuntimeException e) {
                told.completeExceptionally(e);
            }
        });
        return new Publisher(thread, told);
    }

    /** Again and again, until the writer is quick enough to begin with it in time. */
    private Publisher publishBegun(NewEvent... events) {
        return await().atMost(SOON).until(() -> publish(events), publisher -> !publisher.isRefused());
    }

    private static NewEvent event(String type) {
        return event(type, null);
    }

    private static NewEvent event(String type, String id) {
        return new NewEvent("acme", type, "/", id, null, NOON, false, null, "{}", false);
    }

    private static void hang(CountDownLatch until) {
        try {
            until.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whatDoesNotComeToItsCommitInTimeIsTakenBackAndNotStoredLater() {
        start("100ms", "10s");
        before = _ -> hang(goOn);
        var first = publish(event("first"));
        await().until(() -> !groups.isEmpty());
        var queued = publish(event("queued"));

        first.assertNotStored();
        queued.assertNotStored();
        before = _ -> {};
        goOn.countDown();

        publishBegun(event("later")).assertStored();
        assertThat(stored).containsExactly("later");
    }

    @Test
    void whoGoesBeforeTheCommitDoesNotTakeTheOthersAlong() {
        start("30s", "10s");
        before = _ -> hang(goOn);
        var first = publish(event("first"));
        await().until(() -> !groups.isEmpty());
        var goes = publish(event("goes")).waits();
        var stays = publish(event("stays")).waits();
        var gone = new CountDownLatch(1);
        before = events -> {
            if (events.contains("goes")) {
                hang(gone);
            }
        };
        goOn.countDown();
        await().until(() -> groups.contains(List.of("goes", "stays")));

        goes.thread.interrupt();
        goes.assertNotStored();
        gone.countDown();

        first.assertStored();
        stays.assertStored();
        assertThat(stored).containsExactly("first", "stays");
    }

    @Test
    void whatIsBeingCommittedIsWaitedForAndAnsweredWhenItComesThrough() {
        start("100ms", "30s");
        inCommit = _ -> Delays.of(500);

        publishBegun(event("slow")).assertStored();
    }

    @Test
    void whatHangsInItsCommitIsUnknownAndSaysByWhichIdsItIsKnownAgain() {
        start("100ms", "2s");
        inCommit = _ -> hang(goOn);

        publishBegun(event("a"), event("b", "own")).assertUnknown("evt_of_a", "own");
    }

    @Test
    void aFailureBeforeTheCommitMeansNotStoredAndOneInItThatNobodyKnows() {
        start("10s", "10s");
        before = _ -> {
            throw new DataAccessResourceFailureException("away");
        };
        publish(event("a")).assertNotStored();

        before = _ -> {};
        inCommit = _ -> {
            throw new DataAccessResourceFailureException("away");
        };
        publish(event("a")).assertUnknown("evt_of_a");
    }

    /** Holds the first transaction until so many others wait behind it, which then are stored together. */
    private void storeAtOnce(int publishers) {
        before = _ -> hang(goOn);
        publish(event("first"));
        await().until(() -> !groups.isEmpty());
        var all = IntStream.range(0, publishers)
                .mapToObj(i -> publish(event("a" + i)).waits())
                .toList();
        before = _ -> {};
        goOn.countDown();
        all.forEach(Publisher::assertStored);
        assertThat(groups).hasSize(2);
    }

    @Test
    void publishersThatWereThereAtOnceAreWaitedForUntilMostHaveComeAgain() {
        start("30s", "10s");
        writer.shortestGathering = Duration.ofMinutes(1).toNanos();
        storeAtOnce(8);

        // Three quarters of eight.
        var five = IntStream.range(0, 5)
                .mapToObj(i -> publish(event("b" + i)).waits())
                .toList();
        assertThat(groups).hasSize(2);
        var sixth = publish(event("b5"));

        sixth.assertStored();
        five.forEach(Publisher::assertStored);
        assertThat(groups).hasSize(3);
    }

    @Test
    void whoComesAloneAfterManyIsStoredNoLaterThanATransactionTakes() {
        start("30s", "10s");
        storeAtOnce(8);

        publish(event("alone")).assertStored();
        assertThat(groups.getLast()).containsExactly("alone");
        // Nobody else was there, so nobody is waited for.
        publish(event("again")).assertStored();
        assertThat(groups.getLast()).containsExactly("again");
    }

    @Test
    void manyEventsAreWorthATransactionWhoeverElseMayCome() {
        start("30s", "10s");
        writer.shortestGathering = Duration.ofMinutes(1).toNanos();
        storeAtOnce(8);

        publish(Collections.nCopies(128, event("many")).toArray(NewEvent[]::new))
                .assertStored();
    }

    @Test
    void ifAllWhoWereGatheredHaveGoneTheNextIsStoredAllTheSame() {
        start("30s", "10s");
        writer.shortestGathering = Duration.ofMillis(300).toNanos();
        storeAtOnce(8);
        var goes = publish(event("goes")).waits();
        goes.thread.interrupt();
        goes.assertNotStored();
        Delays.of(600); // Until nobody is waited for any more.

        publish(event("next")).assertStored();
        assertThat(stored).doesNotContain("goes");
    }

    @Test
    void whoIsGatheredWhenTheWriterStopsIsStored() {
        start("30s", "10s");
        writer.shortestGathering = Duration.ofMinutes(1).toNanos();
        storeAtOnce(8);
        var last = publish(event("last")).waits();

        writer.stop();

        last.assertStored();
    }

    @Test
    void whatCannotBeStoredIsTheOnlyOneThatSuffers() {
        start("30s", "10s");
        before = _ -> hang(goOn);
        publish(event("first"));
        await().until(() -> !groups.isEmpty());
        before = events -> {
            if (events.contains("bad")) {
                throw new DataIntegrityViolationException("too long");
            }
        };
        var good = publish(event("good")).waits();
        var bad = publish(event("bad")).waits();
        var fine = publish(event("fine")).waits();

        goOn.countDown();

        good.assertStored();
        fine.assertStored();
        assertThat(bad.told)
                .failsWithin(SOON)
                .withThrowableOfType(ExecutionException.class)
                .havingCause()
                .isInstanceOf(IllegalStateException.class);
        assertThat(stored).containsExactly("first", "good", "fine");
    }
}
