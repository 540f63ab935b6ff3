package io.waypost.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.event.EventLog;
import io.waypost.event.EventLogContract;
import io.waypost.event.NewEvent;
import java.time.Instant;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
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

        private final EventLog log;

        OnJdbc(DataSource database) {
            log = eventLog(database);
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
        var jdbc = JdbcClient.create(database);
        var transaction = new TransactionTemplate(new JdbcTransactionManager(database));
        return new JdbcEventLog(jdbc, transaction, new JdbcAppender(jdbc, new JdbcTemplate(database), transaction));
    }
}
