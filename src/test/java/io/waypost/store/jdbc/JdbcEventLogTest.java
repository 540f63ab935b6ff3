package io.waypost.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.event.EventLog;
import io.waypost.event.EventLogContract;
import io.waypost.event.NewEvent;
import io.waypost.platform.node.TestNodes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;

class JdbcEventLogTest {

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

    abstract static class OnJdbc extends EventLogContract {

        private final DataSource database;
        private final EventLog log;

        OnJdbc(DataSource database) {
            this.database = database;
            log = eventLog(database);
        }

        @Test
        void whatWasTakenInACommitThatNobodyWasToldOfIsThereAtOnce() {
            var now = Instant.parse("2026-03-01T12:00:00Z");
            var lease = Duration.ofSeconds(30);
            var breaks = new AtomicBoolean();
            var fragile = eventLog(database, new JdbcTransactionManager(database) {
                @Override
                protected void doCommit(DefaultTransactionStatus status) {
                    super.doCommit(status);
                    if (breaks.getAndSet(false)) {
                        throw new DataAccessResourceFailureException("gone before it could say so");
                    }
                }
            });
            log.append(List.of(List.of(event("1"))), now);
            breaks.set(true);
            assertThatThrownBy(() -> fragile.claim(now, lease, 10))
                    .isInstanceOf(DataAccessResourceFailureException.class);
            assertThat(log.claim(now.plusSeconds(1), lease, 10)).as("leased").isEmpty();

            var again = fragile.claim(now.plusSeconds(2), lease, 10).orElseThrow();

            assertThat(again.events()).hasSize(1);
            assertThat(again.takenOver()).isTrue();
            log.finish(List.of(again.key()));
            breaks.set(true);
            assertThatThrownBy(() -> fragile.append(
                            List.of(List.of(event("2"))), now, new EventLog.Leases(1, 10, lease), _ -> {}))
                    .isInstanceOf(DataAccessResourceFailureException.class);
            assertThat(fragile.claim(now.plusSeconds(3), lease, 10)
                            .orElseThrow()
                            .events())
                    .hasSize(1);
        }

        /** It may have come to nothing, and then the same events are somebody else's. */
        @Test
        void whatAnotherNodeHasTakenSinceStaysItsOwn() {
            var now = Instant.parse("2026-03-01T12:00:00Z");
            var lease = Duration.ofSeconds(30);
            var breaks = new AtomicBoolean(true);
            var fragile = eventLog(database, new JdbcTransactionManager(database) {
                @Override
                protected void doCommit(DefaultTransactionStatus status) {
                    if (breaks.getAndSet(false)) {
                        super.doRollback(status);
                        throw new DataAccessResourceFailureException("gone before it came to it");
                    }
                    super.doCommit(status);
                }
            });
            log.append(List.of(List.of(event("1"))), now);
            assertThatThrownBy(() -> fragile.claim(now, lease, 10))
                    .isInstanceOf(DataAccessResourceFailureException.class);
            assertThat(log.claim(now.plusMillis(1), lease, 10)).isPresent();

            assertThat(fragile.claim(now.plusSeconds(2), lease, 10)).isEmpty();
        }

        /** Whoever matches the events asks for the subscriptions up to there: one that was there before an event must be among them. */
        @Test
        void aSegmentKnowsOfEachChangeOfSubscriptionsThatWasThereWhenItsEventsWereRead() {
            var now = Instant.parse("2026-03-01T12:00:00Z");
            log.append(List.of(List.of(event("1"))), now);
            var jdbc = JdbcClient.create(database);
            var rows = new SegmentRows(jdbc, new JdbcTemplate(database), TestNodes.ID);
            SegmentRows.Pages whileSomebodySubscribes = (first, last, most) -> {
                elsewhere(() -> JdbcClient.create(database)
                        .sql("update subscription_revision set last = last + 1")
                        .update());
                return log.read(first, last, most);
            };
            var transaction = new TransactionTemplate(new JdbcTransactionManager(database));

            var claimed = transaction.execute(_ -> rows.claim(now, now.plusSeconds(1), 10, whileSomebodySubscribes));
            var takenOver = transaction.execute(
                    _ -> rows.claim(now.plusSeconds(2), now.plusSeconds(9), 10, whileSomebodySubscribes));

            assertThat(claimed.subscriptions()).isEqualTo(1);
            assertThat(takenOver.takenOver()).isTrue();
            assertThat(takenOver.subscriptions()).isGreaterThanOrEqualTo(2);
        }

        /** It may read for long, or have died. */
        @Test
        void publishersDoNotWaitForANodeThatClaims() {
            var now = Instant.parse("2026-03-01T12:00:00Z");
            var transaction = new TransactionTemplate(new JdbcTransactionManager(database));

            var appending = transaction.execute(_ -> {
                JdbcClient.create(database)
                        .sql("select claimed_seq from log_claim where id = 1 for update")
                        .query(Long.class)
                        .single();
                return elsewhere(() -> log.append(
                        List.of(List.of(event("1"))),
                        now,
                        new EventLog.Leases(1, 10, Duration.ofSeconds(30)),
                        _ -> {}));
            });

            assertThat(appending.receipts()).hasSize(1);
            assertThat(appending.taken()).isEmpty();
            assertThat(log.claim(now, Duration.ofSeconds(30), 10))
                    .as("left in the log")
                    .isPresent();
        }

        /** On another connection. */
        private static <T> T elsewhere(Supplier<T> work) {
            return CompletableFuture.supplyAsync(work)
                    .orTimeout(20, TimeUnit.SECONDS)
                    .join();
        }

        @Override
        protected EventLog log() {
            return log;
        }

        @Test
        void ifOneBatchCannotBeStoredNoneIs() {
            var now = Instant.parse("2026-03-01T12:00:00Z");
            var tooLong = new NewEvent("t".repeat(100), "a", "/", null, null, now, false, null, "{}", false);

            assertThatThrownBy(() -> log.append(List.of(List.of(event("1")), List.of(tooLong)), now))
                    .isInstanceOf(DataIntegrityViolationException.class);

            assertThat(log.last()).isZero();
        }
    }

    static EventLog eventLog(DataSource database) {
        return eventLog(database, new JdbcTransactionManager(database));
    }

    private static EventLog eventLog(DataSource database, JdbcTransactionManager transactions) {
        var jdbc = JdbcClient.create(database);
        var transaction = new TransactionTemplate(transactions);
        var template = new JdbcTemplate(database);
        return new JdbcEventLog(
                jdbc, template, transaction, new JdbcAppender(jdbc, template, transaction, TestNodes.ID), TestNodes.ID);
    }
}
