package io.waypost.store.jdbc;

import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.event.Event;
import io.waypost.platform.Ids;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** So many rows that it shows what a look at them costs; made by the database itself. */
final class ManyRows {

    /** Ten milliseconds, for what a clock and a scheduler add. */
    static final long MARGIN = 10_000_000;

    private static final String DIGITS = "(values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))";

    private ManyRows() {}

    /** A table with the numbers from 0 below ten to the given power, as {@code n.i}. */
    static String numbers(int power) {
        var from = new StringBuilder(DIGITS + " as a0 (i)");
        var number = new StringBuilder("a0.i");
        for (int i = 1; i < power; i++) {
            from.append(" cross join ").append(DIGITS).append(" as a%d (i)".formatted(i));
            number.append(" + a%d.i * %d".formatted(i, Math.round(Math.pow(10, i))));
        }
        return "(select %s as i from %s) n".formatted(number, from);
    }

    /** Inserts ten to the given power rows: open ones, due one microsecond after the other, or buffered ones. */
    static void deliveries(
            JdbcClient jdbc, long subscription, int power, long fromSeq, String status, @Nullable Instant firstDue) {
        jdbc.sql("""
                        insert into delivery (created_at, seq, subscription, tenant, status, attempts, used, fence,
                                              due_at, next_attempt_at, replay, %6$s)
                        select %2$d + n.i, %2$d + n.i, %3$d, 'acme', '%4$s', 0, 0, 1, %5$s, %5$s, false, %3$d
                          from %1$s
                        """.formatted(
                                numbers(power),
                                fromSeq,
                                subscription,
                                status,
                                firstDue == null ? "cast(null as bigint)" : Ids.micros(firstDue) + " + n.i",
                                status.equals("BUFFERED") ? "buffer" : "line"))
                .update();
    }

    /**
     * Inserts ten to the given power events of the tenant, numbered from {@code fromSeq} on, a millisecond after each other
     * from their number in milliseconds on; and of each a delivery that waits, to each of the subscriptions.
     */
    static void fannedOut(DataSource database, String tenant, int power, long fromSeq, int subscriptions, long from) {
        var jdbc = JdbcClient.create(database);
        events(database, tenant, Math.round(Math.pow(10, power)), fromSeq);
        jdbc.sql("""
                        insert into delivery (created_at, seq, subscription, tenant, status, attempts, used, fence, due_at,
                                              next_attempt_at, replay, line)
                        select (%2$d + n.i) * 1000, %2$d + n.i, s.no, :tenant, 'PENDING', 0, 0, 1, (%2$d + n.i) * 1000,
                               (%2$d + n.i) * 1000, false, s.no
                          from %1$s
                         cross join subscription s
                         where s.no >= %3$d
                           and s.no < %4$d
                        """.formatted(numbers(power), fromSeq, from, from + subscriptions))
                .param("tenant", tenant)
                .update();
    }

    /** As {@link #fannedOut}, but so many events, whose deliveries have succeeded at once and were written down by thousands. */
    static void ended(DataSource database, String tenant, int count, long fromSeq, int subscriptions, long from) {
        events(database, tenant, count, fromSeq);
        var blocks = new DeliveryBlocks(JdbcClient.create(database), new JdbcTemplate(database));
        var transaction = new TransactionTemplate(new JdbcTransactionManager(database));
        for (long seq = fromSeq; seq < fromSeq + count; seq++) {
            var at = Ids.instant(seq * 1000);
            var event = seq;
            var entries = LongStream.range(from, from + subscriptions)
                    .mapToObj(no -> new DeliveryKey(at, event, no))
                    .map(key -> new DeliveryBlock.Entry(
                            key,
                            tenant,
                            Status.SUCCEEDED,
                            1,
                            1,
                            1,
                            at,
                            false,
                            new Attempt(key, 1, at, 5, 200, null, null, "ok")))
                    .toList();
            transaction.executeWithoutResult(_ -> blocks.insert(entries));
        }
    }

    private static void events(DataSource database, String tenant, long count, long fromSeq) {
        insert(
                database,
                LongStream.range(fromSeq, fromSeq + count)
                        .mapToObj(seq -> new Event(
                                seq,
                                Ids.instant(seq * 1000),
                                tenant,
                                "order.created",
                                "/",
                                null,
                                null,
                                Instant.EPOCH,
                                false,
                                null,
                                "{}",
                                false))
                        .toList());
    }

    /** Stores events, which are in the order of the log, without a say of the log. */
    static void insert(DataSource database, List<Event> events) {
        new EventBlocks(JdbcClient.create(database), new JdbcTemplate(database))
                .insert(events.stream()
                        .map(event -> new EventBlock.Entry(event, null))
                        .toList());
    }

    /** Inserts ten to the given power subscriptions, numbered from 0 on. */
    static void subscriptions(JdbcClient jdbc, int power, String state) {
        jdbc.sql("""
                        insert into subscription (no, id, revision, tenant, connector, events, definition, config, secrets,
                                                  ordered, state, created_at, updated_at)
                        select n.i, 'sub_' || n.i, n.i, 'acme', 'webhook', '[]', '{}', '{}', '[]', false, '%s', 0, 0
                          from %s
                        """.formatted(state, numbers(power))).update();
    }

    /** The quickest of some looks, in nanoseconds: what else the machine does only ever slows one down. */
    static long quickest(Supplier<?> look) {
        return quickest(25, look);
    }

    /** The quickest of so many looks. */
    static long quickest(int looks, Supplier<?> look) {
        return IntStream.range(0, looks)
                .mapToLong(_ -> {
                    var begun = System.nanoTime();
                    look.get();
                    return System.nanoTime() - begun;
                })
                .min()
                .orElseThrow();
    }
}
