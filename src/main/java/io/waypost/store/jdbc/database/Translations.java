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
 * Tells what passes from what does not where Spring knows neither PostgreSQL's states nor H2's: a lock that is not given, a
 * database that can only be read, a missing right, a pooler that mixes up what is prepared.
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
