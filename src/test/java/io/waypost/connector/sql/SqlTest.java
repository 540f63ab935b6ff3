package io.waypost.connector.sql;

import static io.waypost.connector.ConnectorsUnderTest.brief;
import static io.waypost.connector.ConnectorsUnderTest.event;
import static io.waypost.connector.ConnectorsUnderTest.message;
import static io.waypost.connector.ConnectorsUnderTest.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Failure;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Gone;
import io.waypost.connector.Outcome.Rejected;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.platform.Json;
import io.waypost.store.jdbc.TestDatabases;
import io.waypost.testing.Delays;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.h2.jdbcx.JdbcDataSource;
import org.h2.tools.Server;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What is written, on real databases. */
class SqlTest {

    private static final String INSERT = "insert into opened (id, email, at, number, raw, seen)"
            + " values (:id, :email, :at, :number, :raw, :seen)";
    private static final String EVENT =
            "{\"email\":\"x'); drop table opened; -- {{env:HOME}} ${sysenv.HOME}\",\"n\":18859015918863553,\"seen\":true,\"deep\":{\"a\":[1.10]}}";

    private static ConnectorsUnderTest connectors;

    @BeforeAll
    static void start() {
        connectors = ConnectorsUnderTest.onLoopback();
    }

    @AfterAll
    static void stop() {
        connectors.close();
    }

    @Nested
    class OnH2 extends OnAnyDatabase {

        private static Server server;

        @BeforeAll
        static void start() throws SQLException {
            server = Server.createTcpServer("-tcpPort", "0", "-ifNotExists").start();
        }

        @AfterAll
        static void stop() {
            server.stop();
        }

        OnH2() {
            super(
                    JdbcClient.create(database()),
                    "jdbc:h2:tcp://127.0.0.1:%d/mem:connector".formatted(server.getPort()),
                    "sa",
                    "secret-of-sa");
        }

        private static JdbcDataSource database() {
            var made = new JdbcDataSource();
            made.setURL("jdbc:h2:mem:connector;DB_CLOSE_DELAY=-1");
            made.setUser("sa");
            made.setPassword("secret-of-sa");
            return made;
        }

        @Test
        void aDatabaseThatIsNotThereIsNotMade() {
            var outcome =
                    connectors.send("sql", config("update t set a = 1", "").replace("mem:connector", "mem:nobodys"));

            assertThat(outcome.detail()).contains("nobodys");
            assertThat(outcome).isInstanceOf(Failed.class);
        }

        @Test
        void aWrongPasswordDeactivatesAndIsNotTold() {
            var outcome =
                    connectors.send("sql", config("delete from opened", "").replace("secret-of-sa", "wrong-one"));

            assertThat(outcome).isInstanceOf(Gone.class);
            assertThat(outcome.detail()).doesNotContain("wrong-one");
        }
    }

    @Nested
    class OnPostgres extends OnAnyDatabase {

        private static final String URL = TestDatabases.postgresUrl();

        OnPostgres() {
            super(client(URL), URL.substring(0, URL.indexOf('?')), "postgres", "postgres");
        }

        private static JdbcClient client(String url) {
            var made = new PGSimpleDataSource();
            made.setUrl(url);
            return JdbcClient.create(made);
        }

        @Test
        void aJsonColumnTakesObjectsAndATypeFollowsTheColumn() {
            database.sql(
                            "drop table if exists kept; create table kept (id text primary key, raw jsonb, at timestamptz)")
                    .update();
            var config = config(
                    "insert into kept values (:id, :raw, :at) on conflict (id) do update set raw = :raw",
                    "'id':'id','raw':'data.deep','at':'time'");

            assertThat(send(config)).isEqualTo(new Succeeded(null, "1 row"));
            assertThat(send(config)).isEqualTo(new Succeeded(null, "1 row"));

            assertThat(database.sql("select raw::text from kept")
                            .query(String.class)
                            .single())
                    .isEqualTo("{\"a\": [1.10]}");
        }

        @Test
        void aRoleThatIsNotThereDeactivates() {
            assertThat(connectors.send(
                            "sql",
                            config("delete from opened", "").replace("'username':'postgres'", "'username':'nobody'")))
                    .isInstanceOf(Gone.class);
        }

        @Test
        void aStatementThatWaitsForALockIsLeftAloneAndLetsGo() throws Exception {
            var locked = new CompletableFuture<Void>();
            var release = new CompletableFuture<Void>();
            send(config(INSERT, PARAMETERS));
            var holder = Thread.ofVirtual().start(() -> holdLock(locked, release));
            locked.get(5, TimeUnit.SECONDS);

            var before = System.nanoTime();
            var outcome = connectors.connector("sql").send(brief("sql", config("update opened set number = 1", "")));

            assertThat(outcome.failure()).isEqualTo(Failure.TIMEOUT);
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Delays.PAUSE);
            release.complete(null);
            holder.join();
            assertThat(send(config("update opened set number = 2", ""))).isInstanceOf(Succeeded.class);
        }

        private void holdLock(CompletableFuture<Void> locked, CompletableFuture<Void> release) {
            var source = new PGSimpleDataSource();
            source.setUrl(url + "?user=postgres");
            try (var connection = source.getConnection()) {
                connection.setAutoCommit(false);
                connection.createStatement().execute("lock table opened in exclusive mode");
                locked.complete(null);
                release.join();
            } catch (SQLException e) {
                locked.completeExceptionally(e);
            }
        }
    }

    abstract static class OnAnyDatabase {

        static final String PARAMETERS =
                "'id':'id','email':'data.email','at':'time','number':'data.n','raw':'data.deep','seen':'data.seen'";

        final JdbcClient database;
        final String url;
        private final String user;
        private final String password;

        OnAnyDatabase(JdbcClient database, String url, String user, String password) {
            this.database = database;
            this.url = url;
            this.user = user;
            this.password = password;
            database.sql("drop table if exists opened").update();
            database.sql(
                            "create table opened (id varchar(60) primary key, email varchar(100), at timestamp with time zone,"
                                    + " number bigint, raw varchar(100), seen boolean)")
                    .update();
        }

        @Test
        void valuesAreBoundAndAnEventThatComesTwiceIsWrittenOnce() {
            assertThat(send(config(INSERT, PARAMETERS))).isEqualTo(new Succeeded(null, "1 row"));
            assertThat(send(config(INSERT, PARAMETERS))).isEqualTo(new Succeeded(null, "the row is there already"));

            assertThat(database.sql("select email, number, raw, seen from opened")
                            .query()
                            .listOfRows())
                    .singleElement()
                    .extracting(row -> List.copyOf(row.values()))
                    .isEqualTo(List.of(
                            "x'); drop table opened; -- {{env:HOME}} ${sysenv.HOME}",
                            18859015918863553L,
                            "{\"a\":[1.10]}",
                            true));
        }

        @Test
        void aDuplicateMayBeAnError() {
            var config = config(INSERT, PARAMETERS).replace("}}", "},'duplicate':'error'}");

            send(config);
            var second = send(config);

            assertThat(second).isInstanceOf(Rejected.class);
            assertThat(second.detail()).contains("23505");
        }

        @Test
        void valuesThatDoNotFitEndThatDeliveryOnly() {
            assertThat(send(config(INSERT, PARAMETERS.replace("data.n'", "data.email'"))))
                    .isInstanceOf(Rejected.class);
            assertThat(send(config(INSERT, PARAMETERS.replace("'data.email'", "'$pad(\\\"x\\\", 200, \\\"y\\\")'"))))
                    .isInstanceOf(Rejected.class);
            assertThat(send(config(INSERT, PARAMETERS))).isInstanceOf(Succeeded.class);
        }

        @Test
        void aMissingTableIsTriedAgain() {
            var outcome = send(config("insert into nowhere (id) values (:id)", "'id':'id'"));

            assertThat(outcome).isInstanceOf(Failed.class);
            assertThat(outcome.detail()).containsIgnoringCase("nowhere");
        }

        @Test
        void updatesAndDeletesSayHowManyRows() {
            send(config(INSERT, PARAMETERS));

            assertThat(send(config("update opened set email = :e where id = :id", "'e':'null','id':'id'")))
                    .isEqualTo(new Succeeded(null, "1 row"));
            assertThat(send(config("delete from opened where id = :id", "'id':'\\\"other\\\"'")))
                    .isEqualTo(new Succeeded(null, "0 rows"));
            assertThat(database.sql("select count(*) from opened where email is null")
                            .query(Integer.class)
                            .single())
                    .isEqualTo(1);
        }

        @Test
        void aCheckTriesTheLoginAndTheStatementAndWritesNothing() {
            var sql = connectors.connector("sql");

            assertThat(sql.check(object(config(INSERT, PARAMETERS))).ok()).isTrue();
            var wrong = sql.check(object(config("insert into nowhere (id) values (:id)", "'id':'id'")));
            assertThat(wrong.ok()).isFalse();
            assertThat(wrong.detail()).containsIgnoringCase("nowhere");
            assertThat(database.sql("select count(*) from opened")
                            .query(Integer.class)
                            .single())
                    .isZero();
        }

        Outcome send(String config) {
            return connectors.connector("sql").send(message("sql", config, event(EVENT)));
        }

        String config(String statement, String parameters) {
            return "{'url':'%s','username':'%s','password':'%s','statement':%s,'parameters':{%s}}"
                    .formatted(url, user, password, Json.write(statement), parameters);
        }
    }
}
