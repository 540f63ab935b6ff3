package io.waypost.store.jdbc;

import io.waypost.platform.Ids;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

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

    /** Inserts ten to the given power rows, due one microsecond after the other, or not at all. */
    static void deliveries(
            JdbcClient jdbc,
            long subscription,
            int power,
            long fromSeq,
            String status,
            @Nullable Long line,
            @Nullable Instant firstDue) {
        jdbc.sql("""
                        insert into delivery (created_at, seq, subscription, tenant, status, attempts, used, fence,
                                              due_at, next_attempt_at, replay, line)
                        select %2$d + n.i, %2$d + n.i, %3$d, 'acme', '%4$s', 0, 0, 1, %5$s, %5$s, false, %6$s
                          from %1$s
                        """.formatted(
                                numbers(power),
                                fromSeq,
                                subscription,
                                status,
                                firstDue == null ? "cast(null as bigint)" : Ids.micros(firstDue) + " + n.i",
                                line == null ? "cast(null as bigint)" : line))
                .update();
    }

    /**
     * Inserts ten to the given power events of the tenant, numbered from {@code fromSeq} on, a millisecond after each other
     * from their number in milliseconds on; and of each a delivery that waits, to each of the subscriptions.
     */
    static void fannedOut(JdbcClient jdbc, String tenant, int power, long fromSeq, int subscriptions, long from) {
        jdbc.sql("""
                        insert into event (seq, received_at, tenant, type, source, occurred_at, test, data, base64)
                        select %2$d + n.i, (%2$d + n.i) * 1000, :tenant, 'order.created', '/', 0, false, :data, false
                          from %1$s
                        """.formatted(numbers(power), fromSeq))
                .param("tenant", tenant)
                .param("data", "{}".getBytes(StandardCharsets.UTF_8))
                .update();
        jdbc.sql("""
                        insert into delivery (created_at, seq, subscription, tenant, status, attempts, used, fence, due_at,
                                              next_attempt_at, replay, line)
                        select e.received_at, e.seq, s.no, e.tenant, 'PENDING', 0, 0, 1, e.received_at, e.received_at,
                               false, s.no
                          from event e
                         cross join subscription s
                         where e.seq >= %d
                           and s.no >= %d
                           and s.no < %d
                        """.formatted(fromSeq, from, from + subscriptions)).update();
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
