package io.waypost.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.platform.Ids;
import io.waypost.platform.due.Due;
import io.waypost.store.jdbc.database.Commits;
import io.waypost.subscription.Runs;
import java.time.Instant;
import java.util.OptionalLong;
import javax.sql.DataSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Each part of the one look finds what is due first in its table, and nothing else. */
class JdbcDueSourceTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    @Nested
    class OnH2 extends OnJdbc {

        OnH2() {
            super(TestDatabases.h2());
        }
    }

    @Nested
    class OnPostgres extends OnJdbc {

        OnPostgres() {
            super(TestDatabases.postgres());
        }
    }

    abstract static class OnJdbc {

        private final JdbcClient jdbc;
        private final JdbcDueSource source;
        private volatile OptionalLong commits = OptionalLong.empty();

        OnJdbc(DataSource database) {
            jdbc = JdbcClient.create(database);
            source = new JdbcDueSource(jdbc, new Commits(database) {
                @Override
                public OptionalLong count() {
                    return commits;
                }
            });
        }

        @Test
        void inAnEmptyDatabaseNothingWaits() {
            assertThat(source.look())
                    .isEqualTo(new Due(
                            Instant.MAX,
                            Instant.MAX,
                            Instant.MAX,
                            Instant.MAX,
                            Instant.MAX,
                            false,
                            false,
                            false,
                            false,
                            0));
        }

        @Test
        void whileNothingIsCommittedItIsNotAskedAgain() {
            commits = OptionalLong.of(7);
            assertThat(source.look().kept()).isFalse();
            ManyRows.deliveries(jdbc, 2, 3, 200, "BUFFERED", null);
            assertThat(source.look().kept())
                    .as("a commit that was counted before")
                    .isTrue();

            ManyRows.deliveries(jdbc, 3, 3, 300, "PENDING", NOON);
            assertThat(source.look().deliveries()).isEqualTo(Instant.MAX);
            commits = OptionalLong.of(8);
            assertThat(source.look().deliveries()).isEqualTo(NOON);
        }

        @Test
        void nowAndThenItIsAskedAllTheSame() {
            commits = OptionalLong.of(7);
            source.look();
            source.look();
            ManyRows.deliveries(jdbc, 3, 3, 300, "PENDING", NOON);

            var looks = 1;
            while (source.look().deliveries().equals(Instant.MAX)) {
                looks++;
            }

            assertThat(looks).isEqualTo(19);
        }

        @Test
        void theDeliveryThatIsDueFirstCounts() {
            assertThat(source.look().deliveries()).isEqualTo(Instant.MAX);
            ManyRows.deliveries(jdbc, 2, 3, 200, "RETRYING", NOON.plusSeconds(5));
            ManyRows.deliveries(jdbc, 3, 3, 300, "PENDING", NOON);

            var due = source.look();

            assertThat(due.deliveries()).isEqualTo(NOON);
            assertThat(due.held()).isFalse();
            assertThat(due.kept()).isFalse();
        }

        @Test
        void whatIsHeldForARunAndWhatIsBufferedIsThere() {
            ManyRows.deliveries(jdbc, 1, 3, 100, "PENDING", Runs.NOT_BY_ITSELF);
            assertThat(source.look().held()).isTrue();
            assertThat(source.look().kept()).isFalse();

            ManyRows.deliveries(jdbc, 2, 3, 200, "BUFFERED", null);
            assertThat(source.look().kept()).isTrue();
        }

        @Test
        void groupsOfMissedRangesAndOfBatchesAreThere() {
            jdbc.sql("insert into batch_group (id, exchange, version) values ('4', :bytes, 1)")
                    .param("bytes", new byte[] {1})
                    .update();
            assertThat(source.look().batches()).isTrue();
            assertThat(source.look().kept()).isFalse();
            jdbc.sql("insert into replay_buffer (id, exchange, version) values ('4', :bytes, 1)")
                    .param("bytes", new byte[] {1})
                    .update();
            assertThat(source.look().kept()).isTrue();
        }

        @Test
        void segmentsAndWhatNobodyHasClaimed() {
            jdbc.sql("update log_head set last_seq = 9 where id = 1").update();
            assertThat(source.look().unclaimed()).isTrue();
            jdbc.sql("update log_claim set claimed_seq = 9 where id = 1").update();
            assertThat(source.look().unclaimed()).isFalse();
            segment(1, NOON.plusSeconds(9));
            segment(5, NOON);
            assertThat(source.look().segments()).isEqualTo(NOON);
        }

        private void segment(long first, Instant leaseEnd) {
            jdbc.sql("insert into log_segment (first_seq, last_seq, fence, lease_end) values (:first, :last, 1, :end)")
                    .param("first", first)
                    .param("last", first + 3)
                    .param("end", Ids.micros(leaseEnd))
                    .update();
        }

        @Test
        void howeverMuchWaitsALookCostsTheSame() {
            ManyRows.deliveries(jdbc, 2, 2, 0, "RETRYING", NOON);
            ManyRows.deliveries(jdbc, 4, 2, 0, "BUFFERED", null);
            var withLittle = ManyRows.quickest(source::look);

            ManyRows.deliveries(jdbc, 2, 5, 1_000, "RETRYING", NOON);
            ManyRows.deliveries(jdbc, 4, 5, 1_000, "BUFFERED", null);

            assertThat(ManyRows.quickest(source::look)).isLessThan(5 * withLittle + ManyRows.MARGIN);
        }

        @Test
        void aPlannedRunAndTheRevision() {
            ManyRows.subscriptions(jdbc, 1, "ACTIVE");
            assertThat(source.look().runs()).isEqualTo(Instant.MAX);
            planned(2, NOON.plusSeconds(1));
            planned(4, NOON);
            jdbc.sql("update subscription_revision set last = 77").update();

            assertThat(source.look().runs()).isEqualTo(NOON);
            assertThat(source.look().revision()).isEqualTo(77);
        }

        private void planned(long no, Instant at) {
            jdbc.sql("update subscription set next_run_at = :at where no = :no")
                    .param("at", Ids.micros(at))
                    .param("no", no)
                    .update();
        }

        @Test
        void aReplayAndTheNoticesOfBothKinds() {
            replay(NOON.plusSeconds(3));
            replay(NOON.plusSeconds(2));
            assertThat(source.look().replays()).isEqualTo(NOON.plusSeconds(2));
            assertThat(source.look().kept()).isTrue();

            notice("told", null, null);
            assertThat(source.look().notices()).isEqualTo(Instant.MAX);
            notice("exhausted", 1, NOON.plusSeconds(4));
            assertThat(source.look().notices()).isEqualTo(NOON.plusSeconds(4));
            notice("change", 0, NOON.plusSeconds(5));
            assertThat(source.look().notices()).isEqualTo(NOON.plusSeconds(4));
            notice("sooner", 0, NOON);
            assertThat(source.look().notices()).isEqualTo(NOON);
        }

        private void replay(Instant dueAt) {
            jdbc.sql("""
                            insert into replay (subscription, mode, next_seq, remaining, due_at, fence, created_at)
                            values (1, 'REPLAY', 0, 1, :at, 1, 0)
                            """).param("at", Ids.micros(dueAt)).update();
        }

        private void notice(String id, Integer lane, Instant dueAt) {
            jdbc.sql("""
                            insert into notice (id, subscription_id, subscription, tenant, kind, at, lane, due_at)
                            values (:id, 'sub_1', 1, 'acme', 'webhook.deactivated', 0, cast(:lane as smallint),
                                    cast(:at as bigint))
                            """)
                    .param("id", id)
                    .param("lane", lane)
                    .param("at", dueAt == null ? null : Ids.micros(dueAt))
                    .update();
        }
    }
}
