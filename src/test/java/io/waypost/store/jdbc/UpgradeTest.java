package io.waypost.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.delivery.log.Delivery.Status;
import io.waypost.platform.Ids;
import java.time.Duration;
import java.time.Instant;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** What migrations make of the rows that are there. */
class UpgradeTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00.123456Z");
    private static final Duration LEASE = Duration.ofMinutes(1);

    @Nested
    class OnH2 extends Contract {

        OnH2() {
            super(TestDatabases.emptyH2());
        }
    }

    @Nested
    class OnPostgres extends Contract {

        OnPostgres() {
            super(TestDatabases.emptyPostgres());
        }
    }

    abstract static class Contract {

        private final DataSource database;
        private final JdbcClient jdbc;

        Contract(DataSource database) {
            this.database = database;
            this.jdbc = JdbcClient.create(database);
        }

        @Test
        void whatWaitedAndWhatWasBufferedStandInTheirLines() {
            migrateTo("4");
            insertDelivery(1, Status.RETRYING, 5L, null);
            insertDelivery(2, Status.BUFFERED, null, 7L);
            insertDelivery(3, Status.SUCCEEDED, null, null);

            TestDatabases.migrated(database);

            assertThat(jdbc.sql("select seq, line from delivery order by seq")
                            .query((row, _) -> row.getLong(1) + " " + row.getObject(2, Long.class))
                            .list())
                    .containsExactly("1 7", "2 -7", "3 null");
        }

        @Test
        void whatWasDeactivatedNotLongBeforeIsLookedAt() {
            migrateTo("10");
            jdbc.sql("update log_head set last_received_at = :noon")
                    .param("noon", Ids.micros(NOON))
                    .update();
            insertSubscription("sub_1", "DEACTIVATED", NOON.minus(Duration.ofDays(29)), false);
            insertSubscription("sub_2", "DEACTIVATED", NOON.minus(Duration.ofDays(31)), false);
            insertSubscription("sub_3", "PAUSED", NOON, false);
            insertSubscription("sub_4", "DEACTIVATED", NOON, true);
            jdbc.sql("""
                            insert into notice (id, subscription_id, subscription, tenant, kind, at, due_at, sent_at)
                            values ('ntc_1', 'sub_1', 1, 'acme', 'webhook.deactivated', 1, null, 2),
                                   ('ntc_2', 'sub_2', 2, 'acme', 'webhook.deactivated', 1, 1, null)
                            """).update();

            TestDatabases.migrated(database);

            var transaction = new TransactionTemplate(new JdbcTransactionManager(database));
            var notices = new JdbcNoticeStore(jdbc, new JdbcTemplate(database), transaction);
            assertThat(notices.claim(NOON, LEASE))
                    .extracting(n -> n.kind() + " " + n.subscriptionId())
                    .containsExactly("DEACTIVATED sub_2", "BUFFER_CLOSED sub_1");
        }

        @Test
        void whatLeavesInRunsKeepsItsCronAndMakesARunAtOnce() {
            migrateTo("11");
            insertSubscription("sub_1", "ACTIVE", NOON, false);
            insertSubscription("sub_2", "ACTIVE", NOON, false);
            jdbc.sql("update subscription set definition = :definition where id = 'sub_1'")
                    .param(
                            "definition",
                            "{\"concurrency\":1,\"inRuns\":true,\"cron\":\"*/5 1-3 * * MON\",\"over\":\"PT1H\"}")
                    .update();
            jdbc.sql("update subscription set definition = :definition where id = 'sub_2'")
                    .param("definition", "{\"condition\":\"x = '\\\"cron\\\":'\",\"inRuns\":true,\"cron\":null}")
                    .update();

            TestDatabases.migrated(database);

            assertThat(jdbc.sql("select id, cron, next_run_at from subscription order by id")
                            .query((row, _) ->
                                    row.getString(1) + " " + row.getString(2) + " " + row.getObject(3, Long.class))
                            .list())
                    .containsExactly("sub_1 */5 1-3 * * MON 0", "sub_2 null null");
        }

        @Test
        void aRequestUnderWayGetsASeedOfItsOwn() {
            migrateTo("11");
            jdbc.sql("insert into idempotency_key (id, body_hash, token, started_at) values ('a', 'b', 7, 9)")
                    .update();

            TestDatabases.migrated(database);

            assertThat(jdbc.sql("select seed from idempotency_key")
                            .query(Long.class)
                            .single())
                    .isEqualTo(7);
        }

        private void migrateTo(String version) {
            Flyway.configure().dataSource(database).target(version).load().migrate();
        }

        private void insertDelivery(long seq, Status status, @Nullable Long dueAt, @Nullable Long bufferedFor) {
            jdbc.sql("""
                            insert into delivery (created_at, seq, subscription, tenant, status, attempts, used, fence,
                                                  due_at, replay, buffered_for)
                            values (1, :seq, 7, 'acme', :status, 0, 0, 1, cast(:due as bigint), false,
                                    cast(:buffered as bigint))
                            """)
                    .param("seq", seq)
                    .param("status", status.name())
                    .param("due", dueAt)
                    .param("buffered", bufferedFor)
                    .update();
        }

        private void insertSubscription(String id, String state, Instant since, boolean deleted) {
            jdbc.sql("""
                            insert into subscription (id, revision, deleted, tenant, connector, events, definition,
                                                      config, secrets, ordered, state, since, created_at, updated_at)
                            values (:id, 1, :deleted, 'acme', 'webhook', '[]', '{}', '', '', false, :state, :since,
                                    1, 1)
                            """)
                    .param("id", id)
                    .param("deleted", deleted)
                    .param("state", state)
                    .param("since", Ids.micros(since))
                    .update();
        }
    }
}
