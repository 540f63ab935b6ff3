package io.waypost.store.jdbc.node;

import io.waypost.platform.node.NodeStore;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The nodes' signs of life, as rows. */
@Repository
public class JdbcNodeStore implements NodeStore {

    private final JdbcClient jdbc;

    JdbcNodeStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public void beat(String id) {
        var known = jdbc.sql("""
                        update node
                           set seen_at = cast(extract(epoch from current_timestamp) * 1000000 as bigint)
                         where id = :id
                        """).param("id", id).update();
        if (known == 0) {
            join(id);
        }
    }

    private void join(String id) {
        // Of those that were killed nobody else takes the rows away.
        jdbc.sql("""
                        delete from node
                         where seen_at < cast(extract(epoch from current_timestamp) * 1000000 as bigint) - 86400000000
                        """).update();
        jdbc.sql("""
                        insert into node (id, started_at, seen_at, sealing)
                        values (:id,
                                cast(extract(epoch from current_timestamp) * 1000000 as bigint),
                                cast(extract(epoch from current_timestamp) * 1000000 as bigint),
                                '')
                        """).param("id", id).update();
    }

    @Override
    public Set<String> living(Duration silence) {
        return jdbc.sql("""
                        select id
                          from node
                         where seen_at > cast(extract(epoch from current_timestamp) * 1000000 as bigint) - :silence
                        """)
                .param("silence", silence.dividedBy(ChronoUnit.MICROS.getDuration()))
                .query(String.class)
                .set();
    }

    @Override
    public void leave(String id) {
        jdbc.sql("delete from node where id = :id").param("id", id).update();
    }
}
