package io.waypost.store.jdbc.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.platform.Ids;
import io.waypost.platform.WaypostProperties;
import io.waypost.store.jdbc.TestDatabases;
import io.waypost.subscription.Runs;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

class JdbcSharedTimeTest {

    @Nested
    class OnH2 extends Contract {
        @Override
        DataSource database() {
            return TestDatabases.h2();
        }

        @Override
        String url() {
            return "";
        }

        @Test
        void thereIsNoTimeButTheHosts() {
            assertThat(time.now()).isEmpty();
        }
    }

    @Nested
    class OnPostgres extends Contract {
        @Override
        DataSource database() {
            return TestDatabases.postgres();
        }

        @Override
        String url() {
            return "jdbc:postgresql://localhost/any";
        }

        @Test
        void itsTimeIsToldAlsoWithinATransaction() {
            var first = time.now().orElseThrow();
            assertThat(time.now().orElseThrow()).isAfter(first);
        }
    }

    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    abstract static class Contract {

        private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
        private static final Duration HOUR = Duration.ofHours(1);
        private static final Duration TOLERANCE = Duration.ofSeconds(5);

        private JdbcClient jdbc;
        protected JdbcSharedTime time;

        abstract DataSource database();

        abstract String url();

        @BeforeAll
        void open() {
            var database = database();
            jdbc = JdbcClient.create(database);
            var settings = new Binder(new MapConfigurationPropertySource(Map.of("waypost.db.url", url())))
                    .bindOrCreate("waypost", Bindable.of(WaypostProperties.class));
            time = new JdbcSharedTime(jdbc, new TransactionTemplate(new JdbcTransactionManager(database)), settings);
        }

        @BeforeEach
        void fill() {
            for (var table : List.of("delivery", "log_segment", "replay", "notice")) {
                jdbc.sql("delete from " + table).update();
            }
            jdbc.sql("update clock set seen_at = 0").update();
            for (long due : List.of(-60L, 30L, 86_400L)) {
                delivery(NOW.plusSeconds(due));
                jdbc.sql("insert into log_segment (first_seq, last_seq, fence, lease_end) values (:seq, :seq, 1, :end)")
                        .param("seq", due + 100)
                        .param("end", Ids.micros(NOW.plusSeconds(due)))
                        .update();
                jdbc.sql("""
                                insert into replay (subscription, mode, next_seq, remaining, due_at, fence, created_at)
                                values (:no, 'REPLAY', 1, 1, :due, 1, 1)
                                """)
                        .param("no", due + 100)
                        .param("due", Ids.micros(NOW.plusSeconds(due)))
                        .update();
            }
            delivery(Runs.NOT_BY_ITSELF);
        }

        private void delivery(Instant due) {
            jdbc.sql("""
                            insert into delivery (created_at, seq, subscription, tenant, status, attempts, used, fence,
                                                  due_at, next_attempt_at, replay, line)
                            values (:due, 1, 1, 'acme', 'RETRYING', 1, 1, 1, :due, :due, false, 1)
                            """).param("due", Ids.micros(due)).update();
        }

        private List<Long> dues(String table, String column) {
            return jdbc.sql("select %s from %s order by 1".formatted(column, table)).query(Long.class).list().stream()
                    .map(micros -> Duration.between(NOW, Ids.instant(micros)).toSeconds())
                    .toList();
        }

        private void assertDues(long... seconds) {
            var expected = java.util.Arrays.stream(seconds).boxed().toList();
            assertThat(dues("log_segment", "lease_end")).isEqualTo(expected);
            assertThat(dues("replay", "due_at")).isEqualTo(expected);
            for (var column : List.of("due_at", "next_attempt_at")) {
                assertThat(dues("delivery", column).subList(0, 3)).isEqualTo(expected);
                assertThat(dues("delivery", column).getLast())
                        .isEqualTo(Duration.between(NOW, Runs.NOT_BY_ITSELF).toSeconds());
            }
        }

        @Test
        void whatIsSeenOnlyGrows() {
            time.saw(NOW);
            time.saw(NOW.minus(HOUR));
            assertThat(time.seen()).isEqualTo(NOW);
        }

        @Test
        void afterAStepBackWhatIsToComeComesSoMuchEarlierOnce() {
            var before = NOW.plus(Duration.ofSeconds(20));
            time.saw(before);
            // What was due at 30 s, 10 s from the step on, is due 10 s after it.
            assertThat(time.wentBack(before.minus(HOUR), HOUR, TOLERANCE)).hasValue(9);
            assertDues(-3_660, 30 - 3_600, 86_400 - 3_600);

            assertThat(time.wentBack(before.minus(HOUR), HOUR, TOLERANCE))
                    .as("another node has done it")
                    .isEqualTo(OptionalInt.empty());
            assertDues(-3_660, 30 - 3_600, 86_400 - 3_600);
            assertThat(time.seen()).isEqualTo(before.minus(HOUR));
        }

        @Test
        void afterAStepAheadWhatWaitedWaitsOnAndIsMovedOnce() {
            time.saw(NOW.minusSeconds(2));
            assertThat(time.wentAhead(NOW.plus(HOUR), HOUR)).hasValue(6);
            assertDues(-60, 30 + 3_600, 86_400 + 3_600);

            assertThat(time.wentAhead(NOW.plus(HOUR).plusSeconds(1), HOUR)).isEqualTo(OptionalInt.empty());
            assertDues(-60, 30 + 3_600, 86_400 + 3_600);
        }

        @Test
        void withoutWordOfALaterTimeNothingIsMoved() {
            time.saw(NOW.plusSeconds(4));
            assertThat(time.wentBack(NOW, HOUR, TOLERANCE)).isEqualTo(OptionalInt.empty());
            assertDues(-60, 30, 86_400);
        }
    }
}
