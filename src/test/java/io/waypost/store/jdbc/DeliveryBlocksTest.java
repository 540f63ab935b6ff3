package io.waypost.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.Failure;
import io.waypost.delivery.log.Delivery;
import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryQuery;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.delivery.log.DeliveryUpdate.Effect;
import io.waypost.delivery.log.TestUpdates;
import io.waypost.event.Event;
import io.waypost.platform.Ids;
import io.waypost.testing.Delays;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Whatever has ended at once, is open, or came to its end later, in whatever order it was written down: it is read as if each
 * delivery were one row in one table.
 */
class DeliveryBlocksTest {

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

        private static final long SEED = 17;
        private static final int SUBSCRIPTIONS = 10;
        private static final int EVENTS = 150;
        private static final long START = Ids.micros(Instant.parse("2026-03-01T12:00:00Z"));

        private final Random random = new Random(SEED);
        private final DataSource database;
        private final JdbcClient jdbc;
        private final DeliveryLog log;

        /** Sequence number → when it was received. */
        private final Map<Long, Instant> events = new TreeMap<>();

        private final Set<DeliveryKey> hadRows = new HashSet<>();

        private final Map<DeliveryKey, DeliveryUpdate> written = new TreeMap<>(Comparator.reverseOrder());

        OnJdbc(DataSource database) {
            this.database = database;
            jdbc = JdbcClient.create(database);
            log = TestStores.deliveries(database, TestStores.eventLog(database));
        }

        /** Subscriptions 0 to 9 of three tenants; events of which some were received in one microsecond, some seconds apart. */
        @BeforeEach
        void fill() {
            ManyRows.subscriptions(jdbc, 1, "ACTIVE");
            jdbc.sql("update subscription set tenant = 'tenant' || mod(no, 3)").update();
            var at = START;
            for (long seq = 1; seq <= EVENTS; seq++) {
                at += List.of(0L, 0L, 1L, 700_000L, 9_000_000L).get(random.nextInt(5));
                events.put(seq, Ids.instant(at));
                ManyRows.insert(database, List.of(event(seq, Ids.instant(at))));
            }
            var made = new ArrayList<DeliveryUpdate>();
            events.forEach((seq, receivedAt) -> LongStream.range(0, SUBSCRIPTIONS)
                    .filter(_ -> random.nextInt(3) > 0)
                    .forEach(no -> made.add(update(new DeliveryKey(receivedAt, seq, no), random.nextInt(9) == 0))));
            // A replay makes deliveries of many events at one time.
            for (var replay : List.of(START + 50_000_000, START + 600_000_000)) {
                for (long seq = 1; seq <= EVENTS; seq += 1 + random.nextInt(3)) {
                    made.add(update(new DeliveryKey(Ids.instant(replay), seq, random.nextInt(SUBSCRIPTIONS)), true));
                }
            }
            Collections.shuffle(made, random);
            for (int i = 0; i < made.size(); ) {
                var some = made.subList(i, Math.min(made.size(), i + 1 + random.nextInt(12)));
                log.settle(some.stream().map(this::mayHaveHadARow).toList());
                if (random.nextInt(5) == 0) {
                    // As if the outcome of the commit had not been known.
                    log.settle(some.stream()
                            .filter(update -> update.status() == Status.SUCCEEDED && !update.replay())
                            .filter(update -> !hadRows.contains(update.key()))
                            .toList());
                }
                some.forEach(update -> written.put(update.key(), update));
                i += some.size();
            }
        }

        /** The same, or the same for the row that it has had until now. */
        private DeliveryUpdate mayHaveHadARow(DeliveryUpdate update) {
            if (update.finishedAt() == null || random.nextInt(4) > 0) {
                return update;
            }
            var due = update.key().createdAt().plusSeconds(60);
            log.settle(List.of(DeliveryUpdate.pending(update.key(), update.tenant(), update.replay(), due)));
            hadRows.add(update.key());
            return update.withRow(true);
        }

        private static Event event(long seq, Instant receivedAt) {
            return new Event(
                    seq, receivedAt, "tenant0", "order.created", "/", null, null, receivedAt, false, null, "{}", false);
        }

        private DeliveryUpdate update(DeliveryKey key, boolean replay) {
            var status = List.of(
                            Status.SUCCEEDED,
                            Status.SUCCEEDED,
                            Status.SUCCEEDED,
                            Status.SUCCEEDED,
                            Status.RETRYING,
                            Status.EXHAUSTED,
                            Status.BUFFERED)
                    .get(random.nextInt(7));
            var at = key.createdAt().plusMillis(random.nextInt(5_000));
            var attempt = status == Status.SUCCEEDED
                    ? new Attempt(key, 1, at, random.nextInt(900), 200 + random.nextInt(3), null, null, text())
                    : new Attempt(key, 1, at, 3, 500, Failure.HTTP_STATUS, "500", "oops");
            var due = status == Status.RETRYING ? at.plusSeconds(5) : null;
            var ended = status == Status.SUCCEEDED || status == Status.EXHAUSTED;
            return TestUpdates.update(
                    key,
                    "tenant" + key.subscription() % 3,
                    false,
                    1,
                    status,
                    1,
                    1,
                    due,
                    due,
                    ended ? at.plus(random.nextInt(20) == 0 ? Duration.ofHours(1) : Duration.ZERO) : null,
                    null,
                    replay,
                    attempt,
                    Effect.NONE,
                    List.of(),
                    null);
        }

        private @Nullable String text() {
            return List.of("", "ok", "ja €", "{\"n\":%d}".formatted(random.nextInt(99)), "no body")
                    .get(random.nextInt(5))
                    .transform(text -> text.equals("no body") ? null : text);
        }

        @Test
        void eachListWalkedPageByPageHasWhatFitsAndInItsOrder() {
            var middle = written.keySet().stream()
                    .skip(written.size() / 2)
                    .findFirst()
                    .orElseThrow()
                    .createdAt();
            for (var status : new Status[] {null, Status.SUCCEEDED, Status.EXHAUSTED, Status.RETRYING}) {
                for (var limit : new int[] {7, 251}) {
                    assertWalked(null, null, null, status, null, null, limit);
                    assertWalked("tenant1", null, null, status, null, null, limit);
                    assertWalked(null, 4L, null, status, null, null, limit);
                    assertWalked(null, null, 75L, status, null, null, limit);
                    assertWalked("tenant2", 5L, null, status, middle, null, limit);
                    assertWalked(null, 5L, null, status, null, middle, limit);
                    assertWalked(null, null, null, status, middle.minusSeconds(20), middle, limit);
                    assertWalked("tenant2", null, 75L, status, null, middle, limit);
                }
            }
        }

        private void assertWalked(
                @Nullable String tenant,
                @Nullable Long subscription,
                @Nullable Long seq,
                @Nullable Status status,
                @Nullable Instant since,
                @Nullable Instant until,
                int limit) {
            var walked = new ArrayList<Delivery>();
            DeliveryKey reached = null;
            do {
                var page = log.list(new DeliveryQuery(tenant, subscription, seq, status, since, until, reached, limit));
                walked.addAll(page.items());
                reached = page.reached();
            } while (reached != null);
            Predicate<DeliveryUpdate> fits = update -> (tenant == null || tenant.equals(update.tenant()))
                    && (subscription == null || subscription == update.key().subscription())
                    && (seq == null || seq == update.key().seq())
                    && (status == null || status == update.status())
                    && (since == null || !update.key().createdAt().isBefore(since))
                    && (until == null || update.key().createdAt().isBefore(until));
            assertThat(walked)
                    .extracting(Delivery::key)
                    .containsExactlyElementsOf(written.values().stream()
                            .filter(fits)
                            .map(DeliveryUpdate::key)
                            .toList());
            assertThat(walked).allSatisfy(delivery -> assertIsAsWritten(delivery, written.get(delivery.key())));
        }

        private static void assertIsAsWritten(Delivery delivery, DeliveryUpdate update) {
            assertThat(delivery)
                    .isEqualTo(new Delivery(
                            update.key(),
                            delivery.eventId(),
                            "order.created",
                            "sub_" + update.key().subscription(),
                            update.tenant(),
                            update.status(),
                            1,
                            update.nextAttemptAt(),
                            update.finishedAt(),
                            update.replay()));
        }

        @Test
        void eachIsFoundWithItsAttemptAndWhatIsNotThereIsNot() {
            written.forEach((key, update) -> assertThat(log.find(key)).hasValueSatisfying(found -> {
                assertIsAsWritten(found.delivery(), update);
                assertThat(found.attempts()).containsExactly(update.attempt());
            }));
            assertThat(log.find(new DeliveryKey(events.get(3L).plusNanos(1_000), 3, 4)))
                    .isEmpty();
        }

        @Test
        void whatWasFannedOutAndWhatASubscriptionHadIsKnownOfEachRange() {
            for (var range : List.of(List.of(1L, 150L), List.of(40L, 41L), List.of(149L, 999L), List.of(151L, 152L))) {
                var first = range.getFirst();
                var last = range.getLast();
                var made = written.keySet().stream()
                        .filter(key -> key.seq() >= first && key.seq() <= last)
                        .toList();
                var fannedOut = made.stream()
                        .filter(key -> key.createdAt().equals(events.get(key.seq())))
                        .toList();
                assertThat(log.fannedOut(first, last))
                        .isEqualTo(fannedOut.stream()
                                .collect(Collectors.groupingBy(
                                        DeliveryKey::seq,
                                        Collectors.mapping(DeliveryKey::subscription, Collectors.toSet()))));
                for (long no = 0; no < SUBSCRIPTIONS; no++) {
                    var subscription = no;
                    assertThat(log.had(no, first, last))
                            .isEqualTo(fannedOut.stream()
                                    .filter(key -> key.subscription() == subscription)
                                    .collect(Collectors.toMap(DeliveryKey::seq, key -> written.get(key)
                                            .replay())));
                    var latest = new HashMap<Long, Status>();
                    made.stream()
                            .filter(key -> key.subscription() == subscription)
                            .forEach(key -> latest.putIfAbsent(
                                    key.seq(), written.get(key).status()));
                    assertThat(log.latest(no, first, last)).isEqualTo(latest);
                }
            }
        }

        @Test
        void whatIsMadeDueAgainIsARowWithItsAttemptAndInNoBlock() {
            var now = Ids.instant(START).plusSeconds(9_000);
            for (var update : List.copyOf(written.values())) {
                if (update.status() == Status.SUCCEEDED && random.nextInt(4) == 0) {
                    assertThat(log.makeDue(update.key(), now)).isTrue();
                    written.put(update.key(), again(update, now));
                    assertThat(log.find(update.key()).orElseThrow().attempts()).containsExactly(update.attempt());
                }
            }
            assertThat(log.makeDue(new DeliveryKey(Ids.instant(START), 77, 3), now))
                    .isFalse();

            assertWalked(null, null, null, null, null, null, 100);
            assertWalked(null, 4L, null, null, null, null, 100);
            assertWalked(null, 4L, null, Status.SUCCEEDED, null, null, 100);
        }

        private static DeliveryUpdate again(DeliveryUpdate update, Instant now) {
            return TestUpdates.update(
                    update.key(),
                    update.tenant(),
                    true,
                    2,
                    Status.RETRYING,
                    1,
                    1,
                    now,
                    now,
                    null,
                    null,
                    update.replay(),
                    update.attempt(),
                    Effect.NONE,
                    List.of(),
                    null);
        }

        @Test
        void whoWritesOfOneSubscriptionAtOneMomentDoesNotWaitForAnother() throws Exception {
            var blocks = new DeliveryBlocks(jdbc, new JdbcTemplate(database));
            var transaction = new TransactionTemplate(new JdbcTransactionManager(database));
            var at = Ids.instant(START).plusSeconds(7_000);
            var one = ended(new DeliveryKey(at, 1, 4));
            var other = ended(new DeliveryKey(at, 2, 4));

            try (var thread = Executors.newSingleThreadExecutor()) {
                transaction.executeWithoutResult(_ -> {
                    blocks.insert(List.of(one));
                    assertThat(thread.submit(
                                    () -> transaction.executeWithoutResult(_ -> blocks.insert(List.of(other)))))
                            .succeedsWithin(Delays.SOON);
                });
            }

            assertThat(blocks.find(one.key())).contains(one);
            assertThat(blocks.find(other.key())).contains(other);
        }

        private static DeliveryBlock.Entry ended(DeliveryKey key) {
            return new DeliveryBlock.Entry(
                    key, "tenant1", Status.DISCARDED, 3, 2, 9, key.createdAt().plusSeconds(1), false, null);
        }

        @Test
        void theRetentionTakesWhatHasEndedAndLostItsEventAndLeavesTheRestToBeFound() {
            jdbc.sql("delete from event_block where first_seq <= 100 and mod(first_seq, 10) <> 3")
                    .update();
            Predicate<DeliveryKey> gone = key -> key.seq() <= 100 && key.seq() % 10 != 3;
            var cutoff = Ids.instant(START).plusSeconds(9_000);

            var steps = 0;
            for (var step = log.purge(cutoff, Instant.EPOCH); step.next() != null; steps++) {
                step = log.purge(cutoff, step.next());
            }

            assertThat(steps).isGreaterThan(5);
            written.keySet().removeIf(gone);
            for (long no = 0; no < SUBSCRIPTIONS; no++) {
                assertWalked(null, no, null, Status.SUCCEEDED, null, null, 100);
            }
            assertThat(jdbc.sql("select distinct subscription, span from delivery_place")
                            .query((row, _) -> row.getLong(1) + " " + row.getLong(2))
                            .set())
                    .isEqualTo(written.values().stream()
                            .filter(update -> update.finishedAt() != null)
                            .map(DeliveryUpdate::key)
                            .map(key -> key.subscription() + " " + DeliveryBlocks.span(key.createdAt()))
                            .collect(Collectors.toSet()));
        }
    }
}
