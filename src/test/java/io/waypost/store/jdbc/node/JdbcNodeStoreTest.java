package io.waypost.store.jdbc.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.platform.Ids;
import io.waypost.platform.node.NodeStore;
import io.waypost.store.jdbc.TestDatabases;
import io.waypost.subscription.Runs;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.jdbc.core.simple.JdbcClient;

class JdbcNodeStoreTest {

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

    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    abstract static class Contract {

        /** Longer than any pause of the machine. */
        private static final Duration SILENCE = Duration.ofHours(1);

        private JdbcClient jdbc;
        private NodeStore store;

        abstract DataSource database();

        @BeforeAll
        void open() {
            jdbc = JdbcClient.create(database());
            store = new JdbcNodeStore(jdbc, Clock.systemUTC());
        }

        @BeforeEach
        void empty() {
            jdbc.sql("delete from node").update();
        }

        /** As if it had last been heard of that much earlier. */
        private void age(String id, Duration by) {
            jdbc.sql("update node set started_at = started_at - :by, seen_at = seen_at - :by where id = :id")
                    .param("by", by.dividedBy(ChronoUnit.MICROS.getDuration()))
                    .param("id", id)
                    .update();
        }

        private long startedAt(String id) {
            return jdbc.sql("select started_at from node where id = :id")
                    .param("id", id)
                    .query(Long.class)
                    .single();
        }

        private void claimed(long seq, Instant due, Instant next, @Nullable String by) {
            jdbc.sql("""
                            insert into delivery (created_at, seq, subscription, tenant, status, attempts, used, fence,
                                                  due_at, next_attempt_at, replay, claimed_by)
                            values (1, :seq, 1, 'acme', 'RETRYING', 1, 1, 1, :due, :next, false, :by)
                            """)
                    .param("seq", seq)
                    .param("due", Ids.micros(due))
                    .param("next", Ids.micros(next))
                    .param("by", by)
                    .update();
        }

        private Instant due(long seq) {
            return Ids.instant(jdbc.sql("select due_at from delivery where seq = :seq")
                    .param("seq", seq)
                    .query(Long.class)
                    .single());
        }

        @Test
        void whatTheDeadHaveClaimedIsDueWhenItsAttemptIsPlannedAndNothingElseChanges() {
            var now = Instant.now().truncatedTo(ChronoUnit.MICROS);
            var later = now.plusSeconds(90);
            claimed(1, later, now, "dead");
            claimed(2, later, now.plusSeconds(5), "dead");
            claimed(3, later, now, "here");
            claimed(4, later, later, null);
            claimed(5, Runs.NOT_BY_ITSELF, later, "dead");
            for (var by : List.of("dead", "here")) {
                jdbc.sql("""
                                insert into log_segment (first_seq, last_seq, fence, lease_end, claimed_by)
                                values (:first, :first, 1, 99, :by)
                                """)
                        .param("first", by.equals("dead") ? 1 : 2)
                        .param("by", by)
                        .update();
            }

            assertThat(store.release(Set.of("here", "there"))).isEqualTo(3);

            assertThat(List.of(due(1), due(2), due(3), due(4), due(5)))
                    .containsExactly(now, now.plusSeconds(5), later, later, Runs.NOT_BY_ITSELF);
            assertThat(jdbc.sql("select lease_end from log_segment order by first_seq")
                            .query(Long.class)
                            .list())
                    .containsExactly(0L, 99L);
            assertThat(store.release(Set.of("here", "there"))).isZero();
        }

        @Test
        void whoHasSaidSoLives() {
            store.beat("a");
            store.beat("b");

            assertThat(store.living(SILENCE)).containsExactlyInAnyOrder("a", "b");
        }

        @Test
        void whoIsSilentForTooLongDoesNotUntilItIsHeardOfAgain() {
            store.beat("a");
            store.beat("b");
            age("a", SILENCE.plusMinutes(1));
            var started = startedAt("a");

            assertThat(store.living(SILENCE)).containsExactly("b");

            store.beat("a");
            assertThat(store.living(SILENCE)).containsExactlyInAnyOrder("a", "b");
            assertThat(startedAt("a")).isEqualTo(started);
        }

        @Test
        void whoEndsDoesNotLiveAnyMore() {
            store.beat("a");
            store.beat("b");

            store.leave("a");

            assertThat(store.living(SILENCE)).containsExactly("b");
        }

        @Test
        void whoWasKilledIsForgottenAtLastWhenAnotherJoins() {
            store.beat("a");
            store.beat("b");
            age("a", Duration.ofDays(2));
            age("b", Duration.ofHours(20));

            store.beat("c");

            assertThat(jdbc.sql("select id from node").query(String.class).list())
                    .containsExactlyInAnyOrder("b", "c");
        }

        @Test
        void timesAreMicrosecondsSince1970() {
            store.beat("a");

            var now = ChronoUnit.MICROS.between(
                    java.time.Instant.EPOCH, Clock.systemUTC().instant());
            assertThat(Math.abs(startedAt("a") - now))
                    .isLessThan(Duration.ofMinutes(5).toNanos() / 1_000);
        }
    }
}
