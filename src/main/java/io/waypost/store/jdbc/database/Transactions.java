package io.waypost.store.jdbc.database;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.datasource.JdbcTransactionObjectSupport;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.jdbc.support.SQLExceptionTranslator;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.DefaultTransactionStatus;

/**
 * Sets the bounds of waits in transactions behind a pooler, and keeps the cause of a failure when a rollback is not
 * possible.
 */
final class Transactions extends JdbcTransactionManager {

    private static final long serialVersionUID = 1;

    /** Statements that bound the waits of a transaction; null if the session has the bounds. */
    private final @Nullable String bounds;

    /** @param bounds statements for the beginning of each transaction on a connection behind a pooler; null: none */
    Transactions(DataSource dataSource, SQLExceptionTranslator translations, @Nullable String bounds) {
        super(dataSource);
        setExceptionTranslator(translations);
        this.bounds = bounds;
    }

    @Override
    protected void prepareTransactionalConnection(Connection connection, TransactionDefinition definition)
            throws SQLException {
        super.prepareTransactionalConnection(connection, definition);
        if (bounds != null && PostgresDatabase.isPooled(connection)) {
            try (var statement = connection.createStatement()) {
                statement.execute(bounds);
            }
        }
    }

    /** Does not roll back on a broken connection: it would fail, and hide the cause. */
    @Override
    protected void doRollback(DefaultTransactionStatus status) {
        var transaction = (JdbcTransactionObjectSupport) status.getTransaction();
        try {
            if (!transaction.getConnectionHolder().getConnection().isClosed()) {
                super.doRollback(status);
            }
        } catch (SQLException e) {
            throw translateException("JDBC rollback", e);
        }
    }
}
