package io.waypost.store.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.waypost.store.jdbc.database.GroupClassNames;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.h2.jdbcx.JdbcConnectionPool;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Fresh, migrated databases for tests: one embedded PostgreSQL a JVM, a new database in it for each call. */
public final class TestDatabases {

    private static final AtomicInteger NEXT = new AtomicInteger();

    private static final Cleaner DONE_WITH = Cleaner.create();

    private TestDatabases() {}

    /** A new H2 in memory; it lasts as long as somebody has it. */
    public static DataSource h2() {
        return migrated(emptyH2());
    }

    /** The same without any table. */
    static DataSource emptyH2() {
        var url = "jdbc:h2:mem:waypost%d;DB_CLOSE_DELAY=-1".formatted(NEXT.incrementAndGet());
        var pool = JdbcConnectionPool.create(url, "sa", "");
        DONE_WITH.register(pool, () -> shutDown(url));
        return pool;
    }

    /** All of those of a whole run would fill the heap. */
    private static void shutDown(String url) {
        try (var connection = DriverManager.getConnection(url + ";IFEXISTS=TRUE", "sa", "");
                var statement = connection.createStatement()) {
            statement.execute("shutdown");
        } catch (SQLException e) {
            throw new IllegalStateException("A database in memory cannot be shut down", e);
        }
    }

    /** A new H2 in a file of the directory, as the gateway has it. */
    public static DataSource h2(Path directory) {
        var file = directory.resolve("waypost" + NEXT.incrementAndGet()).toAbsolutePath();
        return migrated(JdbcConnectionPool.create("jdbc:h2:file:%s;WRITE_DELAY=0".formatted(file), "sa", ""));
    }

    /** A new database in the one embedded PostgreSQL, which is started at first use and ends with the JVM. */
    public static DataSource postgres() {
        return migrated(emptyPostgres());
    }

    /** The same without any table. */
    static DataSource emptyPostgres() {
        var pool = new HikariDataSource();
        pool.setDataSource(Server.RUNNING.getDatabase("postgres", newDatabase()));
        pool.setMaximumPoolSize(10);
        // Many tests, one server: a database that is done with must not hold connections.
        pool.setMinimumIdle(0);
        pool.setIdleTimeout(10_000);
        return pool;
    }

    /** The URL of a new, empty database in the same PostgreSQL; the user is in it. */
    public static String postgresUrl() {
        return Server.RUNNING.getJdbcUrl("postgres", newDatabase());
    }

    /** One at a time: PostgreSQL makes no two from the same template at once. */
    private static synchronized String newDatabase() {
        var name = "waypost" + NEXT.incrementAndGet();
        JdbcClient.create(Server.RUNNING.getPostgresDatabase())
                .sql("create database " + name)
                .update();
        return name;
    }

    static DataSource migrated(DataSource database) {
        Flyway.configure()
                .dataSource(database)
                .javaMigrations(new GroupClassNames())
                .load()
                .migrate();
        new EventsIntoBlocks().move(database);
        new DeliveriesIntoBlocks().move(database);
        return database;
    }

    /** Holds the server, so that it starts only when somebody asks for it. */
    private static final class Server {

        static final EmbeddedPostgres RUNNING = start();

        private static EmbeddedPostgres start() {
            try {
                var server = EmbeddedPostgres.builder()
                        .setServerConfig("fsync", "off")
                        .setServerConfig("shared_preload_libraries", "pg_stat_statements")
                        // Several classes at once, some with two gateways, each of which has a pool of its own.
                        .setServerConfig("max_connections", "600")
                        .start();
                Runtime.getRuntime().addShutdownHook(new Thread(() -> close(server)));
                return server;
            } catch (IOException e) {
                throw new UncheckedIOException("the embedded PostgreSQL does not start", e);
            }
        }

        private static void close(EmbeddedPostgres server) {
            try {
                server.close();
            } catch (IOException e) {
                throw new UncheckedIOException("the embedded PostgreSQL does not stop", e);
            }
        }
    }
}
