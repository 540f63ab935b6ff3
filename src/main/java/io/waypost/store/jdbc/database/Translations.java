package io.waypost.store.jdbc.database;

import io.waypost.platform.storage.SqlFaults;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.PermissionDeniedDataAccessException;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.jdbc.support.SQLExceptionSubclassTranslator;
import org.springframework.jdbc.support.SQLExceptionTranslator;
import org.springframework.stereotype.Component;

/**
 * Translates SQL states of PostgreSQL and H2 that Spring does not classify as transient or not: a lock that was not
 * granted, a read-only database, a missing right, prepared statements mixed up by a pooler.
 */
@Component
final class Translations implements SQLExceptionTranslator {

    private final SQLExceptionTranslator others = new SQLExceptionSubclassTranslator();

    @Override
    public @Nullable DataAccessException translate(String task, @Nullable String sql, SQLException e) {
        var fault = SqlFaults.of(e.getSQLState());
        var message = "%s; %s".formatted(task, e.getMessage());
        return switch (fault) {
            case LOCKED -> new CannotAcquireLockException(message, e);
            case AWAY, READ_ONLY -> new DataAccessResourceFailureException(message, e);
            case POOLER -> new TransientDataAccessResourceException(message, e);
            case FORBIDDEN -> new PermissionDeniedDataAccessException(message, e);
            case UNSTORABLE, COLLIDED -> others.translate(task, sql, e);
            case null -> others.translate(task, sql, e);
        };
    }
}
