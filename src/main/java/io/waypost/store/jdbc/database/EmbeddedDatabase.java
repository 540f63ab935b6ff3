package io.waypost.store.jdbc.database;

import io.waypost.platform.Memory;
import io.waypost.platform.files.PrivateFiles;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.h2.engine.SessionLocal;
import org.h2.jdbc.JdbcConnection;
import org.h2.jdbcx.JdbcDataSource;
import org.h2.mvstore.MVStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * H2 in a file, made safe for a full disk. H2 closes a database for good when a write fails, and then
 * <ul>
 *   <li>the commits of other transactions return normally, though nothing of them is on disk. Here they fail.
 *   <li>its connections are unusable but report themselves as valid. Here calls on them fail like those on a broken
 *       connection, so that the pool removes them.
 *   <li>it stays closed as long as there are connections. Here the next request for a connection closes the old ones, so
 *       that the database is opened again, with everything that was stored.
 * </ul>
 * H2 also goes on writing to a file that was deleted or replaced while open, which would be lost at the end of the process.
 * Here commits fail then, and no other file is opened in its place.
 *
 * <p>H2 silently opens an older version when it finds the newest one damaged. {@link FailStopFile} prevents what is known to
 * lead to that. If it happens all the same, nothing is written to the file, which lacks something that was stored.
 */
final class EmbeddedDatabase extends DelegatingDataSource {

    private static final Logger log = LoggerFactory.getLogger(EmbeddedDatabase.class);

    /** An SQL state that pools and Spring take for a broken connection. */
    private static final String CONNECTION_FAILURE = "08006";

    private final ReentrantLock lock = new ReentrantLock();
    private final Set<JdbcConnection> open = new HashSet<>();
    /** The store that the newest connections use. */
    private volatile @Nullable MVStore store;

    /** The file that was opened first; null if it is not known. */
    private volatile @Nullable FileIdentity file;

    private volatile @Nullable Throwable lastFailure;

    /** The newest version of the store that is certainly on the disk. Versions go on when the file is opened again. */
    private final AtomicLong stored = new AtomicLong();

    /** Set once the file was opened without something that had been stored: what happened, and what to do. */
    private volatile @Nullable String lost;

    EmbeddedDatabase(String url) {
        var h2 = new JdbcDataSource();
        h2.setURL(url);
        h2.setUser("sa");
        setTargetDataSource(h2);
    }

    /**
     * The embedded database behind the pool, if there is one. To be called each time it is needed, because the pool knows
     * its data source only after it has begun to connect.
     */
    static Optional<EmbeddedDatabase> below(DataSource pool) {
        try {
            return pool.isWrapperFor(EmbeddedDatabase.class)
                    ? Optional.of(pool.unwrap(EmbeddedDatabase.class))
                    : Optional.empty();
        } catch (SQLException e) {
            throw new DataAccessResourceFailureException("The pool of connections does not say what it is of", e);
        }
    }

    /** The store that the newest connections use; null if it has been closed, or there has been no connection yet. */
    @Nullable
    MVStore openStore() {
        var current = store;
        return current == null || current.isClosed() || current.getPanicException() != null ? null : current;
    }

    @Override
    public Connection getConnection() throws SQLException {
        lock.lock();
        try {
            verifyFileInPlace();
            var failure = closedBy();
            if (failure != null) {
                lastFailure = failure;
                closeAll();
            }
            var connection = (JdbcConnection) super.getConnection();
            var opened = storeOf(connection);
            if (opened != store) {
                verifyKept(connection, opened);
                rememberFile(opened);
                FailStopFile.stopWith(opened);
            }
            open.add(connection);
            store = opened;
            return (Connection) proxy(Connection.class, new Guarded(connection, opened));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Connection getConnection(String user, String password) {
        throw new UnsupportedOperationException("the embedded database has one user");
    }

    /** The failure that made H2 close the database, even if it has been opened again since; null if there was none. */
    @Nullable
    Throwable failure() {
        var now = closedBy();
        return now == null ? lastFailure : now;
    }

    /** To be called after a successful write, which ends the failure. */
    void forgetFailure() {
        lastFailure = null;
    }

    private @Nullable Throwable closedBy() {
        var current = store;
        var failure = current == null ? null : current.getPanicException();
        if (failure != null) {
            // H2 closes its file on an OutOfMemoryError too, and its own threads do not report it.
            Memory.endIfGone(failure);
        }
        return failure;
    }

    /**
     * Closes all old connections. In H2, a statement on an old connection after the database has been opened again would
     * close it for the new connections.
     */
    private void closeAll() {
        for (var connection : open) {
            try {
                connection.close();
            } catch (SQLException e) {
                log.debug("A connection of the closed database failed to close", e);
            }
        }
        open.clear();
    }

    private void closed(JdbcConnection connection) {
        lock.lock();
        try {
            open.remove(connection);
        } finally {
            lock.unlock();
        }
    }

    private static MVStore storeOf(JdbcConnection connection) {
        return ((SessionLocal) connection.getSession()).getDatabase().getStore().getMvStore();
    }

    private void rememberFile(MVStore opened) {
        var opens = opened.getFileStore();
        if (opens == null) {
            return;
        }
        try {
            var path = FailStopFile.pathOf(opens);
            if (file == null) {
                file = FileIdentity.of(path).orElse(null);
            }
            // H2 creates its file with the default permissions of the process.
            PrivateFiles.narrow(path);
        } catch (IOException e) {
            log.warn("{} may be readable for others: {}", opens.getFileName(), e.toString());
        }
    }

    /**
     * Refuses a file that lacks a version that was stored. The file is closed as it is: what is missing may still be found in
     * it, but not after H2 has written to it, or has closed it in its usual way.
     */
    private void verifyKept(JdbcConnection connection, MVStore opened) throws SQLException {
        var opens = opened.getFileStore();
        if (opens == null || opens.lastChunkVersion() >= stored.get()) {
            return;
        }
        var text =
                ("The database file %s was opened again without all that had been stored in it: up to version %d, and it"
                                + " had been %d. Nothing is written to it any more. Stop Waypost, keep a copy of the file, put the"
                                + " newest backup in its place, and start it")
                        .formatted(FailStopFile.pathOf(opens), opens.lastChunkVersion(), stored.get());
        lost = text;
        log.error(text);
        opened.closeImmediately();
        try {
            connection.close();
        } catch (SQLException e) {
            log.debug("A connection of the closed database failed to close", e);
        }
        throw new SQLNonTransientConnectionException(text, CONNECTION_FAILURE);
    }

    /** A description of what happened to the open file, and what to do; empty if nothing did. */
    Optional<String> trouble() {
        var known = file;
        var missing = Optional.ofNullable(lost);
        return missing.isPresent() || known == null ? missing : known.trouble();
    }

    private void verifyFileInPlace() throws SQLException {
        var trouble = trouble();
        if (trouble.isPresent()) {
            throw new SQLNonTransientConnectionException(trouble.get(), CONNECTION_FAILURE);
        }
    }

    private static Object proxy(Class<?> type, InvocationHandler handler) {
        return Proxy.newProxyInstance(EmbeddedDatabase.class.getClassLoader(), new Class<?>[] {type}, handler);
    }

    private final class Guarded implements InvocationHandler {

        private final JdbcConnection connection;
        private final MVStore uses;

        Guarded(JdbcConnection connection, MVStore uses) {
            this.connection = connection;
            this.uses = uses;
        }

        @Override
        public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
            if (method.getName().equals("close")) {
                try {
                    return call(connection, method, arguments);
                } finally {
                    closed(connection);
                }
            }
            var result = call(connection, method, arguments);
            switch (method.getName()) {
                case "commit", "setAutoCommit" -> {
                    verifyStored();
                    verifyFileInPlace();
                }
                case "isValid" -> {
                    return Boolean.TRUE.equals(result) && uses.getPanicException() == null;
                }
                default -> {
                    if (result instanceof Statement statement) {
                        return proxy(method.getReturnType(), (_, of, with) -> execute(statement, of, with));
                    }
                }
            }
            return result;
        }

        private @Nullable Object execute(Statement statement, Method method, Object @Nullable [] arguments)
                throws Throwable {
            var result = call(statement, method, arguments);
            if (method.getName().startsWith("execute") && connection.getAutoCommit()) {
                verifyStored();
                if (!method.getName().equals("executeQuery")) {
                    verifyFileInPlace();
                }
            }
            return result;
        }

        private @Nullable Object call(Object target, Method method, Object @Nullable [] arguments) throws Throwable {
            try {
                return method.invoke(target, arguments);
            } catch (InvocationTargetException e) {
                Memory.endIfGone(e);
                if (e.getCause() instanceof SQLException failed) {
                    verifyStored();
                    throw failed;
                }
                throw e.getCause();
            }
        }

        /** H2 sets the failure before it begins to close, so a commit that returns before it is set has been written. */
        private void verifyStored() throws SQLException {
            var failure = uses.getPanicException();
            if (failure != null) {
                throw new SQLNonTransientConnectionException(
                        "The database could not be written to and was closed", CONNECTION_FAILURE, failure);
            }
            var opens = uses.getFileStore();
            if (opens != null) {
                // The newest one may be another's that is being written at this moment.
                stored.accumulateAndGet(opens.lastChunkVersion() - 1, Math::max);
            }
        }
    }
}
