package io.waypost.connector.sql;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A database and who we are to it.
 *
 * @param limit over the whole of an attempt; what waits for the server gives up then
 */
record Database(
        JdbcUrl url, @Nullable String username, @Nullable String password, Duration limit) {

    /** Whole seconds, at least one: drivers know nothing smaller. */
    int seconds() {
        return Math.toIntExact(Math.max(1, limit.plusMillis(999).toSeconds()));
    }
}
