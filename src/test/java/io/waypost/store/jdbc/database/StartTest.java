package io.waypost.store.jdbc.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.platform.WaypostProperties;
import io.waypost.store.jdbc.TestDatabases;
import io.waypost.testing.FullDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.flyway.FlywayAutoConfiguration;
import org.springframework.boot.autoconfigure.jdbc.JdbcClientAutoConfiguration;
import org.springframework.boot.autoconfigure.jdbc.JdbcTemplateAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** A start on a database that is not as it should be: refused with one text that has the cause and what to do. */
@Isolated("looks at what is printed")
@ExtendWith(OutputCaptureExtension.class)
class StartTest {

    @TempDir
    private Path home;

    /** What of the gateway has to do with the database. */
    @Configuration(proxyBeanMethods = false)
    @EnableConfigurationProperties(WaypostProperties.class)
    @ImportAutoConfiguration({
        FlywayAutoConfiguration.class,
        JdbcTemplateAutoConfiguration.class,
        JdbcClientAutoConfiguration.class
    })
    @Import({DatabaseConfiguration.class, Schema.class, Marking.class, Translations.class})
    static class Part {

        @Bean
        Clock clock() {
            return Clock.systemUTC();
        }
    }

    private static void start(Map<String, Object> settings) {
        run(settings).close();
    }

    private static ConfigurableApplicationContext run(Map<String, Object> settings) {
        return new SpringApplicationBuilder(Part.class)
                // As of the context that a gateway has.
                .properties(
                        "logging.level.org.springframework.context.annotation.AnnotationConfigApplicationContext=ERROR")
                .web(WebApplicationType.NONE)
                .run(settings.entrySet().stream()
                        .map(setting -> "--" + setting.getKey() + "=" + setting.getValue())
                        .toArray(String[]::new));
    }

    /** Starts, and says what is printed instead of that. */
    private static String refusal(CapturedOutput output, Map<String, Object> settings) {
        var before = output.getAll().length();
        assertThatThrownBy(() -> start(settings)).isNotNull();
        var text = output.getAll().substring(before);
        assertThat(text)
                .containsOnlyOnce("APPLICATION FAILED TO START")
                .containsOnlyOnce(" ERROR ")
                .doesNotContain(" WARN ", "\tat ", "secret-password");
        assertThat(text.lines()).hasSizeLessThan(20);
        return text;
    }

    @Nested
    class OnH2 extends Contract {

        @Override
        Map<String, Object> settings(Path data) {
            return Map.of("waypost.data-dir", data.toString());
        }

        @Override
        Map<String, Object> another(Path data) throws IOException {
            var other = Files.createDirectory(home.resolve("other"));
            start(settings(other));
            // As if the file were on a volume, and another one mounted there.
            Files.copy(
                    other.resolve("waypost.mv.db"), data.resolve("waypost.mv.db"), StandardCopyOption.REPLACE_EXISTING);
            return settings(data);
        }

        @Override
        Map<String, Object> empty(Path data) throws IOException {
            Files.delete(data.resolve("waypost.mv.db"));
            return settings(data);
        }

        @Override
        void execute(Path data, String statement) throws SQLException {
            onH2(data, "sa", statement);
        }

        @Test
        void aFileThatIsNoDatabaseIsRefused(CapturedOutput output) throws IOException {
            Files.writeString(data.resolve("waypost.mv.db"), "not a database\n".repeat(1_000));

            assertThat(refusal(output, settings(data)))
                    .contains("waypost.mv.db in the data directory " + data + " cannot be opened", "put a backup in");
        }

        @Test
        void aFileWhoseHeadersAreDamagedIsRefused(CapturedOutput output) throws IOException {
            start(settings(data));
            zero(data.resolve("waypost.mv.db"), 0, 8_192);

            assertThat(refusal(output, settings(data)))
                    .contains("waypost.mv.db in the data directory " + data + " cannot be opened", "put a backup in");
        }

        @Test
        void aDatabaseOfAnotherApplicationIsRefused(CapturedOutput output) throws SQLException {
            onH2(data, "somebody", "create table theirs (id integer)");

            assertThat(refusal(output, settings(data))).contains("is not Waypost's", "WAYPOST_DATA_DIR");
        }

        @Test
        void aFileThatMayNotBeWrittenToIsRefused(CapturedOutput output) {
            var disk = FullDisk.in(home);
            start(settings(disk.directory()));
            disk.makeReadOnly();

            assertThat(refusal(output, settings(disk.directory())))
                    .contains("may not be written to", "Give the user this process runs as the right");
        }

        @Test
        void aSemicolonInThePathIsRefused(CapturedOutput output) {
            var directory = home.resolve("a;b");

            assertThat(refusal(output, settings(directory)))
                    .contains(directory + " holds a semicolon", "Set WAYPOST_DATA_DIR to a path without one");
            assertThat(directory).doesNotExist();
        }

        @Test
        void aPathThisLocaleHasNoLettersForIsRefused(CapturedOutput output) {
            assertThat(refusal(output, Map.of("waypost.data-dir", "a\0b")))
                    .contains("cannot be used here", "LC_ALL=C.UTF-8");
        }

        @Test
        void aNewDatabaseBesideAKeyIsToldThoughThereIsNoMark(CapturedOutput output) throws IOException {
            Files.writeString(data.resolve("secret.key"), "any");

            start(settings(data));

            assertThat(output).containsOnlyOnce("secret.key is there, but the database is new");
        }
    }

    @Nested
    class OnPostgres extends Contract {

        private final String url = newUrl();

        @Override
        Map<String, Object> settings(Path data) {
            return settings(data, url, "postgres");
        }

        private static String newUrl() {
            var url = TestDatabases.postgresUrl();
            return url.substring(0, url.indexOf('?'));
        }

        private static Map<String, Object> settings(Path data, String url, String user) {
            return Map.of(
                    "waypost.data-dir",
                    data.toString(),
                    "waypost.db.url",
                    url,
                    "waypost.db.user",
                    user,
                    "waypost.db.password",
                    "secret-password");
        }

        @Override
        Map<String, Object> another(Path data) {
            var other = newUrl();
            start(settings(home.resolve("none"), other, "postgres"));
            assertThat(home.resolve("none")).doesNotExist();
            return settings(data, other, "postgres");
        }

        @Override
        Map<String, Object> empty(Path data) {
            return settings(data, newUrl(), "postgres");
        }

        @Override
        void execute(Path data, String statement) throws SQLException {
            try (var connection = DriverManager.getConnection(url, "postgres", "any");
                    var executing = connection.createStatement()) {
                executing.execute(statement);
            }
        }

        @Test
        void aUserWithoutTheRightToCreateIsToldWhichOneItNeeds(CapturedOutput output) throws SQLException {
            var user = url.substring(url.lastIndexOf('/') + 1) + "user";
            execute(data, "create role " + user + " login");
            execute(data, "revoke create on schema public from public");

            assertThat(refusal(output, settings(data, url, user)))
                    .contains("has not the rights it needs", "permission denied for schema public", "alter database");
        }

        @Test
        void aDatabaseThatCanOnlyBeReadIsRefused(CapturedOutput output) throws SQLException {
            execute(
                    data,
                    "alter database %s set default_transaction_read_only = on"
                            .formatted(url.substring(url.lastIndexOf('/') + 1)));

            assertThat(refusal(output, settings(data))).contains("can only be read", "standby");
        }

        @Test
        void anUnknownHostIsNamed(CapturedOutput output) {
            // No server for names is asked for what cannot be one.
            assertThat(refusal(output, settings(data, "jdbc:postgresql://db..invalid/waypost", "postgres")))
                    .contains("host of the database is not known: db..invalid", "WAYPOST_DB_URL");
        }
    }

    abstract class Contract {

        Path data;

        @BeforeEach
        void makeDirectory() throws IOException {
            data = Files.createDirectory(home.resolve("data"));
        }

        abstract Map<String, Object> settings(Path data);

        /** Settings with which the node comes upon another database of Waypost's. */
        abstract Map<String, Object> another(Path data) throws IOException;

        /** Settings with which it comes upon an empty one. */
        abstract Map<String, Object> empty(Path data) throws IOException;

        abstract void execute(Path data, String statement) throws SQLException;

        /** A fault, how it comes about, and what is said about it. */
        private record Fault(String statement, List<String> said) {}

        @Test
        void aSchemaThatIsNotAsItShouldBeIsRefused(CapturedOutput output) throws SQLException {
            start(settings(data));
            var history = "insert into \"flyway_schema_history\" select %d, '%s', 'a thing', 'SQL', 'x.sql', 7, 'me',"
                    + " \"installed_on\", 1, %s from \"flyway_schema_history\" where \"version\" = '1'";
            var faults = List.of(
                    new Fault(
                            history.formatted(900, "900", "true"),
                            List.of("has version 900", "knows versions up to 2", "Start Waypost", "or newer")),
                    new Fault(
                            history.formatted(901, "901", "false"), List.of("half changed", "migration 901", "backup")),
                    new Fault(
                            history.formatted(902, "1.5", "true"),
                            List.of("not made by Waypost", "1.5 (a thing)", "a database of its own")),
                    new Fault(
                            "update \"flyway_schema_history\" set \"checksum\" = 7 where \"version\" = '3'",
                            List.of("not made by Waypost", "migration 3 (tenancy) is not the one", "of its own")));
            for (var fault : faults) {
                execute(data, fault.statement);

                assertThat(refusal(output, settings(data))).contains(fault.said);

                execute(data, "delete from \"flyway_schema_history\" where \"installed_rank\" >= 900");
            }
        }

        @Test
        void tablesOfSomebodyElseAreRefused(CapturedOutput output) throws SQLException {
            execute(data, "create table theirs (id integer)");

            assertThat(refusal(output, settings(data)))
                    .contains("holds tables that are not Waypost's", "a database of its own");
        }

        @Test
        void aMigrationThatFailsIsNamed(CapturedOutput output) throws SQLException {
            start(settings(data));
            execute(data, "delete from \"flyway_schema_history\" where cast(\"version\" as integer) >= 20");

            assertThat(refusal(output, settings(data)))
                    .contains("Migration 20 (installation)", "failed", "already exists", "Put the database back");
        }

        @Test
        void anOlderStateIsRefusedUntilItsLossIsAcceptedByName(CapturedOutput output) throws Exception {
            start(settings(data));
            execute(data, "update log_head set last_seq = 700");
            start(settings(data));
            assertThat(mark("sequence")).isEqualTo("700");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve(Mark.FILE))))
                    .isEqualTo("rw-------");
            execute(data, "update log_head set last_seq = 3");

            assertThat(refusal(output, settings(data)))
                    .contains("has lost events: it goes up to event 3", "went up to event 700", accept(700));
            assertThat(refusal(output, with(settings(data), mark("database") + ":699")))
                    .contains(accept(700));
            assertThat(mark("sequence")).isEqualTo("700");

            start(with(settings(data), "other:1," + mark("database") + ":700"));
            assertThat(output).contains("has lost events", "Started all the same");
            assertThat(mark("sequence")).isEqualTo("3");
            start(settings(data));
            execute(data, "update log_head set last_seq = 2");
            assertThat(refusal(output, with(settings(data), mark("database") + ":700")))
                    .contains(accept(3));
        }

        @Test
        void anotherDatabaseIsRefusedUntilThatIsAcceptedByName(CapturedOutput output) throws Exception {
            start(settings(data));
            var before = mark("database");
            var another = another(data);

            assertThat(refusal(output, another)).contains("is another one", before + " up to event 0", accept(0));

            start(with(another, before + ":0"));
            assertThat(mark("database")).isNotEqualTo(before);
            start(another);
        }

        @Test
        void anEmptyDatabaseIsRefusedUntilThatIsAcceptedByName(CapturedOutput output) throws Exception {
            start(settings(data));
            execute(data, "update log_head set last_seq = 700");
            start(settings(data));
            var before = mark("database");
            var empty = empty(data);

            assertThat(refusal(output, empty)).contains("The database is empty", "up to event 700", accept(700));
            assertThat(refusal(output, empty)).contains("The database is empty");

            start(with(empty, before + ":700"));
            assertThat(mark("database")).isNotEqualTo(before);
            start(empty);
        }

        @Test
        void aMarkSaysOnlyWhatIsCommittedAndIsPutBackAndNeverGoesBack(CapturedOutput output) throws Exception {
            try (var context = run(settings(data))) {
                var marking = context.getBean(Marking.class);
                try (var connection = context.getBean(DataSource.class).getConnection();
                        var statement = connection.createStatement()) {
                    connection.setAutoCommit(false);
                    statement.executeUpdate("update log_head set last_seq = 9");
                    marking.round();
                    assertThat(mark("sequence")).isEqualTo("0");
                    connection.commit();
                    marking.round();
                    assertThat(mark("sequence")).isEqualTo("9");
                    statement.executeUpdate("update log_head set last_seq = 4");
                    connection.commit();
                    marking.round();
                    marking.round();
                    assertThat(mark("sequence")).isEqualTo("9");
                    assertThat(output).containsOnlyOnce("The database has lost what was in it");
                }
                Files.delete(data.resolve(Mark.FILE));
                marking.round();
                assertThat(mark("sequence")).isEqualTo("9");
            }
        }

        @Test
        void aMarkThatCannotBeReadIsRefused(CapturedOutput output) throws Exception {
            start(settings(data));
            Files.writeString(data.resolve(Mark.FILE), "database=x\n");

            assertThat(refusal(output, settings(data))).contains(Mark.FILE, "it has no sequence", "delete it");
        }

        private @Nullable String mark(String field) throws IOException {
            return Files.readAllLines(data.resolve(Mark.FILE)).stream()
                    .filter(line -> line.startsWith(field + "="))
                    .map(line -> line.substring(field.length() + 1))
                    .findFirst()
                    .orElse(null);
        }

        private String accept(long seq) throws IOException {
            return "--waypost.storage.accept-loss=%s:%d (WAYPOST_STORAGE_ACCEPT_LOSS)".formatted(mark("database"), seq);
        }
    }

    private static Map<String, Object> with(Map<String, Object> settings, String accepted) {
        var all = new LinkedHashMap<>(settings);
        all.put("waypost.storage.accept-loss", accepted);
        return all;
    }

    private static void onH2(Path data, String user, String statement) throws SQLException {
        try (var connection = DriverManager.getConnection("jdbc:h2:file:" + data.resolve("waypost"), user, "");
                var executing = connection.createStatement()) {
            executing.execute(statement);
        }
    }

    private static void zero(Path file, long from, int length) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(length), from);
        }
    }
}
