package io.waypost.store.jdbc;

import io.waypost.delivery.log.DeliveryLog;
import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.platform.Json;
import io.waypost.platform.SecretBox;
import io.waypost.platform.node.TestNodes;
import io.waypost.replay.ReplayStore;
import io.waypost.subscription.Runs;
import io.waypost.subscription.Subscription.Buffer;
import io.waypost.subscription.Subscription.Deactivation;
import io.waypost.subscription.Subscription.Definition;
import io.waypost.subscription.Subscription.Retry;
import io.waypost.subscription.SubscriptionStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.LongStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Stores that other packages' tests need beside their own. */
public final class TestStores {

    private TestStores() {}

    public static SubscriptionStore subscriptions(DataSource database, SecretBox box) {
        var jdbc = JdbcClient.create(database);
        return new JdbcSubscriptionStore(
                jdbc, new JdbcTransactionManager(database), new SubscriptionRevisions(jdbc), box, Duration.ofDays(30));
    }

    public static EventLog eventLog(DataSource database) {
        return JdbcEventLogTest.eventLog(database);
    }

    /** Stores so many more events like the given one, numbered from {@code first} on. */
    public static void copy(DataSource database, long seq, long first, int count) {
        var model = eventLog(database).find(seq).orElseThrow();
        ManyRows.insert(
                database,
                LongStream.range(first, first + count)
                        .mapToObj(next -> new Event(
                                next,
                                model.receivedAt(),
                                model.tenant(),
                                model.type(),
                                model.source(),
                                null,
                                model.subject(),
                                model.time(),
                                model.test(),
                                model.attributes(),
                                model.data(),
                                model.base64()))
                        .toList());
    }

    public static DeliveryLog deliveries(DataSource database) {
        return deliveries(database, eventLog(database));
    }

    static DeliveryLog deliveries(DataSource database, EventLog events) {
        var jdbc = JdbcClient.create(database);
        return new JdbcDeliveryLog(
                jdbc,
                new JdbcTemplate(database),
                new TransactionTemplate(new JdbcTransactionManager(database)),
                events,
                subscriptions(database, new Unsealed()),
                TestNodes.ID);
    }

    public static ReplayStore replays(DataSource database) {
        return new JdbcReplayStore(
                JdbcClient.create(database),
                new TransactionTemplate(new JdbcTransactionManager(database)),
                TestNodes.ID);
    }

    /** Stores a subscription to these types. */
    public static void subscribeTo(SubscriptionStore store, String id, String tenant, List<String> types) {
        store.create(id, definition(tenant, types, null, null), List.of(), Instant.EPOCH);
    }

    /** Stores a subscription that uses the connection. */
    public static void subscribe(SubscriptionStore store, String id, String tenant, String connection) {
        store.create(id, definition(tenant, List.of("**"), connection, null), List.of(), Instant.EPOCH);
    }

    /** What a subscription is that leaves in runs. */
    public static Definition scheduled(@Nullable String cron) {
        return definition("acme", List.of("**"), null, new Runs(cron));
    }

    private static Definition definition(
            String tenant, List<String> types, @Nullable String connection, @Nullable Runs runs) {
        return new Definition(
                tenant,
                null,
                null,
                types,
                null,
                null,
                "webhook",
                Json.object(),
                connection,
                null,
                null,
                10,
                null,
                false,
                new Retry(null, null).in(runs),
                Deactivation.DEFAULT,
                Buffer.DEFAULT);
    }

    /** Nothing here is secret. */
    public static final class Unsealed implements SecretBox {

        @Override
        public String seal(Place place, String text) {
            return text;
        }

        @Override
        public String open(Place place, String sealed) {
            return sealed;
        }

        @Override
        public String sign(String purpose, String text) {
            return text;
        }
    }
}
