package io.waypost.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.tuple;

import io.waypost.delivery.MissedRange;
import io.waypost.platform.node.TestNodes;
import io.waypost.replay.ReplayStore;
import io.waypost.replay.ReplayStore.LeftBehind;
import io.waypost.replay.ReplayStore.Mode;
import io.waypost.replay.ReplayStore.Need;
import io.waypost.replay.ReplayStore.Replay;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.SubscriptionStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.assertj.core.groups.Tuple;
import org.flywaydb.core.Flyway;
import org.h2.jdbcx.JdbcConnectionPool;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Whoever lets a buffer out does with it what was decided. */
class JdbcReplayStoreTest {

    @Nested
    class OnH2 extends OnJdbc {

        OnH2() {
            super(TestDatabases.h2());
        }
    }

    @Nested
    class OnPostgres extends OnJdbc {

        OnPostgres() {
            super(TestDatabases.postgres());
        }
    }

    @Test
    void whatABufferNeedsAndWhatWasWantedOfItIsKnownAfterAnUpgradeToo() {
        var database = JdbcConnectionPool.create("jdbc:h2:mem:upgraded-buffers;DB_CLOSE_DELAY=-1", "sa", "");
        Flyway.configure().dataSource(database).target("11").load().migrate();
        var jdbc = JdbcClient.create(database);
        jdbc.sql("update log_head set last_seq = 9").update();
        for (int seq = 1; seq <= 9; seq++) {
            jdbc.sql("""
                            insert into event (seq, received_at, tenant, type, source, occurred_at, test, data, base64)
                            values (:seq, :seq, 'acme', 'a', '/', 1, false, x'', false)
                            """).param("seq", seq).update();
        }
        jdbc.sql("""
                        insert into subscription (no, id, revision, tenant, connector, events, definition, config, secrets,
                                                  ordered, state, since, created_at, updated_at)
                        values (1, 'sub_1', 1, 'acme', 'webhook', '[]', '{}', '', '', false, 'PAUSED', 5, 1, 1),
                               (2, 'sub_2', 1, 'acme', 'webhook', '[]', '{}', '', '', false, 'ACTIVE', 7, 1, 1)
                        """).update();
        jdbc.sql("insert into replay_buffer (id, exchange, version) values ('1', x'', 1), ('2', x'', 1)")
                .update();
        jdbc.sql("""
                        insert into replay (subscription, mode, next_seq, remaining, due_at, fence, created_at)
                        values (2, 'DISCARD', 0, 0, 0, 1, 0)
                        """).update();

        TestDatabases.migrated(database);

        var replays =
                new JdbcReplayStore(jdbc, new TransactionTemplate(new JdbcTransactionManager(database)), TestNodes.ID);
        assertThat(replays.needs(6))
                .containsExactlyInAnyOrder(new Need(1, "acme", 5, null), new Need(2, "acme", 5, null));
        assertThat(replays.needs(5)).isEmpty();
        assertThat(replays.letOut(MissedRange.of(2, 6, 6, 8, 2, 0), 1, Instant.EPOCH))
                .isTrue();
        assertThat(replays.sending(2)).isEmpty();
    }

    abstract static class OnJdbc {

        private static final Instant NOON = Instant.parse("2026-01-05T12:00:00Z");
        private static final Duration LEASE = Duration.ofSeconds(30);

        private final JdbcClient jdbc;
        private final TransactionTemplate transaction;
        private final SubscriptionStore subscriptions;
        private final ReplayStore replays;
        private long no;

        OnJdbc(DataSource database) {
            jdbc = JdbcClient.create(database);
            transaction = new TransactionTemplate(new JdbcTransactionManager(database));
            subscriptions = TestStores.subscriptions(database, new TestStores.Unsealed());
            replays = new JdbcReplayStore(jdbc, transaction, TestNodes.ID);
        }

        @BeforeEach
        void subscribe() {
            TestStores.subscribe(subscriptions, "sub_1", "acme", null);
            no = subscriptions.find("sub_1").map(Subscription::no).orElseThrow();
        }

        private void logEndsAt(long seq) {
            jdbc.sql("update log_head set last_seq = :seq").param("seq", seq).update();
        }

        private void decide(Mode mode) {
            transaction.executeWithoutResult(_ -> replays.decide(no, mode, NOON));
        }

        private void buffer(long version) {
            jdbc.sql("insert into replay_buffer (id, exchange, version) values (:id, :exchange, :version)")
                    .param("id", String.valueOf(no))
                    .param("exchange", new byte[] {1})
                    .param("version", version)
                    .update();
        }

        private MissedRange range(long first, long last) {
            return MissedRange.of(no, first, first, last, last - first + 1, 0);
        }

        private boolean letOut(long first, long last) {
            buffer(7);
            return replays.letOut(range(first, last), 7, NOON);
        }

        private List<Replay> claim() {
            return replays.claim(NOON, LEASE, _ -> true);
        }

        private void assertBegun(Tuple... modesAndBounds) {
            assertThat(claim())
                    .extracting(Replay::mode, Replay::first, Replay::last)
                    .containsExactlyInAnyOrder(modesAndBounds);
        }

        @Test
        void theGroupBecomesTheReplayThatWaitsForIt() {
            decide(Mode.REPLAY);
            assertThat(claim()).isEmpty();
            assertThat(replays.waiting(NOON.plusMillis(1))).containsExactly(no);

            assertThat(letOut(3, 9)).isTrue();

            assertBegun(tuple(Mode.REPLAY, 3L, 9L));
            assertThat(replays.waiting(NOON.plusMillis(1))).isEmpty();
            assertThat(replays.needs(4)).containsExactly(new Need(no, "acme", 3, 9L));
            assertThat(replays.needs(3)).isEmpty();
        }

        @Test
        void whatIsLetOutLateIsDiscardedIfThatWasDecided() {
            logEndsAt(9);
            decide(Mode.DISCARD);
            replays.beginWithoutRange(no, NOON);
            claim().forEach(replays::delete);

            letOut(3, 9);

            assertBegun(tuple(Mode.DISCARD, 3L, 9L));
        }

        @Test
        void whatCameAfterTheActivationIsSentThoughItLiesInTheSameGroup() {
            logEndsAt(5);
            decide(Mode.DISCARD);

            letOut(3, 9);

            assertThat(claim())
                    .extracting(Replay::mode, Replay::first, Replay::last, Replay::remaining)
                    .containsExactlyInAnyOrder(tuple(Mode.DISCARD, 3L, 5L, 3L), tuple(Mode.REPLAY, 6L, 9L, 4L));
        }

        @Test
        void whatWasDiscardedOnceIsNotSentByALaterActivation() {
            logEndsAt(5);
            decide(Mode.DISCARD);
            logEndsAt(9);
            decide(Mode.REPLAY);

            letOut(3, 9);

            assertBegun(tuple(Mode.DISCARD, 3L, 5L), tuple(Mode.REPLAY, 6L, 9L));
            assertThat(replays.waiting(NOON.plusMillis(1))).isEmpty();
        }

        @Test
        void whatWasToBeSentAndHasNotBeenIsDiscardedByALaterActivation() {
            decide(Mode.REPLAY);
            letOut(3, 9);
            var running = claim().getFirst();
            logEndsAt(12);

            decide(Mode.DISCARD);

            assertThat(replays.progress(running, 7, 3, 0, NOON.plus(LEASE))).isFalse();
            replays.delete(running);
            assertBegun(tuple(Mode.DISCARD, 3L, 9L));
            assertThat(replays.sending(no)).isEmpty();
        }

        /** What is made of a page is told at once; whoever takes the replay up again goes by the rows. */
        @Test
        void whatHasBeenMadeOfAPageIsOffWhatIsLeftUntilTheReplayIsTakenUpAgain() {
            decide(Mode.REPLAY);
            letOut(3, 9);
            var running = claim().getFirst();

            assertThat(replays.progress(running, 5, 5, 2, NOON)).isTrue();

            assertThat(replays.sending(no))
                    .extracting(Replay::next, Replay::remaining)
                    .containsExactly(tuple(5L, 3L));
            assertThat(claim()).extracting(Replay::next, Replay::remaining).containsExactly(tuple(5L, 5L));
        }

        @Test
        void aReplayThatStillWaitedIsNotSentAfterTheBufferIsDiscarded() {
            decide(Mode.REPLAY);
            logEndsAt(12);
            decide(Mode.DISCARD);

            letOut(3, 9);

            assertBegun(tuple(Mode.DISCARD, 3L, 9L));
        }

        @Test
        void whatIsDiscardedWaitsForNoReplay() {
            decide(Mode.REPLAY);
            letOut(10, 19);
            claim();
            logEndsAt(9);
            jdbc.sql("update subscription set discarded_to = 9").update();

            letOut(3, 9);

            assertBegun(tuple(Mode.DISCARD, 3L, 9L));
        }

        @Test
        void aGroupThatHasChangedSinceItWasReadIsLeftAlone() {
            decide(Mode.REPLAY);
            buffer(8);

            assertThat(replays.letOut(range(3, 9), 7, NOON)).isFalse();

            assertThat(claim()).isEmpty();
            assertThat(groups()).isEqualTo(1);
        }

        @Test
        void ofManyWhoLetOutTheSameGroupOneDoes() throws Exception {
            decide(Mode.REPLAY);
            buffer(7);
            var done = new AtomicInteger();

            try (var nodes = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < 8; i++) {
                    nodes.submit(() -> {
                        if (replays.letOut(range(3, 9), 7, NOON)) {
                            done.incrementAndGet();
                        }
                    });
                }
            }

            assertThat(done).hasValue(1);
            assertBegun(tuple(Mode.REPLAY, 3L, 9L));
        }

        @Test
        void oneThatWaitsWhileItsSubscriptionIsInactiveIsNotForLettingOut() {
            decide(Mode.REPLAY);

            subscriptions.changeState(
                    no, State.Kind.ACTIVE, new State(State.Kind.PAUSED, NOON, "requested", null), NOON);

            assertThat(replays.waiting(NOON.plusMillis(1))).isEmpty();
            assertThat(replays.needs(Long.MAX_VALUE)).isEmpty();
        }

        @Test
        void withTheSubscriptionItsBufferAndItsReplaysAreGone() {
            decide(Mode.REPLAY);
            buffer(7);

            subscriptions.delete("sub_1", NOON);

            assertThat(groups()).isZero();
            assertThat(replays.sending(no)).isEmpty();
        }

        private void buffers(int power) {
            ManyRows.subscriptions(jdbc, power, "PAUSED");
            jdbc.sql("""
                            insert into replay_buffer (id, exchange, version, buffered, first_seq)
                            select cast(no as varchar), :unreadable, 1, lpad(cast(no as varchar), 19, '0'),
                                   lpad(cast(no + 5 as varchar), 19, '0')
                              from subscription
                             where state = 'PAUSED'
                               and no > 1
                            """).param("unreadable", new byte[] {1}).update();
        }

        @Test
        void howMuchIsBufferedIsKnownWithoutOpeningWhatIsKept() {
            jdbc.sql("delete from subscription").update();
            buffers(2);

            assertThat(replays.largest(3)).containsExactly(entry(99L, 99L), entry(98L, 98L), entry(97L, 97L));
            assertThat(replays.needs(8)).extracting(Need::first, Need::last).containsExactly(tuple(7L, null));
            assertThat(replays.needs(Long.MAX_VALUE)).hasSize(98);
        }

        @Test
        void ofVeryManyBuffersALookSeesTheNextThousandAndInTheEndAll() {
            jdbc.sql("delete from subscription").update();
            buffers(4);
            jdbc.sql("update subscription set state = 'ACTIVE' where no in (2, 5000)")
                    .update();
            jdbc.sql("update subscription set deleted = true where no = 9999").update();

            var seen = IntStream.range(0, 10)
                    .mapToObj(_ -> replays.leftBehind())
                    .peek(some -> assertThat(some).hasSizeLessThan(3))
                    .flatMap(List::stream)
                    .toList();

            assertThat(seen)
                    .containsExactlyInAnyOrder(
                            new LeftBehind(2, false), new LeftBehind(5_000, false), new LeftBehind(9_999, true));
        }

        private int groups() {
            return jdbc.sql("select count(*) from replay_buffer")
                    .query(Integer.class)
                    .single();
        }
    }
}
