package io.waypost.store.jdbc.database;

import com.zaxxer.hikari.HikariDataSource;
import io.waypost.platform.CannotStart;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.files.PrivateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.support.SQLExceptionTranslator;
import org.springframework.transaction.PlatformTransactionManager;

/** The database: PostgreSQL if a URL is given, otherwise H2 in a file of the data directory. */
@Configuration(proxyBeanMethods = false)
class DatabaseConfiguration {

    /**
     * By default H2 acknowledges a commit before it is on disk, caches 8 parsed statements, writes errors into a trace file
     * too, even when the disk is full, and compacts the file for 0.2 s when it is closed.
     */
    private static final String H2_OPTIONS =
            ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE;LOCK_TIMEOUT=10000;QUERY_CACHE_SIZE=100"
                    + ";TRACE_LEVEL_FILE=0;MAX_COMPACT_TIME=1500";

    /** How long it may take to open a connection, or to get one from the pool. */
    private static final Duration CONNECT = Duration.ofSeconds(5);

    @Bean
    @ConditionalOnMissingBean
    DataSource dataSource(WaypostProperties properties) {
        var pool = new HikariDataSource();
        pool.setPoolName("waypost");
        pool.setMaximumPoolSize(properties.db().pool());
        pool.setConnectionTimeout(CONNECT.toMillis());
        var url = properties.db().url();
        if (url == null || url.isBlank()) {
            verifyWorkingDirectory(properties.dataDir());
            var directory = properties.dataDir().toAbsolutePath().normalize();
            make(directory);
            pool.setDataSource(new EmbeddedDatabase(url(directory)));
        } else {
            verify(url);
            if (isPostgres(url)) {
                setUpPostgres(pool, properties.db());
            } else {
                pool.setJdbcUrl(url);
                pool.setUsername(properties.db().user());
                pool.setPassword(properties.db().password());
            }
        }
        return pool;
    }

    /** The URL of the embedded database in the directory. */
    static String url(Path directory) {
        return "jdbc:h2:" + FailStopFile.nameOf(directory.resolve("waypost")) + H2_OPTIONS;
    }

    @Bean
    PlatformTransactionManager transactionManager(
            DataSource dataSource, SQLExceptionTranslator translations, WaypostProperties properties) {
        var db = properties.db();
        var bounds = isPostgres(db.url()) ? PostgresDatabase.boundsOfATransaction(db.timeout()) : null;
        return new Transactions(dataSource, translations, bounds);
    }

    static boolean isPostgres(@Nullable String url) {
        return url != null && url.startsWith("jdbc:postgresql:");
    }

    /**
     * Bounds all waits on both sides. When a node or its network fails silently, the server does not notice for hours, and
     * an open transaction of that node would lock the head of the log for all other nodes.
     */
    private static void setUpPostgres(HikariDataSource pool, WaypostProperties.Db settings) {
        var timeout = settings.timeout();
        var connect = timeout.compareTo(CONNECT) < 0 ? timeout : CONNECT;
        pool.setConnectionTimeout(connect.toMillis());
        pool.setValidationTimeout(Math.min(connect.toMillis(), 2_000));
        try {
            pool.setDataSource(new PostgresDatabase(settings, connect));
        } catch (IllegalArgumentException _) {
            // Its message repeats the URL, which may contain a password.
            throw notAUrl();
        }
    }

    /**
     * If the locale lacks letters of the working directory's path, Java resolves it to another path: it would create a data
     * directory there, and not find it in another locale.
     */
    private static void verifyWorkingDirectory(Path dataDir) {
        var working = Path.of("").toAbsolutePath();
        if (!dataDir.isAbsolute() && (working.toString().contains("\uFFFD") || Files.notExists(working))) {
            throw new CannotStart(
                    "The working directory cannot be used: Java takes it for " + working,
                    "If there are letters in it beyond ASCII, start with a locale that has them (LC_ALL=C.UTF-8); or set"
                            + " WAYPOST_DATA_DIR to an absolute path without them.");
        }
    }

    private static void make(Path directory) {
        var remedy = "Set WAYPOST_DATA_DIR to a directory the process may write to.";
        if (directory.toString().contains(";")) {
            throw new CannotStart(
                    "The path of the data directory " + directory
                            + " holds a semicolon, which ends a path for the embedded" + " database",
                    "Set WAYPOST_DATA_DIR to a path without one.");
        }
        long room;
        try {
            PrivateFiles.makeDirectory(directory);
            room = JdbcStorage.room(directory);
        } catch (IOException e) {
            throw new CannotStart("The data directory " + directory + " cannot be made: " + e, remedy, e);
        }
        if (!Files.isWritable(directory)) {
            throw new CannotStart("The data directory " + directory + " may not be written to", remedy);
        }
        if (room < JdbcStorage.ENOUGH) {
            throw new CannotStart(
                    "The disk of the data directory %s is full: %d KiB are left".formatted(directory, room / 1024),
                    "Make room on it; %d KiB are the least to begin with.".formatted(JdbcStorage.ENOUGH / 1024));
        }
    }

    /** The message does not repeat the URL, because it may contain a password. */
    private static void verify(String url) {
        if (!url.startsWith("jdbc:postgresql:") && !url.startsWith("jdbc:h2:")) {
            throw notAUrl();
        }
    }

    private static CannotStart notAUrl() {
        return new CannotStart(
                "WAYPOST_DB_URL is not the JDBC URL of a PostgreSQL database",
                "It looks like jdbc:postgresql://HOST/NAME, with WAYPOST_DB_USER and WAYPOST_DB_PASSWORD beside it;"
                        + " without it, Waypost keeps its data in WAYPOST_DATA_DIR.");
    }
}
