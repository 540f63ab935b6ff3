package io.waypost.store.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.waypost.connector.Failure;
import io.waypost.delivery.MissedRange;
import io.waypost.delivery.batch.PendingBatch;
import io.waypost.delivery.log.Delivery;
import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryQuery;
import io.waypost.event.Event;
import io.waypost.event.NewEvent;
import io.waypost.event.Receipt;
import io.waypost.platform.Ids;
import io.waypost.store.jdbc.database.GroupClassNames;
import java.io.IOException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import javax.sql.DataSource;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.processor.aggregate.jdbc.JdbcCamelCodec;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.BadSqlGrammarException;
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

        /** More than two steps of the move. */
        private static final int ENDED = 11_000;

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

            assertThat(jdbc.sql("select seq, line, buffer from delivery order by seq")
                            .query((row, _) -> row.getLong(1) + " " + row.getObject(2, Long.class) + " "
                                    + row.getObject(3, Long.class))
                            .list())
                    .containsExactly("1 7 null", "2 null 7");
            assertThat(TestStores.fences(database).keySet())
                    .extracting(DeliveryKey::seq)
                    .containsExactlyInAnyOrder(1L, 2L, 3L);
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

        @Test
        void groupsWrittenUnderTheFormerClassNamesAreRead() throws Exception {
            migrateTo("22");
            insertGroup("replay_buffer", "7", "buffer-v22.ser");
            insertGroup("batch_group", "9", "batch-v22.ser");

            TestDatabases.migrated(database);

            assertThat(body("replay_buffer", MissedRange.class))
                    .returns(7L, MissedRange::subscription)
                    .returns(120L, MissedRange::first)
                    .returns(390L, MissedRange::last)
                    .returns(50L, MissedRange::count)
                    .returns(3L, MissedRange::dropped)
                    // Of a segment that is in it nothing is counted a second time.
                    .returns(50L, missed -> missed.plus(MissedRange.of(7, 300, 310, 390, 8, 0))
                            .count())
                    .returns(51L, missed -> missed.plus(MissedRange.of(7, 500, 501, 501, 1, 0))
                            .count());
            assertThat(body("batch_group", PendingBatch.class)).isEqualTo(new PendingBatch(9, 12, 34, 5678, 100));
        }

        @Test
        void eventsOfARowEachAreFoundInBlocks() {
            migrateTo("25");
            for (int seq = 1; seq <= 5_000; seq++) {
                insertEvent(seq, seq % 3 == 0 ? "id-" + seq : null, "{\"number\": %d}".formatted(seq));
            }
            insertEvent(5_001, null, "\"%s\"".formatted("x".repeat(1024 * 1024 - 2)));
            // As V1 has it, of an event that a source knows by something else than the publisher's id.
            jdbc.sql("update event set deduplication_key = :key where seq = 7")
                    .param("key", EventKeys.of(repeated()).array())
                    .update();
            jdbc.sql("update log_head set last_seq = 5001").update();

            TestDatabases.migrated(database);

            var log = TestStores.eventLog(database);
            assertThat(log.read(1, 5_000, 10_000)).hasSize(5_000).allSatisfy(event -> assertThat(event)
                    .isEqualTo(new Event(
                            event.seq(),
                            NOON.plusSeconds(event.seq()),
                            "acme",
                            "order.created",
                            "/shop",
                            event.seq() % 3 == 0 ? "id-" + event.seq() : null,
                            "order",
                            NOON,
                            false,
                            "{\"a\":1}",
                            "{\"number\": %d}".formatted(event.seq()),
                            false)));
            assertThat(log.find(5_001).orElseThrow().data()).hasSize(1024 * 1024);
            var known = new NewEvent("acme", "order.created", "/shop", "id-4998", null, NOON, false, null, "{}", false);
            assertThat(log.append(List.of(List.of(known, repeated())), NOON).getFirst())
                    .extracting(Receipt::id, Receipt::duplicate)
                    .containsExactly(
                            tuple(Event.id(NOON.plusSeconds(4_998), 4_998), true),
                            tuple(Event.id(NOON.plusSeconds(7), 7), true));
        }

        @Test
        void severalNodesMoveTheEventsAtOnceAndEachOfThemOnce() throws Exception {
            migrateTo("26");
            for (int seq = 1; seq <= 4_500; seq++) {
                insertEvent(seq, "id-" + seq, "{}");
            }

            try (var nodes = Executors.newFixedThreadPool(2)) {
                var one = nodes.submit(() -> new EventsIntoBlocks().move(database));
                var other = nodes.submit(() -> new EventsIntoBlocks().move(database));
                one.get();
                other.get();
            }

            assertThat(TestStores.eventLog(database).heads(1, 4_500)).hasSize(4_500);
            assertThat(jdbc.sql("select count(*) from event_key")
                            .query(Integer.class)
                            .single())
                    .isEqualTo(4_500);
            assertThatThrownBy(() -> jdbc.sql("select 1 from event").query().listOfRows())
                    .isInstanceOf(BadSqlGrammarException.class);
        }

        @Test
        void whatWasMovedBeforeItWasStoppedStaysMoved() {
            migrateTo("26");
            for (int seq = 1; seq <= 2_500; seq++) {
                insertEvent(seq, null, "{}");
            }
            // Stands for a fault of the database.
            jdbc.sql("alter table event alter column data drop not null").update();
            jdbc.sql("update event set data = null where seq = 2400").update();
            assertThatThrownBy(() -> new EventsIntoBlocks().move(database)).isInstanceOf(RuntimeException.class);
            assertThat(jdbc.sql("select max(last_seq) from event_block")
                            .query(Long.class)
                            .single())
                    .isEqualTo(2_000);

            jdbc.sql("update event set data = :data where seq = 2400")
                    .param("data", "{}".getBytes(UTF_8))
                    .update();
            new EventsIntoBlocks().move(database);

            assertThat(TestStores.eventLog(database).read(1, 2_500, 9_000)).hasSize(2_500);
        }

        /** Of each hundred one failed first, one was made due again and waits, and one of those has ended since. */
        @Test
        void whatHasEndedIsReadAsBeforeThoughTwoNodesMovedIt() throws Exception {
            migrateTo("26");
            insertSubscription("sub_1", "ACTIVE", NOON, false);
            for (int seq = 1; seq <= ENDED; seq++) {
                insertEvent(seq, null, "{}");
            }
            jdbc.sql("""
                            insert into delivery (created_at, seq, subscription, tenant, status, attempts, used, fence,
                                                  due_at, next_attempt_at, finished_at, replay, line, first_at, first_ms,
                                                  first_status, first_body)
                            select received_at, seq, 1, tenant,
                                   case mod(seq, 100) when 1 then 'EXHAUSTED' when 2 then 'RETRYING' else 'SUCCEEDED' end,
                                   case when mod(seq, 100) = 3 then 2 else 1 end, 1, 1,
                                   case when mod(seq, 100) = 2 then received_at + 9 end,
                                   case when mod(seq, 100) = 2 then received_at + 8 end,
                                   case when mod(seq, 100) <> 2 then received_at + 5 end, false,
                                   case when mod(seq, 100) = 2 then 1 end,
                                   case when mod(seq, 100) <> 1 then received_at + 1 end, 4, 200,
                                   cast(:body as bytea)
                              from event
                            """).param("body", "jå".getBytes(UTF_8)).update();
            jdbc.sql("""
                            insert into attempt (created_at, seq, subscription, number, at, duration_ms, status_code, failure,
                                                 detail)
                            select received_at, seq, 1, case when mod(seq, 100) = 1 then 1 else 2 end, received_at + 2, 6,
                                   500, 'HTTP_STATUS', 'd'
                              from event
                             where mod(seq, 100) in (1, 3)
                            """).update();
            migrateTo("28");
            new EventsIntoBlocks().move(database);

            try (var nodes = Executors.newFixedThreadPool(2)) {
                var one = nodes.submit(() -> new DeliveriesIntoBlocks().move(database));
                var other = nodes.submit(() -> new DeliveriesIntoBlocks().move(database));
                one.get();
                other.get();
            }

            var log = TestStores.deliveries(database);
            var walked = new ArrayList<Delivery>();
            DeliveryKey reached = null;
            do {
                var page = log.list(new DeliveryQuery(null, 1L, null, null, null, null, reached, 1_000));
                walked.addAll(page.items());
                reached = page.reached();
            } while (reached != null);
            assertThat(walked).hasSize(ENDED).allSatisfy(this::assertIsAsBefore);
            var sample = List.of(walked.get(0), walked.get(96), walked.get(97), walked.get(98), walked.get(99));
            assertThat(sample.stream().map(d -> log.find(d.key()).orElseThrow().attempts()))
                    .isEqualTo(
                            sample.stream().map(UpgradeTest.Contract::attempts).toList());
            assertThatThrownBy(() ->
                            jdbc.sql("select 1 from former_delivery").query().listOfRows())
                    .isInstanceOf(BadSqlGrammarException.class);
        }

        private void assertIsAsBefore(Delivery delivery) {
            var at = delivery.key().createdAt();
            var seq = delivery.key().seq();
            assertThat(at).isEqualTo(NOON.plusSeconds(seq));
            var waits = seq % 100 == 2;
            assertThat(delivery)
                    .isEqualTo(new Delivery(
                            delivery.key(),
                            delivery.eventId(),
                            delivery.type(),
                            "sub_1",
                            "acme",
                            seq % 100 == 1 ? Status.EXHAUSTED : waits ? Status.RETRYING : Status.SUCCEEDED,
                            seq % 100 == 3 ? 2 : 1,
                            waits ? at.plus(8, ChronoUnit.MICROS) : null,
                            waits ? null : at.plus(5, ChronoUnit.MICROS),
                            false));
        }

        private static List<Attempt> attempts(Delivery delivery) {
            var key = delivery.key();
            var at = key.createdAt();
            var first = new Attempt(key, 1, at.plus(1, ChronoUnit.MICROS), 4, 200, null, null, "jå");
            var failed = new Attempt(key, 1, at.plus(2, ChronoUnit.MICROS), 6, 500, Failure.HTTP_STATUS, "d", null);
            return switch ((int) (key.seq() % 100)) {
                case 1 -> List.of(failed);
                case 3 -> List.of(first, new Attempt(key, 2, failed.at(), 6, 500, Failure.HTTP_STATUS, "d", null));
                default -> List.of(first);
            };
        }

        private static NewEvent repeated() {
            return new NewEvent("acme", "order.created", "/shop", null, null, NOON, false, null, "{}", false)
                    .knownBy("repeat");
        }

        private void insertEvent(long seq, @Nullable String id, String data) {
            jdbc.sql("""
                            insert into event (seq, received_at, tenant, type, source, source_id, subject, occurred_at, test,
                                               attributes, data, base64)
                            values (:seq, :at, 'acme', 'order.created', '/shop', :id, 'order', :time, false, :attributes,
                                    :data, false)
                            """)
                    .param("seq", seq)
                    .param("at", Ids.micros(NOON.plusSeconds(seq)))
                    .param("id", id, Types.VARCHAR)
                    .param("time", Ids.micros(NOON))
                    .param("attributes", "{\"a\":1}".getBytes(UTF_8))
                    .param("data", data.getBytes(UTF_8))
                    .update();
        }

        private void insertGroup(String table, String id, String file) throws IOException {
            try (var in = UpgradeTest.class.getResourceAsStream("/upgrade/" + file)) {
                jdbc.sql("insert into " + table + " (id, exchange, version) values (:id, :exchange, 1)")
                        .param("id", id)
                        .param("exchange", Objects.requireNonNull(in).readAllBytes())
                        .update();
            }
        }

        private <T> T body(String table, Class<T> type) throws Exception {
            var bytes = jdbc.sql("select exchange from " + table)
                    .query((row, _) -> row.getBytes(1))
                    .single();
            try (var camel = new DefaultCamelContext()) {
                return new JdbcCamelCodec()
                        .unmarshallExchange(camel, bytes, "java.**;org.apache.camel.**;io.waypost.**;!*")
                        .getMessage()
                        .getBody(type);
            }
        }

        private void migrateTo(String version) {
            Flyway.configure()
                    .dataSource(database)
                    .javaMigrations(new GroupClassNames())
                    .target(version)
                    .load()
                    .migrate();
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
