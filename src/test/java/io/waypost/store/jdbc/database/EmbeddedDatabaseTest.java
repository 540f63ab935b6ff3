package io.waypost.store.jdbc.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
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
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVStoreException;
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

    /**
     * The one that waits would be stored within the file, where there is room, and refer to what is not there: H2 would open
     * what is at the end of the file instead, and all that was stored in between would be gone.
     */
    @Test
    void givenATransactionThatWaits_whenTheOneBeforeItFindsNoRoom_thenNothingIsLostOfWhatWasStoredBefore()
            throws Exception {
        makeGapAndEnd();
        insert(1);
        insert(2);
        insertLarge("next", 60_000);
        try (var failing = transaction(3);
                var waiting = transaction(4)) {
            try (var statement = failing.prepareStatement("insert into failing values (?)")) {
                statement.setBytes(1, random(300_000));
                statement.execute();
            }
            var outcome = new CompletableFuture<Throwable>();
            disk.fillOnce(() ->
                    awaitTurn(Thread.ofPlatform().start(() -> outcome.complete(catchThrowable(waiting::commit)))));

            assertThatThrownBy(failing::commit).hasRootCauseMessage("No space left on device");
            assertThat(outcome.get(30, TimeUnit.SECONDS)).hasRootCauseMessage("No space left on device");
        }

        awaitKept(1, 2);
        insert(5);
        awaitKept(1, 2, 5);
    }

    @Test
    void whenH2IsBrokenByAnythingElse_thenNothingIsWrittenEither() throws Exception {
        insert(1);
        var store = pool.unwrap(EmbeddedDatabase.class).openStore();
        assertThatThrownBy(() ->
                        store.panic(DataUtils.newMVStoreException(DataUtils.ERROR_INTERNAL, "no memory for a version")))
                .isInstanceOf(MVStoreException.class);
        var before = Files.readAllBytes(file());

        assertThatThrownBy(() -> insert(2)).rootCause().hasMessageContaining("no memory for a version");

        assertThat(file()).hasBinaryContent(before);
        awaitKept(1);
    }

    @Test
    void whenItIsOpenedWithoutWhatWasStored_thenItSaysSoAndLeavesTheFileAsItIs() throws Exception {
        insert(1);
        var older = Files.readAllBytes(file());
        insert(2);
        insert(3);
        disk.fill();
        assertThatThrownBy(() -> insert(4)).hasRootCauseMessage("No space left on device");
        disk.makeRoom();
        Files.write(file(), older);

        var embedded = pool.unwrap(EmbeddedDatabase.class);
        assertThatThrownBy(embedded::getConnection).hasMessageContaining("without all that had been stored in it");
        assertThatThrownBy(embedded::getConnection).hasMessageContaining("without all that had been stored in it");

        assertThat(embedded.trouble())
                .hasValueSatisfying(text -> assertThat(text).contains(file().toString(), "put the newest backup"));
        assertThat(file()).hasBinaryContent(older);
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

    /** Within the file is a gap of 100 kB, and what is at its end stays there and is complete. */
    private void makeGapAndEnd() throws SQLException {
        for (var table : List.of("gap", "wall", "ending", "next", "failing")) {
            jdbc.sql("create table " + table + " (data binary varying)").update();
        }
        var store = pool.unwrap(EmbeddedDatabase.class).openStore();
        store.setRetentionTime(0);
        insertLarge("gap", 100_000);
        insertLarge("wall", 100_000);
        jdbc.sql("delete from gap").update();
        for (int i = 0; i < 5; i++) {
            insert(0);
            jdbc.sql("delete from kept").update();
        }
        store.setRetentionTime(45_000);
        insertLarge("ending", 200_000);
    }

    private void insertLarge(String table, int length) {
        jdbc.sql("insert into " + table + " values (?)").param(random(length)).update();
    }

    private static byte[] random(int length) {
        var bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    /** Until the thread waits for the lock that its commit needs. */
    private static void awaitTurn(Thread thread) {
        await().atMost(SOON).until(() -> thread.getState() == Thread.State.WAITING);
    }

    private Path file() {
        return disk.directory().resolve("waypost.mv.db");
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
