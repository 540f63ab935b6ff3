package io.waypost.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.connector.Failure;
import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryLogContract;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.delivery.log.DeliveryUpdate.Effect;
import io.waypost.delivery.log.Health;
import io.waypost.delivery.log.TestUpdates;
import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.event.NewEvent;
import io.waypost.notice.NoticeStore;
import io.waypost.platform.Json;
import io.waypost.platform.node.TestNodes;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.Buffer;
import io.waypost.subscription.Subscription.Deactivation;
import io.waypost.subscription.Subscription.Definition;
import io.waypost.subscription.Subscription.Retry;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.SubscriptionStore;
import io.waypost.testing.Delays;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

class JdbcDeliveryLogTest {

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

    abstract static class OnJdbc extends DeliveryLogContract {

        private final JdbcClient jdbc;
        private final EventLog events;
        private final SubscriptionStore subscriptions;
        private final DeliveryLog log;
        private final TransactionTemplate transaction;
        private final NoticeStore notices;
        private final DataSource database;
        private final AtomicInteger next = new AtomicInteger();

        OnJdbc(DataSource database) {
            this.database = database;
            jdbc = JdbcClient.create(database);
            var transactions = new JdbcTransactionManager(database);
            events = JdbcEventLogTest.eventLog(database);
            subscriptions = new JdbcSubscriptionStore(
                    jdbc,
                    transactions,
                    new SubscriptionRevisions(jdbc),
                    new TestStores.Unsealed(),
                    Duration.ofDays(30));
            var template = new JdbcTemplate(database);
            transaction = new TransactionTemplate(transactions);
            notices = new JdbcNoticeStore(jdbc, template, transaction);
            log = new JdbcDeliveryLog(jdbc, template, transaction, events, subscriptions, TestNodes.ID);
        }

        @Test
        void aBackupTakesOverAndIsToldOnceThoughTwoNodesAskForIt() {
            var no = subscription(false).no();
            var dead = new State(State.Kind.DEACTIVATED, NOON, "gone", "HTTP 410");

            var first = log.toBackup(no, dead, NOON);
            var second = log.toBackup(no, dead, NOON.plusSeconds(1));

            assertThat(first).hasValueSatisfying(s -> assertThat(s.onBackup()).isTrue());
            assertThat(second).isEqualTo(first);
            assertThat(notices.claim(NOON.plusSeconds(1), Duration.ofMinutes(1)))
                    .extracting(n -> "%s %s %s %s".formatted(n.kind().type(), n.reason(), n.lastError(), n.at()))
                    .containsExactly("webhook.on_backup gone HTTP 410 " + NOON);
            log.deactivate(no, dead, NOON.plusSeconds(2));
            assertThat(log.toBackup(no, dead, NOON.plusSeconds(3))).isEmpty();
        }

        /** Whoever settles late has rows that somebody else is about to claim, in whatever order they came to their ends. */
        @Test
        void whatIsSettledAndWhatIsClaimedAtTheSameTimeNeverWaitForEachOther() throws Exception {
            var subscription = subscription(false);
            for (int round = 0; round < 6; round++) {
                var at = NOON.plusSeconds(round);
                var first = keyOf(event(at), subscription);
                var second = keyOf(event(at), subscription);
                log.settle(List.of(settled(first, Status.PENDING, at), settled(second, Status.PENDING, at)));
                var late = List.of(lateEnd(second), lateEnd(first));
                var claimBegun = new CountDownLatch(1);
                var asked = new AtomicInteger();
                LongFunction<Duration> lease = _ -> {
                    if (asked.incrementAndGet() == 2) {
                        claimBegun.countDown();
                        // For the other to take what it can get, and then wait.
                        Delays.of(300);
                    }
                    return Duration.ofDays(1);
                };

                try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                    var claimed = threads.submit(() -> log.claimDue(at, lease, _ -> 9, Long.MAX_VALUE, 10));
                    claimBegun.await();
                    var settling = threads.submit(() -> log.settle(late));

                    assertThat(claimed.get()).hasSize(2);
                    settling.get();
                }
            }
        }

        /** All of its rows are changed then, after some of them may have been. */
        @Test
        void whoeverDeactivatesAndWhoeverClaimsNeverWaitForEachOther() throws Exception {
            for (int round = 0; round < 6; round++) {
                var subscription = subscription(false);
                var at = NOON.plusSeconds(round);
                var first = keyOf(event(at), subscription);
                var second = keyOf(event(at), subscription);
                log.settle(List.of(settled(first, Status.PENDING, at), settled(second, Status.PENDING, at)));
                var settled = new CountDownLatch(1);
                var claimBegun = new CountDownLatch(1);
                var asked = new AtomicInteger();
                LongFunction<Duration> lease = _ -> {
                    if (asked.incrementAndGet() == 2) {
                        claimBegun.countDown();
                        Delays.of(300);
                    }
                    return Duration.ofDays(1);
                };

                try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                    var deactivating = threads.submit(() -> transaction.execute(_ -> {
                        log.settle(List.of(lateEnd(second)));
                        settled.countDown();
                        await().until(() -> claimBegun.getCount() == 0);
                        return log.deactivate(
                                subscription.no(), new State(State.Kind.DEACTIVATED, at, "failures", "HTTP 500"), at);
                    }));
                    settled.await();
                    var claimed = threads.submit(() -> log.claimDue(at, lease, _ -> 9, Long.MAX_VALUE, 10));

                    assertThat(claimed.get()).hasSize(1);
                    assertThat(deactivating.get()).isPresent();
                }
            }
        }

        private static DeliveryKey keyOf(Event event, Subscription subscription) {
            return new DeliveryKey(event.receivedAt(), event.seq(), subscription.no());
        }

        private static DeliveryUpdate lateEnd(DeliveryKey key) {
            return TestUpdates.update(
                    key,
                    "acme",
                    true,
                    1,
                    Status.SUCCEEDED,
                    1,
                    1,
                    null,
                    null,
                    NOON,
                    null,
                    false,
                    null,
                    Effect.NONE,
                    List.of(),
                    null);
        }

        @Override
        protected DeliveryLog log() {
            return log;
        }

        @Test
        void ofLargeEventsNoMoreIsTakenUpAtOnceThanMayBeInMemoryAndTheOthersStayDue() {
            var subscription = subscription(false);
            for (int i = 0; i < 10; i++) {
                var key = new DeliveryKey(
                        NOON, event(NOON, "\"" + "x".repeat(1_000_000) + "\"").seq(), subscription.no());
                log.settle(List.of(settled(key, Status.RETRYING, NOON)));
            }

            var first = claimDue();
            var second = claimDue();
            var third = claimDue();

            assertThat(List.of(first.size(), second.size(), third.size())).containsExactly(5, 5, 0);
            assertThat(first).doesNotContainAnyElementsOf(second);
        }

        @Test
        void aBufferOfLargeEventsIsReadInParts() {
            var subscription = subscription(false);
            for (int i = 0; i < 7; i++) {
                var key = new DeliveryKey(
                        NOON, event(NOON, "\"" + "x".repeat(1_000_000) + "\"").seq(), subscription.no());
                log.settle(List.of(settled(key, Status.BUFFERED, null)));
            }

            assertThat(log.buffered(subscription.no(), 0, 200)).hasSize(5);
        }

        private List<DeliveryLog.Claimed> claimDue() {
            return log.claimDue(NOON, _ -> Duration.ofMinutes(1), _ -> 99, Long.MAX_VALUE, 99);
        }

        @Override
        protected Event event(Instant receivedAt) {
            return event(receivedAt, "{\"n\":1}");
        }

        private Event event(Instant receivedAt, String data) {
            var event = new NewEvent("acme", "order.created", "/", null, null, receivedAt, false, null, data, false);
            events.append(List.of(List.of(event)), receivedAt);
            return events.find(events.last()).orElseThrow();
        }

        @Override
        protected Subscription subscription(boolean ordered) {
            var definition = new Definition(
                    "acme",
                    null,
                    null,
                    List.of("**"),
                    null,
                    null,
                    "webhook",
                    Json.object(),
                    null,
                    null,
                    null,
                    10,
                    null,
                    ordered,
                    new Retry(null, null),
                    Deactivation.DEFAULT,
                    Buffer.DEFAULT);
            return subscriptions.create("sub_" + next.incrementAndGet(), definition, List.of(), NOON);
        }

        private long count(String table) {
            return jdbc.sql("select count(*) from " + table).query(Long.class).single();
        }

        @Test
        void ofADeletedSubscriptionNothingThatIsOpenIsLeftNorItsAttemptsNorItsHealth() {
            var subscription = subscription(false);
            var retrying = new DeliveryKey(NOON, event(NOON).seq(), subscription.no());
            var buffered = new DeliveryKey(NOON, event(NOON).seq(), subscription.no());
            var done = new DeliveryKey(NOON, event(NOON).seq(), subscription.no());
            log.settle(List.of(
                    settled(retrying, Status.RETRYING, NOON),
                    settled(buffered, Status.BUFFERED, null),
                    settled(done, Status.EXHAUSTED, null)));
            log.saveHealth(Map.of(subscription.no(), new Health(2, NOON)));

            subscriptions.delete(subscription.id(), NOON);

            assertThat(log.find(done).orElseThrow().attempts()).hasSize(1);
            assertThat(count("delivery")).isZero();
            assertThat(count("attempt")).isEqualTo(1);
            assertThat(log.failing(-1).subscriptions()).isEmpty();
        }

        /** A node that was cut off tells of what another one has made since. */
        @Test
        void aLateWordCountsForNothingOfWhatHasEndedOrIsAnotherNodes() {
            var no = subscription(false).no();
            var ended = new DeliveryKey(NOON, event(NOON).seq(), no);
            var others = new DeliveryKey(NOON, event(NOON).seq(), no);
            var ours = new DeliveryKey(NOON, event(NOON).seq(), no);
            var inNone = new DeliveryKey(NOON, event(NOON).seq(), no);
            log.settle(List.of(settled(ended, Status.SUCCEEDED, null)));
            segment(others.seq(), "another");
            segment(ours.seq(), TestNodes.ID.text());

            log.settle(Stream.of(ended, others, ours, inNone)
                    .map(key -> DeliveryUpdate.pending(key, "acme", false, NOON))
                    .toList());
            log.settle(List.of(settled(ended, Status.EXHAUSTED, null), settled(others, Status.EXHAUSTED, null)));

            assertThat(log.find(ended).orElseThrow().delivery().status()).isEqualTo(Status.SUCCEEDED);
            assertThat(notices.claim(NOON.plusSeconds(1), Duration.ofMinutes(1)))
                    .isEmpty();
            assertThat(log.find(others)).isEmpty();
            assertThat(log.find(ours)).isPresent();
            assertThat(log.find(inNone)).isPresent();
            assertThat(log.backlog().deliveries()).isEqualTo(2);
        }

        /** Or it would be lost: the node finishes the segment, which nobody has taken. */
        @Test
        void aWordOfASegmentThatWasGivenUpButNotTakenCounts() {
            var key =
                    new DeliveryKey(NOON, event(NOON).seq(), subscription(false).no());
            segment(key.seq(), null);

            log.settle(List.of(DeliveryUpdate.pending(key, "acme", false, NOON)));

            assertThat(log.find(key)).isPresent();
        }

        private void segment(long seq, @Nullable String holder) {
            jdbc.sql(
                            "insert into log_segment (first_seq, last_seq, fence, lease_end, claimed_by) values (?, ?, 1, 9, ?)")
                    .params(Arrays.asList(seq, seq, holder))
                    .update();
        }

        @Test
        void whatSlippedInBesideADeletionGoesWithItsAttemptsAndItsHealthIsNotKept() {
            var subscription = subscription(false);
            subscriptions.delete(subscription.id(), NOON);
            var key = new DeliveryKey(NOON, event(NOON).seq(), subscription.no());
            log.settle(List.of(settled(key, Status.RETRYING, NOON)));
            log.saveHealth(Map.of(subscription.no(), new Health(1, NOON)));

            log.bufferStrays(NOON.plusMillis(1));

            assertThat(count("delivery")).isZero();
            assertThat(count("attempt")).isZero();
            assertThat(log.failing(-1).subscriptions()).isEmpty();
        }

        /** Between two events of a tenant there may be millions of others'. */
        @Test
        void onlyTheEventsOfItsOwnDeliveriesAreLookedAt() {
            var subscription = subscription(false);
            var key = new DeliveryKey(NOON, event(NOON).seq(), subscription.no());
            event(NOON);
            log.settle(List.of(settled(key, Status.SUCCEEDED, null)));
            var asked = new ArrayList<Object>();
            var recorded = (EventLog) Proxy.newProxyInstance(
                    EventLog.class.getClassLoader(), new Class<?>[] {EventLog.class}, (_, method, arguments) -> {
                        asked.add(List.of(arguments));
                        return method.invoke(events, arguments);
                    });
            var other = TestStores.deliveries(database, recorded);

            assertThat(other.had(subscription.no(), 1, Long.MAX_VALUE)).containsExactly(Map.entry(key.seq(), false));
            assertThat(other.fannedOut(1, Long.MAX_VALUE))
                    .containsExactly(Map.entry(key.seq(), Set.of(subscription.no())));
            assertThat(asked).containsExactly(List.of(Set.of(key.seq())), List.of(Set.of(key.seq())));
        }

        @Test
        void whatHasLostItsEventToTheRetentionIsDiscardedWhenItsTimeComes() {
            var subscription = subscription(false);
            var due = new DeliveryKey(NOON, event(NOON).seq(), subscription.no());
            var buffered = new DeliveryKey(NOON, event(NOON).seq(), subscription.no());
            log.settle(List.of(settled(due, Status.RETRYING, NOON), settled(buffered, Status.BUFFERED, null)));
            jdbc.sql("delete from event_block").update();

            assertThat(log.claimDue(NOON, _ -> Duration.ofMinutes(1), _ -> 9, Long.MAX_VALUE, 9))
                    .isEmpty();
            assertThat(log.buffered(subscription.no(), 0, 9)).isEmpty();

            assertThat(log.backlog().deliveries()).isZero();
            assertThat(log.countBuffered(subscription.no())).isZero();
            assertThat(log.purge(NOON.plusSeconds(1), Instant.EPOCH)).isEqualTo(new DeliveryLog.Purged(2, null));
            assertThat(count("attempt")).isZero();
        }

        private static DeliveryUpdate settled(DeliveryKey key, Status status, Instant dueAt) {
            var attempt = new Attempt(key, 1, NOON, 5, 500, Failure.HTTP_STATUS, "500", "oops");
            return TestUpdates.update(
                    key,
                    "acme",
                    false,
                    1,
                    status,
                    1,
                    1,
                    dueAt,
                    dueAt,
                    dueAt == null && status != Status.BUFFERED ? NOON : null,
                    null,
                    false,
                    attempt,
                    Effect.FAILURE,
                    List.of(),
                    null);
        }
    }
}
