package io.waypost.store.jdbc;

import io.waypost.delivery.batch.BatchLog;
import io.waypost.delivery.batch.BatchLogContract;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.event.NewEvent;
import io.waypost.platform.Json;
import io.waypost.platform.node.TestNodes;
import io.waypost.store.jdbc.batch.JdbcBatchLog;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.Buffer;
import io.waypost.subscription.Subscription.Deactivation;
import io.waypost.subscription.Subscription.Definition;
import io.waypost.subscription.Subscription.Retry;
import io.waypost.subscription.SubscriptionStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Nested;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

class JdbcBatchLogTest {

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

    abstract static class OnJdbc extends BatchLogContract {

        private static final int QUOTES = 2;

        private final EventLog events;
        private final SubscriptionStore subscriptions;
        private final DeliveryLog deliveries;
        private final BatchLog batches;
        private final AtomicInteger next = new AtomicInteger();

        OnJdbc(DataSource database) {
            var jdbc = JdbcClient.create(database);
            var template = new JdbcTemplate(database);
            var transactions = new JdbcTransactionManager(database);
            var transaction = new TransactionTemplate(transactions);
            events = JdbcEventLogTest.eventLog(database);
            subscriptions = new JdbcSubscriptionStore(
                    jdbc,
                    transactions,
                    new SubscriptionRevisions(jdbc),
                    new TestStores.Unsealed(),
                    Duration.ofDays(30));
            deliveries = new JdbcDeliveryLog(jdbc, template, transaction, events, subscriptions, TestNodes.ID);
            batches = new JdbcBatchLog(jdbc, template, transaction, events, TestNodes.ID);
        }

        @Override
        protected BatchLog batches() {
            return batches;
        }

        @Override
        protected DeliveryLog deliveries() {
            return deliveries;
        }

        @Override
        protected Event event(Instant receivedAt, int bytes) {
            var data = Json.write("x".repeat(bytes - QUOTES));
            var event = new NewEvent("acme", "order.created", "/", null, null, receivedAt, false, null, data, false);
            events.append(List.of(List.of(event)), receivedAt);
            return events.find(events.last()).orElseThrow();
        }

        @Override
        protected Subscription subscription() {
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
                    false,
                    new Retry(null, null),
                    Deactivation.DEFAULT,
                    Buffer.DEFAULT);
            return subscriptions.create("sub_batch" + next.incrementAndGet(), definition, List.of(), NOON);
        }
    }
}
