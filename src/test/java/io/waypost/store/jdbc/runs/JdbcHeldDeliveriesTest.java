package io.waypost.store.jdbc.runs;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.platform.Ids;
import io.waypost.store.jdbc.TestDatabases;
import io.waypost.subscription.Runs;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What a run lets out, on both databases. */
class JdbcHeldDeliveriesTest {

    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

    @Nested
    class OnH2 extends Contract {
        @Override
        DataSource database() {
            return TestDatabases.h2();
        }
    }

    @Nested
    class OnPostgres extends Contract {
        @Override
        DataSource database() {
            return TestDatabases.postgres();
        }
    }

    abstract static class Contract {

        private JdbcClient jdbc;
        private JdbcHeldDeliveries held;

        abstract DataSource database();

        @BeforeEach
        void open() {
            jdbc = JdbcClient.create(database());
            held = new JdbcHeldDeliveries(jdbc);
        }

        @Test
        void onlyWhatWaitsForNothingElseIsLetOutThoseWithTheFewestAttemptsFirst() {
            add(1, 7, 2, Runs.NOT_BY_ITSELF, NOON);
            add(2, 7, 0, Runs.NOT_BY_ITSELF, null);
            add(3, 7, 1, Runs.NOT_BY_ITSELF, NOON.plusSeconds(1));
            var claimed = NOON.plus(Duration.ofMinutes(2));
            add(4, 7, 0, claimed, null);
            add(5, 8, 0, Runs.NOT_BY_ITSELF, null);

            assertThat(held.subscriptions(0, 9)).containsExactly(7L, 8L);
            assertThat(held.release(7, NOON)).isEqualTo(2);

            assertThat(due()).containsExactly(2L, 1L);
            assertThat(held.release(7, NOON)).isZero();
            assertThat(jdbc.sql("select due_at from delivery where seq = 4")
                            .query(Long.class)
                            .single())
                    .isEqualTo(Ids.micros(claimed));
            assertThat(held.subscriptions(0, 9)).containsExactly(7L, 8L);
        }

        @Test
        void runsThatMeetLetEachOutOnce() {
            IntStream.range(0, 200).forEach(seq -> add(seq, 7, 0, Runs.NOT_BY_ITSELF, null));

            List<Future<Integer>> runs;
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                runs = IntStream.range(0, 6)
                        .mapToObj(_ -> threads.submit(() -> held.release(7, NOON)))
                        .toList();
            }

            assertThat(runs.stream().mapToInt(Future::resultNow).sum()).isEqualTo(200);
            assertThat(held.subscriptions(0, 9)).isEmpty();
        }

        @Test
        void theyAreFoundSomeAtATimeWithoutReadingWhatTheyHold() {
            for (long subscription = 1; subscription <= 5; subscription++) {
                for (long seq = 0; seq < 3; seq++) {
                    add(seq, subscription, 0, Runs.NOT_BY_ITSELF, null);
                }
            }
            add(7, 6, 0, NOON, null);

            assertThat(held.subscriptions(0, 2)).containsExactly(1L, 2L);
            assertThat(held.subscriptions(2, 2)).containsExactly(3L, 4L);
            assertThat(held.subscriptions(4, 2)).containsExactly(5L);
            assertThat(held.subscriptions(5, 2)).isEmpty();
        }

        private void add(long seq, long subscription, int attempts, Instant dueAt, @Nullable Instant next) {
            jdbc.sql("""
                            insert into delivery (created_at, seq, subscription, tenant, status, attempts, used, fence,
                                                  due_at, next_attempt_at, replay, line)
                            values (1, :seq, :subscription, 't1', 'PENDING', :attempts, :attempts, 1,
                                    :due, cast(:next as bigint), false, :subscription)
                            """)
                    .param("seq", seq)
                    .param("subscription", subscription)
                    .param("attempts", attempts)
                    .param("due", Ids.micros(dueAt))
                    .param("next", next == null ? null : Ids.micros(next))
                    .update();
        }

        private List<Long> due() {
            return jdbc.sql("select seq from delivery where due_at <= :soon order by due_at")
                    .param("soon", Ids.micros(NOON.plusMillis(1)))
                    .query(Long.class)
                    .list();
        }
    }
}
