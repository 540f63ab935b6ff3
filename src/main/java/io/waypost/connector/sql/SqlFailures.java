package io.waypost.connector.sql;

import io.waypost.connector.Failure;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Gone;
import io.waypost.connector.Outcome.Rejected;
import io.waypost.connector.pool.Failures;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.util.Objects;
import java.util.Set;

/**
 * What a database's refusal means, by its SQLSTATE.
 *
 * @see <a href="https://www.postgresql.org/docs/17/errcodes-appendix.html">PostgreSQL, error codes</a>
 */
final class SqlFailures {

    private static final Set<Integer> MYSQL_DUPLICATE = Set.of(1062, 1586);

    private SqlFailures() {}

    static Outcome of(Exception e) {
        for (var cause : Failures.causes(e)) {
            if (cause instanceof SQLException refused && refused.getSQLState() != null) {
                return of(refused, e);
            }
        }
        return Failures.of(e);
    }

    /** Whether a row of the same key is there already. */
    static boolean isDuplicate(SQLException e) {
        var state = Objects.requireNonNullElse(e.getSQLState(), "");
        return state.equals("23505") || (state.equals("23000") && MYSQL_DUPLICATE.contains(e.getErrorCode()));
    }

    private static Outcome of(SQLException refused, Exception whole) {
        var state = Objects.requireNonNullElse(refused.getSQLState(), "");
        var detail = "%s (SQLSTATE %s)".formatted(Failures.message(refused), state);
        if (refused instanceof SQLTimeoutException || state.equals("57014") || state.equals("70100")) {
            return new Failed(Failure.TIMEOUT, detail);
        }
        return switch (state.length() < 2 ? "" : state.substring(0, 2)) {
            case "08" -> connecting(whole, detail);
            case "28" -> new Gone(Failure.RESPONSE_REJECTED, "the database refuses the login: " + detail, null, null);
            case "22", "23" -> new Rejected(Failure.RESPONSE_REJECTED, detail, null, null);
            case "90" -> connecting(whole, detail);
            default -> new Failed(Failure.RESPONSE_REJECTED, detail);
        };
    }

    private static Outcome connecting(Exception e, String detail) {
        var known = Failures.of(e);
        return known.failure() == Failure.CONNECTOR_FAILED ? new Failed(Failure.CONNECTOR_FAILED, detail) : known;
    }
}
