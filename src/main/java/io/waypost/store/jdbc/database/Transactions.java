package io.waypost.store.jdbc.database;

import java.sql.SQLException;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.JdbcTransactionObjectSupport;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;

/** Ends transactions so that it shows why they failed. */
final class Transactions extends JdbcTransactionManager {

    private static final long serialVersionUID = 1;

    Transactions(DataSource dataSource) {
        super(dataSource);
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
