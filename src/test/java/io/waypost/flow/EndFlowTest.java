package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.store.jdbc.TestDatabases;
import io.waypost.testing.Client;
import io.waypost.testing.Gateway;
import io.waypost.testing.Receiver;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A gateway that ends while deliveries wait for their rate, and the next one on its database. */
class EndFlowTest {

    private static final Duration SOON = Duration.ofSeconds(60);

    /** A token in a quarter of an hour. */
    private static final String SELDOM = "\"rateLimit\":{\"perSecond\":0.001}";

    private final String database = TestDatabases.postgresUrl();
    private final Receiver receiver = new Receiver();

    @AfterEach
    void close() {
        receiver.close();
    }

    private Gateway node() {
        return Gateway.with(Map.of(
                "waypost.db.url",
                database,
                "waypost.db.user",
                "postgres",
                "waypost.secret-key",
                "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
                // Nothing is taken over in this test.
                "waypost.log.lease",
                "1h"));
    }

    private long received(String type) {
        return receiver.received().stream()
                .filter(request -> request.body().contains(type))
                .count();
    }

    private void awaitReceived(int count, String... types) {
        for (var type : types) {
            await().atMost(SOON).until(() -> received(type) == count);
        }
    }

    /** Three deliveries each of three subscriptions, of which one has been sent; answers the one with the replay. */
    private String waiting(Client client) {
        client.subscribe("order.seldom", receiver.url(), SELDOM);
        client.subscribe("order.inturn", receiver.url(), SELDOM + ",\"ordered\":true");
        var replayed = client.subscribe("order.again", receiver.url(), SELDOM);
        client.deactivate(replayed);
        client.publish("order.seldom", 0, 3);
        client.publish("order.inturn", 0, 3);
        client.publish("order.again", 0, 3);
        await().atMost(SOON).until(() -> buffered(client, replayed) == 3);
        client.activateWithReplay(replayed);
        awaitReceived(1, "order.seldom", "order.inturn", "order.again");
        return replayed;
    }

    private static int buffered(Client client, String subscription) {
        return client.subscription(subscription).at("/replayBuffer/count").intValue();
    }

    @Test
    void whatWaitsForItsRateHoldsUpNoEndAndIsTheNextNodesAtOnce() {
        var first = node();
        var replayed = waiting(new Client(first.admin()));

        var begun = System.nanoTime();
        first.close();
        var took = Duration.ofNanos(System.nanoTime() - begun);

        assertThat(took).isLessThan(Duration.ofSeconds(20));
        try (var next = node()) {
            var client = new Client(next.admin());
            awaitReceived(2, "order.again");
            await().atMost(SOON).until(() -> buffered(client, replayed) == 1);
            next.clock().advance(Duration.ofHours(2));
            awaitReceived(2, "order.seldom", "order.inturn");
            await().atMost(SOON).untilAsserted(() -> assertThat(client.deliveries("status=pending"))
                    .hasSize(2));
        }
    }
}
