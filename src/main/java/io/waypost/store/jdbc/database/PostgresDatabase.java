package io.waypost.store.jdbc.database;

import io.waypost.platform.Fault;
import io.waypost.platform.WaypostProperties;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.postgresql.PGConnection;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * PostgreSQL with bounded waits, directly or behind a pooler that may give each transaction another session (PgBouncer).
 * Such a pooler is recognized because the process number it reports at the connect is not that of the server's session.
 * With it
 * <ul>
 *   <li>statements are not prepared on the server, because the next transaction may have another session;
 *   <li>the bounds of waits are set in each transaction and not for the session, which would be used by others.
 * </ul>
 */
class PostgresDatabase extends DelegatingDataSource {

    private static final Logger log = LoggerFactory.getLogger(PostgresDatabase.class);

    private final String sessionBounds;

    /** Whether there has been a connection. A failure of the first one ends the start, which reports it. */
    private volatile boolean anyOpened;

    private final AtomicBoolean poolerLogged = new AtomicBoolean();
    private final Fault fault = new Fault(
            log, "No further connection to PostgreSQL can be made", "Connections to PostgreSQL can be made again");

    /**
     * @param connect how long it may take to open a connection
     * @throws IllegalArgumentException if the URL is not valid; its message repeats the URL
     */
    PostgresDatabase(WaypostProperties.Db settings, Duration connect) {
        var half = settings.timeout().dividedBy(2).toMillis();
        sessionBounds = "set lock_timeout = %d; set idle_in_transaction_session_timeout = %d".formatted(half, half);
        var driver = new PGSimpleDataSource();
        // Set before the URL, so that parameters of the URL take precedence.
        driver.setReWriteBatchedInserts(true);
        driver.setSocketTimeout((int) settings.timeout().toSeconds());
        driver.setLoginTimeout((int) Math.max(1, connect.toSeconds()));
        if (settings.user() != null) {
            driver.setUser(settings.user());
        }
        if (settings.password() != null) {
            driver.setPassword(settings.password());
        }
        driver.setURL(settings.url());
        setTargetDataSource(driver);
    }

    @Override
    public Connection getConnection() throws SQLException {
        Connection made;
        try {
            made = super.getConnection();
        } catch (SQLException e) {
            if (anyOpened) {
                fault.failed(e);
            }
            throw e;
        }
        try {
            setUp(made);
        } catch (SQLException | RuntimeException e) {
            made.close();
            throw e;
        }
        anyOpened = true;
        fault.over();
        return made;
    }

    private void setUp(Connection made) throws SQLException {
        var driver = made.unwrap(PGConnection.class);
        if (hasOtherSession(made, driver)) {
            if (poolerLogged.compareAndSet(false, true)) {
                log.info(
                        "There is a pooler before PostgreSQL: statements are not prepared there, and time limits are set in"
                                + " each transaction");
            }
            driver.setPrepareThreshold(0);
        } else {
            try (var statement = made.createStatement()) {
                statement.execute(sessionBounds);
            }
        }
    }

    /** Statements that set the bounds of waits for one transaction, the same as those of a session. */
    static String boundsOfATransaction(Duration timeout) {
        var half = timeout.dividedBy(2).toMillis();
        return "set local lock_timeout = %d; set local idle_in_transaction_session_timeout = %d".formatted(half, half);
    }

    /** Whether the connection prepares no statements, because of a pooler or a parameter of the URL. */
    static boolean isPooled(Connection connection) throws SQLException {
        return connection.isWrapperFor(PGConnection.class)
                && connection.unwrap(PGConnection.class).getPrepareThreshold() == 0;
    }

    /** Whether the server's process is not the one that was reported at the connect. */
    boolean hasOtherSession(Connection made, PGConnection driver) throws SQLException {
        try (var statement = made.createStatement();
                var row = statement.executeQuery("select pg_backend_pid()")) {
            return row.next() && row.getInt(1) != driver.getBackendPID();
        }
    }
}
