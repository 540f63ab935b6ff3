package io.waypost.store.jdbc.database;

import io.waypost.platform.Ids;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What the database stores about itself: its id, the end of its log, and the release that last changed its tables. */
final class Installation {

    private Installation() {}

    /** The mark of the database's current state; empty while it has no id. */
    static Optional<Mark> mark(JdbcClient jdbc, Instant now) {
        return jdbc.sql("""
                        select i.database_id, h.last_seq
                          from installation i
                          join log_head h on h.id = i.id
                         where i.id = 1
                           and i.database_id is not null
                        """)
                .query((row, _) -> new Mark(row.getString(1), row.getLong(2), now))
                .optional();
    }

    /** The highest sequence number in the log. */
    static long lastSeq(JdbcClient jdbc) {
        return jdbc.sql("select last_seq from log_head where id = 1")
                .query(Long.class)
                .single();
    }

    /** Gives the database an id if it has none. If several nodes do so at once, one succeeds. */
    static void name(JdbcClient jdbc, Instant now) {
        jdbc.sql("update installation set database_id = :id where id = 1 and database_id is null")
                .param("id", Ids.next("db", now))
                .update();
    }

    /** Stores the release that is needed for the tables as they are now. */
    static void migratedBy(JdbcClient jdbc, String release) {
        jdbc.sql("update installation set migrated_by = :release where id = 1")
                .param("release", release)
                .update();
    }

    /** The release that is needed for the tables as they are; null if it is not stored. */
    static @Nullable String migratedBy(JdbcClient jdbc) {
        return jdbc.sql("select migrated_by from installation where id = 1")
                .query((row, _) -> Optional.ofNullable(row.getString(1)))
                .optional()
                .flatMap(found -> found)
                .orElse(null);
    }
}
