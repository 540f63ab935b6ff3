package io.waypost;

import io.waypost.platform.CannotStart;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.core.env.Environment;

/** Says why the process cannot start, and what to do about it, in place of a stack trace. */
final class StartFailures implements FailureAnalyzer {

    /** H2: another process has the file open. */
    private static final int IN_USE = 90020;

    private final Environment settings;

    StartFailures(Environment settings) {
        this.settings = settings;
    }

    @Override
    public @Nullable FailureAnalysis analyze(Throwable failure) {
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof CannotStart known) {
                return new FailureAnalysis(known.problem() + ".", known.remedy(), failure);
            }
            if (cause instanceof SQLException e && e.getErrorCode() == IN_USE) {
                return inUse(failure);
            }
            if (cause instanceof SQLException e && isAway(e)) {
                return away(e, failure);
            }
        }
        return null;
    }

    private FailureAnalysis inUse(Throwable failure) {
        return new FailureAnalysis(
                "The data directory " + settings.getProperty("waypost.data-dir") + " is in use by another process.",
                "Stop that one first, or give this one a directory of its own (WAYPOST_DATA_DIR). For several nodes at once,"
                        + " use PostgreSQL (WAYPOST_DB_URL).",
                failure);
    }

    /** No connection, no right to connect, no such database. */
    private static boolean isAway(SQLException e) {
        var state = String.valueOf(e.getSQLState());
        return state.startsWith("08") || state.startsWith("28") || state.startsWith("3D") || state.startsWith("57P");
    }

    private static FailureAnalysis away(SQLException e, Throwable failure) {
        return new FailureAnalysis(
                "The database cannot be used: " + e.getMessage(),
                "Check WAYPOST_DB_URL, WAYPOST_DB_USER and WAYPOST_DB_PASSWORD, and that the database is up.",
                failure);
    }
}
