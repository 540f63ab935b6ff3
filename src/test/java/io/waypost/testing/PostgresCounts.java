package io.waypost.testing;

import javax.sql.DataSource;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * What PostgreSQL has done for a database, by its own statistics. Its connections tell them within a second or so, when they
 * are used. The server has to preload {@code pg_stat_statements}.
 *
 * @param commits of transactions and of statements outside of any
 * @param transactions that were committed
 * @param statements without begins and ends of transactions
 * @param syncs of the write-ahead log, of the whole server
 * @param walBytes written to it, of the whole server
 * @param appends transactions that appended to the event log
 * @param events appended
 * @param blocksRead back from the log, with their events
 */
public record PostgresCounts(
        long commits,
        long transactions,
        long statements,
        long syncs,
        long walBytes,
        long appends,
        long events,
        long blocksRead) {

    /** To be called once before any. */
    public static void prepare(DataSource database) {
        JdbcClient.create(database)
                .sql("create extension if not exists pg_stat_statements")
                .update();
    }

    public static PostgresCounts of(DataSource database) {
        return JdbcClient.create(database)
                .sql("""
                        select (select xact_commit from pg_stat_database where datname = current_database()),
                               s.transactions, s.statements, w.wal_sync, w.wal_bytes, s.appends, h.last_seq, s.blocks_read
                          from pg_stat_wal w, log_head h,
                               (select coalesce(sum(calls) filter (where query = 'COMMIT'), 0),
                                       coalesce(sum(calls) filter (where query not in ('BEGIN', 'COMMIT', 'ROLLBACK')), 0),
                                       coalesce(sum(calls) filter (where query like 'update log_head %'), 0),
                                       coalesce(sum(rows) filter (where query like 'select b.first_seq, %b.data%'), 0)
                                  from pg_stat_statements
                                 where dbid = (select oid from pg_database where datname = current_database())
                               ) s (transactions, statements, appends, blocks_read)
                        """)
                .query((row, _) -> new PostgresCounts(
                        row.getLong(1),
                        row.getLong(2),
                        row.getLong(3),
                        row.getLong(4),
                        row.getLong(5),
                        row.getLong(6),
                        row.getLong(7),
                        row.getLong(8)))
                .single();
    }

    public PostgresCounts minus(PostgresCounts before) {
        return new PostgresCounts(
                commits - before.commits,
                transactions - before.transactions,
                statements - before.statements,
                syncs - before.syncs,
                walBytes - before.walBytes,
                appends - before.appends,
                events - before.events,
                blocksRead - before.blocksRead);
    }
}
