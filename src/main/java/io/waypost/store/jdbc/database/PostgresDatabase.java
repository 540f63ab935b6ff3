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
 * PostgreSQL, where neither side waits for ever for the other, straight or behind a pooler that gives each transaction
 * another session (PgBouncer). Such a pooler makes up the process number that it tells at the connect, which shows it:
 * <ul>
 *   <li>statements are then not prepared on the server, for they would be looked for in another session;
 *   <li>what bounds a wait is set in each transaction, since it would be lost with the session, or stay there for others.
 * </ul>
 */
class PostgresDatabase extends DelegatingDataSource {

    private static final Logger log = LoggerFactory.getLogger(PostgresDatabase.class);

    private final String ofASession;

    /** Before the first one a failure is told by the start that ends with it. */
    private volatile boolean anyMade;

    private final AtomicBoolean told = new AtomicBoolean();
    private final Fault fault = new Fault(
            log, "No further connection to PostgreSQL can be made", "Connections to PostgreSQL can be made again");

    /**
     * @param connect how long a connection may take to be made
     * @throws IllegalArgumentException if the URL is none; its message repeats it
     */
    PostgresDatabase(WaypostProperties.Db settings, Duration connect) {
        var half = settings.timeout().dividedBy(2).toMillis();
        ofASession = "set lock_timeout = %d; set idle_in_transaction_session_timeout = %d".formatted(half, half);
        var driver = new PGSimpleDataSource();
        // First, so that what stands in the URL counts.
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
            if (anyMade) {
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
        anyMade = true;
        fault.over();
        return made;
    }

    private void setUp(Connection made) throws SQLException {
        var driver = made.unwrap(PGConnection.class);
        if (hasOtherSession(made, driver)) {
            if (told.compareAndSet(false, true)) {
                log.info(
                        "There is a pooler before PostgreSQL: statements are not prepared there, and time limits are set in"
                                + " each transaction");
            }
            driver.setPrepareThreshold(0);
        } else {
            try (var statement = made.createStatement()) {
                statement.execute(ofASession);
            }
        }
    }

    /** What is to be set at the begin of a transaction for the same bounds as a session has. */
    static String boundsOfATransaction(Duration timeout) {
        var half = timeout.dividedBy(2).toMillis();
        return "set local lock_timeout = %d; set local idle_in_transaction_session_timeout = %d".formatted(half, half);
    }

    /** Whether the connection prepares nothing, for the reason above or because the URL says so. */
    static boolean isPooled(Connection connection) throws SQLException {
        return connection.isWrapperFor(PGConnection.class)
                && connection.unwrap(PGConnection.class).getPrepareThreshold() == 0;
    }

    /** Whether the server's process is another than it was said to be. */
    boolean hasOtherSession(Connection made, PGConnection driver) throws SQLException {
        try (var statement = made.createStatement();
                var row = statement.executeQuery("select pg_backend_pid()")) {
            return row.next() && row.getInt(1) != driver.getBackendPID();
        }
    }
}
