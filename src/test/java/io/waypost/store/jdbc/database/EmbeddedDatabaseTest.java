package io.waypost.store.jdbc.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.waypost.platform.TestProperties;
import io.waypost.testing.FullDisk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

class EmbeddedDatabaseTest {

    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    private Path home;

    private FullDisk disk;
    private HikariDataSource pool;
    private JdbcClient jdbc;

    @BeforeEach
    void open() {
        disk = FullDisk.in(home);
        pool = (HikariDataSource) new DatabaseConfiguration()
                .dataSource(TestProperties.of(
                        Map.of("waypost.data-dir", disk.directory().toString())));
        jdbc = JdbcClient.create(pool);
        jdbc.sql("create table kept (id integer primary key)").update();
    }

    @AfterEach
    void close() {
        pool.close();
    }

    @Test
    void givenItsFileIsMovedAway_whenSomethingIsWritten_thenItFailsUntilTheFileIsBack() throws Exception {
        var directory = Files.createDirectory(home.resolve("data"));
        var file = directory.resolve("waypost.mv.db");
        try (var onDisk = (HikariDataSource) new DatabaseConfiguration()
                .dataSource(TestProperties.of(Map.of("waypost.data-dir", directory.toString())))) {
            var kept = JdbcClient.create(onDisk);
            kept.sql("create table kept (id integer primary key)").update();
            var embedded = onDisk.unwrap(EmbeddedDatabase.class);
            Files.move(file, home.resolve("away"));

            assertThatThrownBy(() -> kept.sql("insert into kept values (1)").update())
                    .rootCause()
                    .hasMessageContaining(file + " was deleted or moved away");
            assertThatThrownBy(embedded::getConnection).hasMessageContaining("deleted or moved away");
            assertThat(file).doesNotExist();
            Files.createFile(file);
            assertThat(embedded.trouble())
                    .hasValueSatisfying(text -> assertThat(text).contains("replaced by another one", "stop Waypost"));
            assertThatThrownBy(() -> new TransactionTemplate(new Transactions(onDisk, new Translations(), null))
                            .execute(
                                    _ -> kept.sql("insert into kept values (2)").update()))
                    .rootCause()
                    .hasMessageContaining("replaced by another one");
            Files.move(home.resolve("away"), file, StandardCopyOption.REPLACE_EXISTING);

            assertThat(embedded.trouble()).isEmpty();
            kept.sql("insert into kept values (3)").update();
        }
    }

    @Test
    void givenTransactionsAtWork_whenAnotherOneFillsTheDisk_thenNoneOfThemIsToldThatItIsStored() throws SQLException {
        try (var first = transaction(1);
                var second = transaction(2);
                var third = transaction(3)) {
            disk.fill();

            for (var transaction : List.of(first, second, third)) {
                assertThatThrownBy(transaction::commit).isInstanceOf(SQLException.class);
            }
        }
        disk.makeRoom();
        awaitKept();
    }

    @Test
    void givenAFullDisk_whenThereIsRoomAgain_thenItIsOpenedAgainWithAllThatWasStored() {
        insert(1);
        disk.fill();
        assertThatThrownBy(() -> insert(2)).hasRootCauseMessage("No space left on device");

        awaitKept(1);
        disk.makeRoom();

        await().atMost(SOON).ignoreExceptions().untilAsserted(() -> insert(3));
        awaitKept(1, 3);
    }

    @Test
    void givenConnectionsInUse_whenTheDiskIsFull_thenWhatTheyDoFailsAsIfTheDatabaseWereAway() throws SQLException {
        try (var used = transaction(1);
                var statement = used.prepareStatement("select * from kept")) {
            disk.fill();
            assertThatThrownBy(() -> insert(2)).isNotNull();
            awaitKept();

            assertThatThrownBy(statement::executeQuery)
                    .isInstanceOf(SQLNonTransientConnectionException.class)
                    .hasRootCauseMessage("No space left on device");
        }
        disk.makeRoom();
        await().atMost(SOON).ignoreExceptions().untilAsserted(() -> insert(3));
        awaitKept(3);
    }

    @Test
    void givenATransaction_whenItsConnectionBreaks_thenItSaysWhyAndNotThatItCannotBeRolledBack() {
        var transactions = new TransactionTemplate(new Transactions(pool, new Translations(), null));

        assertThatThrownBy(() -> transactions.executeWithoutResult(_ -> {
                    breakConnections();
                    insert(1);
                }))
                .hasRootCauseMessage("No space left on device");
        awaitKept();
        assertThatThrownBy(() -> transactions.executeWithoutResult(_ -> {
                    insert(1);
                    breakConnections();
                }))
                .hasRootCauseMessage("No space left on device");
    }

    private void breakConnections() {
        disk.fill();
        try (var other = transaction(3)) {
            assertThatThrownBy(other::commit).isInstanceOf(SQLException.class);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private Connection transaction(int id) throws SQLException {
        var connection = pool.getConnection();
        connection.setAutoCommit(false);
        try (var statement = connection.createStatement()) {
            statement.execute("insert into kept values (" + id + ")");
        }
        return connection;
    }

    private void insert(int id) {
        jdbc.sql("insert into kept values (?)").param(id).update();
    }

    private void awaitKept(Integer... ids) {
        await().atMost(SOON).ignoreExceptions().untilAsserted(() -> assertThat(
                        jdbc.sql("select id from kept order by id")
                                .query(Integer.class)
                                .list())
                .containsExactly(ids));
    }
}
