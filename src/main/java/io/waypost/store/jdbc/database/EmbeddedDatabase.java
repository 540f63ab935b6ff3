package io.waypost.store.jdbc.database;

import io.waypost.platform.Memory;
import io.waypost.platform.files.PrivateFiles;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
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
 * H2 in a file, as it has to be when the disk may be full. H2 closes a database for good when a write fails, and then
 * <ul>
 *   <li>it lets the commits of other transactions return as if nothing were wrong, though nothing of them is on disk. Here
 *       they fail.
 *   <li>all its connections are of no use any more, but say that they are. Here what is done with them fails as it does on
 *       a connection that broke, so that a pool lets go of them.
 *   <li>it stays closed for as long as anybody is connected. Here whoever wants a new connection then ends the old ones, and
 *       so the database is opened again, with all that was stored.
 * </ul>
 * And it goes on with a file that was deleted or replaced under it, where all that is written is gone at the end; what would
 * write fails here then, and no other file is opened in its place.
 */
final class EmbeddedDatabase extends DelegatingDataSource {

    private static final Logger log = LoggerFactory.getLogger(EmbeddedDatabase.class);

    /** The class of SQL states that tells every pool, and Spring, that the connection is the trouble. */
    private static final String CONNECTION_FAILURE = "08006";

    private final ReentrantLock lock = new ReentrantLock();
    private final Set<JdbcConnection> open = new HashSet<>();
    /** What the newest connections use. */
    private volatile @Nullable MVStore store;

    /** The file that was opened first; null where it cannot be told. */
    private volatile @Nullable FileIdentity file;

    private volatile @Nullable Throwable lastFailure;

    EmbeddedDatabase(String url) {
        var h2 = new JdbcDataSource();
        h2.setURL(url);
        h2.setUser("sa");
        setTargetDataSource(h2);
    }

    /**
     * The one that the pool makes its connections from, if it does. To be asked for each time: the pool knows what is below it
     * only once it has begun to connect.
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

    /** What the newest connections use; null if that has been closed, or nobody has connected yet. */
    @Nullable
    MVStore openStore() {
        var current = store;
        return current == null || current.isClosed() || current.getPanicException() != null ? null : current;
    }

    @Override
    public Connection getConnection() throws SQLException {
        lock.lock();
        try {
            verifyThere();
            var failure = closedBy();
            if (failure != null) {
                lastFailure = failure;
                endAll();
            }
            var connection = (JdbcConnection) super.getConnection();
            var opened = storeOf(connection);
            open.add(connection);
            if (opened != store) {
                lookAt(opened);
            }
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

    /** What made H2 close the database, though it may have been opened again since; null if nothing did. */
    @Nullable
    Throwable failure() {
        var now = closedBy();
        return now == null ? lastFailure : now;
    }

    /** To be called after something has been written: what was before that is over. */
    void forgetFailure() {
        lastFailure = null;
    }

    private @Nullable Throwable closedBy() {
        var current = store;
        var failure = current == null ? null : current.getPanicException();
        if (failure != null) {
            // H2 closes its file for it, and its own threads tell nobody.
            Memory.endIfGone(failure);
        }
        return failure;
    }

    /**
     * Whoever began something with an old connection after the database has been opened again would, in H2, take the new one
     * away from those who connect next.
     */
    private void endAll() {
        for (var connection : open) {
            try {
                connection.close();
            } catch (SQLException e) {
                log.debug("What was closed with the database says so once more", e);
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

    private void lookAt(MVStore opened) {
        var opens = opened.getFileStore();
        if (opens == null) {
            return;
        }
        try {
            var path = Path.of(opens.getFileName());
            if (file == null) {
                file = FileIdentity.of(path).orElse(null);
            }
            // H2 makes its file as wide as the process makes any.
            PrivateFiles.narrow(path);
        } catch (IOException e) {
            log.warn("{} may be readable for others: {}", opens.getFileName(), e.toString());
        }
    }

    /** What happened to the file that is open, and what to do; empty if it is where it was opened. */
    Optional<String> trouble() {
        var known = file;
        return known == null ? Optional.empty() : known.trouble();
    }

    private void verifyThere() throws SQLException {
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
                    verifyThere();
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
                    verifyThere();
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

        /** H2 notes what went wrong before it begins to close: what returned before that was noted has been written. */
        private void verifyStored() throws SQLException {
            var failure = uses.getPanicException();
            if (failure != null) {
                throw new SQLNonTransientConnectionException(
                        "The database could not be written to and was closed", CONNECTION_FAILURE, failure);
            }
        }
    }
}
