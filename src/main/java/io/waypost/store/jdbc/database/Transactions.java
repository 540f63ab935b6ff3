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

/** Ends transactions so that it shows why they failed. */
final class Transactions extends JdbcTransactionManager {

    private static final long serialVersionUID = 1;

    /** What bounds the waits of a transaction; null where the session has it for all of its transactions. */
    private final @Nullable String bounds;

    /** @param bounds statements for the begin of each transaction that may be in another session than the one before */
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

    /** On a connection that broke nothing is left to roll back; to fail at that would hide what it broke of. */
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
