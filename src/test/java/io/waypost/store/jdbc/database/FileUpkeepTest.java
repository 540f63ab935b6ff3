package io.waypost.store.jdbc.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.waypost.platform.CannotStart;
import io.waypost.platform.Refused;
import io.waypost.platform.TestProperties;
import io.waypost.platform.WaypostProperties;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.ZipInputStream;
import org.h2.jdbcx.JdbcConnectionPool;
import org.h2.mvstore.MVStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The file of the embedded database: what becomes of its size, and copies of it. */
class FileUpkeepTest {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int ROW = 64 * 1024;

    @TempDir
    private Path home;

    private final Random random = new Random(1);
    private HikariDataSource pool;
    private JdbcClient jdbc;

    @BeforeEach
    void open() {
        open(home);
        jdbc.sql("create table kept (id integer primary key, data varbinary)").update();
    }

    @AfterEach
    void close() {
        pool.close();
    }

    private static WaypostProperties in(Path directory) {
        return TestProperties.of(Map.of("waypost.data-dir", directory.toString()));
    }

    private void open(Path directory) {
        pool = (HikariDataSource) new DatabaseConfiguration().dataSource(in(directory));
        jdbc = JdbcClient.create(pool);
    }

    private void insert(int id, int bytes) {
        var data = new byte[bytes];
        random.nextBytes(data);
        jdbc.sql("insert into kept values (?, ?)").param(id).param(data).update();
    }

    private MVStore store() {
        return EmbeddedDatabase.below(pool).orElseThrow().openStore();
    }

    private static long size(Path directory) {
        try {
            return Files.size(directory.resolve("waypost.mv.db"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Every tenth row stays, so that hardly a part of the file is without anything that is in use. */
    private void leaveATenth() {
        for (int id = 0; id < 1_200; id += 10) {
            jdbc.sql("insert into kept select x, secure_rand(?) from system_range(?, ?)")
                    .param(ROW)
                    .param(id)
                    .param(id + 9)
                    .update();
        }
        jdbc.sql("delete from kept where mod(id, 10) > 0").update();
    }

    @Test
    void whatIsNotInUseAnyMoreIsGivenBackWhileItRuns() {
        leaveATenth();
        var before = size(home);
        assertThat(before).isGreaterThan(2 * FileUpkeep.SMALL);
        var upkeep = new FileUpkeep();

        await().atMost(SOON).pollInterval(Duration.ofMillis(100)).until(() -> {
            upkeep.round(store(), Long.MAX_VALUE);
            return size(home) <= FileUpkeep.SMALL;
        });

        var known = FileUpkeep.Size.of(store().getFileStore());
        assertThat(known.bytes()).isEqualTo(size(home));
        assertThat(known.live()).isBetween(120L * ROW, known.bytes());
        assertThat(jdbc.sql("select count(*) from kept").query(Integer.class).single())
                .isEqualTo(120);
        pool.close();
        open(home);
        assertThat(jdbc.sql("select id from kept where octet_length(data) = " + ROW)
                        .query(Integer.class)
                        .list())
                .hasSize(120)
                .allMatch(id -> id % 10 == 0);
    }

    @Test
    void withLittleRoomOnTheDiskNothingIsWrittenForIt() {
        leaveATenth();
        var before = size(home);
        var upkeep = new FileUpkeep();

        upkeep.round(store(), FileUpkeep.ROOM - 1);
        upkeep.round(store(), FileUpkeep.ROOM - 1);

        assertThat(size(home)).isBetween(before, before + 256 * 1024);
    }

    @Test
    void oneThatDoesNotRunIsCompactedByACommand() {
        leaveATenth();
        pool.close();
        var before = size(home);

        var told = Compaction.compact(home);

        assertThat(size(home)).isLessThan(120L * ROW + 1024 * 1024).isLessThan(before);
        assertThat(told).contains("%d bytes were %d".formatted(size(home), before));
        assertThatThrownBy(() -> Compaction.compact(home.resolve("other"))).isInstanceOf(CannotStart.class);
        open(home);
        assertThat(jdbc.sql("select count(*) from kept").query(Integer.class).single())
                .isEqualTo(120);
    }

    @Test
    void aBackupMadeWhileRowsComeInHasAllThatWereThereBefore() throws IOException, InterruptedException {
        for (int id = 0; id < 100; id++) {
            insert(id, ROW);
        }
        var stored = new AtomicInteger(100);
        var backups = new JdbcBackups(pool, jdbc, Clock.systemUTC(), in(home));
        var ended = new AtomicBoolean();
        // Not interrupted at its end: that would close the file below it.
        var writer = Thread.ofPlatform().start(() -> {
            while (!ended.get()) {
                insert(stored.get(), 1_000);
                stored.incrementAndGet();
            }
        });
        await().atMost(SOON).until(() -> stored.get() > 200);
        var before = stored.get();

        var made = backups.make();
        var other = backups.make();

        assertThat(stored.get()).isGreaterThan(before);
        ended.set(true);
        writer.join();
        assertThat(other.file()).isNotEqualTo(made.file());
        try (var files = Files.list(home.resolve("backups"))) {
            assertThat(files).containsExactlyInAnyOrder(made.file(), other.file());
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made.file())))
                .isEqualTo("rw-------");
        assertThat(made.bytes()).isEqualTo(Files.size(made.file()));
        pool.close();
        var restored = Files.createDirectory(home.resolve("restored"));
        unpack(made.file(), restored);
        open(restored);
        var ids = jdbc.sql("select id from kept where data is not null order by id")
                .query(Integer.class)
                .list();
        assertThat(ids).hasSizeGreaterThanOrEqualTo(before);
        assertThat(ids.getLast()).isEqualTo(ids.size() - 1);
    }

    @Test
    void aDatabaseOfSomebodyElseIsNotBackedUpHere() {
        var other = JdbcConnectionPool.create("jdbc:h2:mem:others", "sa", "");

        assertThatThrownBy(() -> new JdbcBackups(other, jdbc, Clock.systemUTC(), in(home)).make())
                .isInstanceOf(Refused.class)
                .hasMessageContaining("pg_dump");
    }

    private static void unpack(Path zip, Path to) throws IOException {
        try (var in = new ZipInputStream(Files.newInputStream(zip))) {
            for (var entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                Files.copy(in, to.resolve(entry.getName()));
            }
        }
    }
}
