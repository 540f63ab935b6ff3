package io.waypost.store.jdbc.database;

import javax.sql.DataSource;

/**
 * Brings what an older release has stored into the tables of this one, after the migrations have made them. Not a migration,
 * because it takes many transactions: what is stopped or fails on the way goes on with the next start.
 */
public interface DataMove {

    /**
     * Returns when nothing is left to move; several nodes may do it at once.
     *
     * @throws org.springframework.dao.DataAccessException if it could not be done; what has been moved so far stays so
     */
    void move(DataSource database);
}
