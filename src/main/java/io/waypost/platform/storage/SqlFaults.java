package io.waypost.platform.storage;

import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.RecoverableDataAccessException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.transaction.TransactionException;

/** What an error of the database means to those who wait for it: the one place that knows the SQL states. */
public enum SqlFaults {

    /** It cannot be reached, has no room or no connections, or was told to shut down. */
    AWAY("08", "53", "57P", "58", "25P03", "90007", "90028", "90031", "90067", "90098", "90121"),

    /** It can be read only, as a standby is. */
    READ_ONLY("25006", "90097"),

    /** Somebody else holds what is to be changed, and has for too long. */
    LOCKED("55P03", "HYT00", "57014"),

    /** Two waited for each other, or changed the same at once. */
    COLLIDED("40", "90131"),

    /** A pooler between has given the connection to somebody else, with what was prepared on it. */
    POOLER("26000", "42P05"),

    /** The user may not do it. */
    FORBIDDEN("42501", "90096"),

    /** A text holds the character NUL, or another that the database cannot hold. */
    UNSTORABLE("22021", "22P05");

    private final List<String> beginnings;

    SqlFaults(String... beginnings) {
        this.beginnings = List.of(beginnings);
    }

    /** What the SQL state means, by its beginning; null if it is none of these. */
    public static @Nullable SqlFaults of(@Nullable String state) {
        if (state != null) {
            for (var fault : values()) {
                if (fault.beginnings.stream().anyMatch(state::startsWith)) {
                    return fault;
                }
            }
        }
        return null;
    }

    /** What the error, or what it comes from, means; null if it is none of these. */
    public static @Nullable SqlFaults of(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            var fault = cause instanceof SQLException sql ? of(sql.getSQLState()) : null;
            if (fault != null) {
                return fault;
            }
        }
        return null;
    }

    /** Whether the same may work later, without anybody changing what was asked for. */
    public static boolean passes(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof DataAccessResourceFailureException
                    || cause instanceof TransientDataAccessException
                    || cause instanceof RecoverableDataAccessException
                    || cause instanceof TransactionException
                    || cause instanceof SQLTransientException
                    || cause instanceof SQLTimeoutException
                    || cause instanceof SQLRecoverableException) {
                return true;
            }
        }
        var fault = of(e);
        return fault != null && fault != FORBIDDEN && fault != UNSTORABLE;
    }
}
