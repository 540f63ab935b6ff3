package io.waypost.store.jdbc.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.waypost.platform.CannotStart;
import io.waypost.platform.TestProperties;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.storage.SqlFaults;
import io.waypost.store.jdbc.TestDatabases;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.PGConnection;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.PermissionDeniedDataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/** What PostgreSQL is asked for at each connect and in each transaction, and what its refusals, and H2's, mean. */
@Isolated("counts what the log says")
@ExtendWith(OutputCaptureExtension.class)
class PostgresFaultsTest {

    private static final Duration CONNECT = Duration.ofSeconds(5);

    private final Translations translations = new Translations();

    private static WaypostProperties.Db settings(String url) {
        return TestProperties.of(
                        Map.of("waypost.db.url", url, "waypost.db.user", "postgres", "waypost.db.password", "postgres"))
                .db();
    }

    private static HikariDataSource pool(DataSource database) {
        var pool = new HikariDataSource();
        pool.setDataSource(database);
        pool.setMaximumPoolSize(2);
        return pool;
    }

    @Test
    void aSessionHasItsBoundsAndWhatItPreparesIfThereIsNoPooler() throws SQLException {
        var database = new PostgresDatabase(settings(TestDatabases.postgresUrl()), CONNECT);

        try (var connection = database.getConnection()) {
            assertThat(show(connection, "lock_timeout")).isEqualTo("15s");
            assertThat(show(connection, "idle_in_transaction_session_timeout")).isEqualTo("15s");
            assertThat(connection.unwrap(PGConnection.class).getPrepareThreshold())
                    .isEqualTo(5);
            assertThat(PostgresDatabase.isPooled(connection)).isFalse();
        }
    }

    @Test
    void behindAPoolerNothingIsPreparedAndEachTransactionHasItsBounds() throws SQLException {
        var settings = settings(TestDatabases.postgresUrl());
        var database = new PostgresDatabase(settings, CONNECT) {
            @Override
            boolean hasOtherSession(Connection made, PGConnection driver) {
                return true;
            }
        };
        try (var pool = pool(database)) {
            var transaction = new TransactionTemplate(
                    new Transactions(pool, translations, PostgresDatabase.boundsOfATransaction(settings.timeout())));
            var jdbc = JdbcClient.create(pool);

            for (int i = 0; i < 3; i++) {
                assertThat(transaction.<List<String>>execute(_ -> List.of(
                                jdbc.sql("show lock_timeout")
                                        .query(String.class)
                                        .single(),
                                jdbc.sql("show idle_in_transaction_session_timeout")
                                        .query(String.class)
                                        .single())))
                        .containsExactly("15s", "15s");
                assertThat(jdbc.sql("show lock_timeout").query(String.class).single())
                        .as("left to the session by the transaction")
                        .isEqualTo("0");
            }
            for (int i = 0; i < 10; i++) {
                jdbc.sql("select :n").param("n", i).query(Integer.class).single();
            }
            assertThat(jdbc.sql("select count(*) from pg_prepared_statements")
                            .query(Long.class)
                            .single())
                    .isZero();
        }
    }

    @Test
    void aPoolThatCannotFillIsToldInOneLine(CapturedOutput output) throws SQLException {
        var url = TestDatabases.postgresUrl().replaceAll("\\?.*", "");
        var role = "few_" + System.nanoTime();
        var owner = new PostgresDatabase(settings(url), CONNECT);
        JdbcClient.create(owner)
                .sql("create role %s login connection limit 1".formatted(role))
                .update();
        var few = new PostgresDatabase(
                TestProperties.of(Map.of("waypost.db.url", url, "waypost.db.user", role))
                        .db(),
                CONNECT);

        try (var _ = few.getConnection()) {
            for (int i = 0; i < 5; i++) {
                assertThatThrownBy(few::getConnection).isInstanceOf(SQLException.class);
            }
        }

        assertThat(output)
                .containsOnlyOnce("No further connection to PostgreSQL can be made")
                .contains("too many connections for role");
    }

    @Test
    void aUserWhoMayNotDoAllOfItCannotStart() {
        var database = TestDatabases.postgres();
        var owner = JdbcClient.create(database);
        assertThat(Rights.TABLES)
                .containsExactlyElementsOf(owner.sql("""
                                select relname
                                  from pg_class
                                 where relnamespace = 'public'::regnamespace
                                   and relkind = 'r'
                                   and relname <> 'flyway_schema_history'
                                 order by relname
                                """).query(String.class).list());
        var role = "gateway_" + System.nanoTime();
        owner.sql("create role " + role).update();
        owner.sql("grant select, insert, update, delete on all tables in schema public to " + role)
                .update();
        new TransactionTemplate(new Transactions(database, translations, null)).executeWithoutResult(_ -> {
            owner.sql("set local role " + role).update();
            new Rights(owner, true).afterPropertiesSet();
        });
        owner.sql("revoke delete on log_segment, health from " + role).update();

        new TransactionTemplate(new Transactions(database, translations, null)).executeWithoutResult(_ -> {
            owner.sql("set local role " + role).update();
            assertThatThrownBy(() -> new Rights(owner, true).afterPropertiesSet())
                    .isInstanceOf(CannotStart.class)
                    .hasMessageContaining(
                            "The user " + role + " of the database may not DELETE on health and log_segment")
                    .hasMessageContaining("GRANT ");
        });
    }

    @Test
    void whatPostgresRefusesIsToldApart() throws SQLException {
        var database = TestDatabases.postgres();
        var jdbc = new JdbcTemplate(database);
        jdbc.setExceptionTranslator(translations);
        var transaction = new TransactionTemplate(new Transactions(database, translations, null));

        try (var holder = database.getConnection()) {
            holder.setAutoCommit(false);
            holder.createStatement().execute("select 1 from log_head where id = 1 for update");
            assertPasses(
                    CannotAcquireLockException.class,
                    () -> transaction.executeWithoutResult(_ -> {
                        jdbc.execute("set local lock_timeout = 50");
                        jdbc.execute("update log_head set last_seq = last_seq where id = 1");
                    }));
            holder.rollback();
        }
        assertPasses(
                DataAccessResourceFailureException.class,
                () -> transaction.executeWithoutResult(_ -> {
                    jdbc.execute("set transaction read only");
                    jdbc.execute("update log_head set last_seq = last_seq where id = 1");
                }));
        assertThatThrownBy(() -> transaction.executeWithoutResult(_ -> {
                    jdbc.execute("set local role pg_monitor");
                    jdbc.execute("delete from log_segment");
                }))
                .isInstanceOf(PermissionDeniedDataAccessException.class)
                .satisfies(e -> assertThat(SqlFaults.passes(e)).isFalse());
    }

    @Test
    void whatH2RefusesIsToldApart() throws SQLException {
        var database = TestDatabases.h2();
        var jdbc = new JdbcTemplate(database);
        jdbc.setExceptionTranslator(translations);

        try (var holder = database.getConnection()) {
            holder.setAutoCommit(false);
            holder.createStatement().execute("update log_head set last_seq = last_seq where id = 1");
            assertPasses(CannotAcquireLockException.class, () -> {
                try (var other = database.getConnection()) {
                    other.createStatement().execute("set lock_timeout 50");
                    other.createStatement().execute("update log_head set last_seq = last_seq where id = 1");
                } catch (SQLException e) {
                    throw translations.translate("an update", null, e);
                }
            });
            holder.rollback();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "08006, AWAY",
        "53100, AWAY",
        "57P01, AWAY",
        "25006, READ_ONLY",
        "90097, READ_ONLY",
        "55P03, LOCKED",
        "HYT00, LOCKED",
        "57014, LOCKED",
        "40P01, COLLIDED",
        "26000, POOLER",
        "42501, FORBIDDEN",
        "22021, UNSTORABLE",
        "23505,"
    })
    void eachStateMeansOneThing(String state, SqlFaults fault) {
        assertThat(SqlFaults.of(state)).isEqualTo(fault);
    }

    private static void assertPasses(
            Class<? extends Throwable> type, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(type).satisfies(e -> assertThat(SqlFaults.passes(e))
                .isTrue());
    }

    private static String show(Connection connection, String setting) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("show " + setting)) {
            row.next();
            return row.getString(1);
        }
    }
}
