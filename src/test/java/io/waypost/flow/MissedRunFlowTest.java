package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Client;
import io.waypost.testing.Gateway;
import io.waypost.testing.Receiver;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that fall due while no gateway is there to make them. */
class MissedRunFlowTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    Path data;

    @Test
    void isMadeAtTheStartButNotForWhoHasMissedNone() {
        try (var receiver = new Receiver()) {
            String missed;
            String cron;
            try (var before = start()) {
                before.clock().advance(Duration.ofDays(-3));
                cron = daily(before);
                var client = new Client(before.admin());
                client.subscribe("order.created", receiver.url("/missed"), scheduled(cron));
                missed = client.publish("order.created", 1, 1).getFirst();
                awaitHeld(client, 1);
            }
            assertThat(receiver.received()).isEmpty();

            try (var after = start()) {
                await().atMost(SOON).until(() -> receiver.received().size() == 1);
                assertThat(receiver.received().getFirst().id()).isEqualTo(missed);

                var client = new Client(after.admin());
                client.subscribe("order.paid", receiver.url("/young"), scheduled(cron));
                var beacon =
                        client.subscribe("beacon", receiver.url("/beacon"), "\"dispatch\":{\"mode\":\"scheduled\"}");
                client.publish("order.paid", 2, 1);
                client.publish("order.created", 3, 1);
                client.publish("beacon", 4, 1);
                awaitHeld(client, 3);
                after.clock().advance(Duration.ofHours(11));
                // What waits for no run any more leaves after the runs of the same moment.
                after.admin()
                        .patch("/v1/subscriptions/" + beacon, "{\"dispatch\":null}")
                        .expect(200);
                await().atMost(SOON).until(() -> receiver.received().size() >= 2);
                assertThat(receiver.received())
                        .extracting(Receiver.Received::path)
                        .containsExactly("/missed", "/beacon");

                after.clock().advance(Duration.ofHours(2));
                await().atMost(SOON).until(() -> receiver.received().size() == 4);
            }
        }
    }

    private Gateway start() {
        return Gateway.with(Map.of("waypost.data-dir", data.toString()));
    }

    /** Twelve hours from now, and each day at that time. */
    private static String daily(Gateway gateway) {
        var at = gateway.clock().instant().plus(Duration.ofHours(12)).atZone(ZoneOffset.UTC);
        return "%d %d * * *".formatted(at.getMinute(), at.getHour());
    }

    private static String scheduled(String cron) {
        return "\"dispatch\":{\"mode\":\"scheduled\",\"cron\":\"%s\"}".formatted(cron);
    }

    private static void awaitHeld(Client client, int count) {
        await().atMost(SOON).until(() -> client.deliveries("status=pending").size() == count);
    }
}
