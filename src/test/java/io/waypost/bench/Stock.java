package io.waypost.bench;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;

/** Fills the database of a gateway that is not running, by copying rows that a running one has made. */
final class Stock implements AutoCloseable {

    /** Rows in one transaction: a large one lives in memory. */
    private static final int CHUNK = 10_000;

    private final java.sql.Connection connection;

    Stock(Path data) {
        try {
            connection = DriverManager.getConnection("jdbc:h2:file:" + data.resolve("waypost"), "sa", "");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** So many more subscriptions, as the first one, each to a type of its own. */
    void subscriptions(int count) {
        run("""
                insert into subscription (id, revision, tenant, connector, events, definition, config, secrets, ordered,
                                          state, created_at, updated_at)
                select 'sub_of_the_stock_' || m.n || '_' || x, s.revision, s.tenant, s.connector,
                       '["stock.' || m.n || '.' || x || '"]', s.definition, s.config, s.secrets, s.ordered,
                       s.state, s.created_at, s.updated_at
                  from subscription s, (select max(no) n from subscription) m, system_range(1, %d)
                 where s.no = (select min(no) from subscription)
                """.formatted(count));
    }

    /** So many more events with a delivery each, as the last one that was delivered. */
    void deliveries(int count) {
        run("set @model = select max(seq) from delivery");
        run("set @last = select last_seq from log_head");
        for (int done = 0; done < count; done += CHUNK) {
            var range = "system_range(%d, %d)".formatted(done + 1, Math.min(count, done + CHUNK));
            run("""
                    insert into event (seq, received_at, tenant, type, source, occurred_at, test, data, base64)
                    select @last + x, e.received_at, e.tenant, e.type, e.source, e.occurred_at, e.test, e.data, e.base64
                      from event e, %s
                     where e.seq = @model
                    """.formatted(range));
            run("""
                    insert into delivery (created_at, seq, subscription, tenant, status, attempts, used, fence, finished_at,
                                          replay, first_at, first_ms, first_status)
                    select d.created_at, @last + x, d.subscription, d.tenant, d.status, 1, 1, 1, d.finished_at, false,
                           d.first_at, d.first_ms, d.first_status
                      from delivery d, %s
                     where d.seq = @model
                    """.formatted(range));
        }
        run("update log_head set last_seq = last_seq + " + count);
        run("update log_claim set claimed_seq = (select last_seq from log_head)");
    }

    private void run(String sql) {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
