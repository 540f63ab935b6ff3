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
import java.util.concurrent.atomic.AtomicBoolean;
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
