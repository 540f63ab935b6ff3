package io.waypost.store.jdbc;

import io.waypost.platform.Ids;
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
        return IntStream.range(0, 25)
                .mapToLong(_ -> {
                    var begun = System.nanoTime();
                    look.get();
                    return System.nanoTime() - begun;
                })
                .min()
                .orElseThrow();
    }
}
