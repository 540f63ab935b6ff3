package io.waypost.store.jdbc;

import io.waypost.delivery.log.DeliveryKey;
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
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

    /** All deliveries that are stored, in rows and in blocks, with the number of their last claim. */
    public static Map<DeliveryKey, Integer> fences(DataSource database) {
        var jdbc = JdbcClient.create(database);
        var fences = new HashMap<DeliveryKey, Integer>();
        jdbc.sql("select header, bodies from delivery_entries")
                .query((row, _) -> new DeliveryBlock(row.getBytes(1), row.getBytes(2)))
                .list()
                .forEach(block -> block.entries().forEach(entry -> fences.put(entry.key(), entry.fence())));
        jdbc.sql("select created_at, seq, subscription, fence from delivery").query(row -> {
            fences.put(DeliveryRows.key(row), row.getInt(4));
        });
        return fences;
    }

    /**
     * Stores so many more deliveries like that of the given key, which is in a block, and their events, numbered from {@code first}
     * on and each received two microseconds after the one before.
     */
    public static void copy(DataSource database, DeliveryKey like, long offset, long first, int count) {
        var event = eventLog(database).find(like.seq()).orElseThrow();
        var blocks = new DeliveryBlocks(JdbcClient.create(database), new JdbcTemplate(database));
        var delivery = blocks.find(like).orElseThrow();
        var events = new ArrayList<Event>();
        var deliveries = new ArrayList<DeliveryBlock.Entry>();
        for (int i = 0; i < count; i++) {
            var at = event.receivedAt().plus(2 * (offset + i + 1), ChronoUnit.MICROS);
            var key = new DeliveryKey(at, first + i, like.subscription());
            events.add(new Event(
                    key.seq(),
                    at,
                    event.tenant(),
                    event.type(),
                    event.source(),
                    null,
                    event.subject(),
                    event.time(),
                    event.test(),
                    event.attributes(),
                    event.data(),
                    event.base64()));
            deliveries.add(new DeliveryBlock.Entry(
                    key,
                    delivery.tenant(),
                    delivery.status(),
                    delivery.attempts(),
                    delivery.used(),
                    delivery.fence(),
                    at.plusMillis(3),
                    delivery.replay(),
                    Objects.requireNonNull(delivery.attempt()).of(key)));
        }
        ManyRows.insert(database, events);
        new TransactionTemplate(new JdbcTransactionManager(database))
                .executeWithoutResult(_ -> blocks.insert(deliveries));
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
