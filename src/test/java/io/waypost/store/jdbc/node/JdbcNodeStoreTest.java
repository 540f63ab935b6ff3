package io.waypost.store.jdbc.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.platform.node.NodeStore;
import io.waypost.store.jdbc.TestDatabases;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import javax.sql.DataSource;
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
            store = new JdbcNodeStore(jdbc);
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
