package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.event.EventPublisher;
import io.waypost.event.NewEvent;
import io.waypost.store.jdbc.TestDatabases;
import io.waypost.store.jdbc.TestStores;
import io.waypost.testing.Client;
import io.waypost.testing.Gateway;
import io.waypost.testing.PostgresCounts;
import io.waypost.testing.Receiver;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** What the database is asked for while many publish at once, one event a call, by its own counts. */
class CommitsFlowTest {

    private static final int PUBLISHERS = 32;
    private static final int EACH = 100;
    private static final int EVENTS = PUBLISHERS * EACH;
    private static final NewEvent EVENT = new NewEvent(
            "default", "many", "/", null, null, Instant.parse("2026-03-01T12:00:00Z"), false, null, "{}", false);
    private static final Duration LONG = Duration.ofMinutes(2);

    private final String url = TestDatabases.postgresUrl();
    private final DataSource database = new DriverManagerDataSource(url, "postgres", "");

    @Test
    void aCommitCarriesManyEventsAndANodeThatKeepsUpReadsNoneBack() {
        try (var receiver = new Receiver();
                var gateway = Gateway.with(Map.of("waypost.db.url", url, "waypost.db.user", "postgres"))) {
            PostgresCounts.prepare(database);
            var client = new Client(gateway.admin());
            client.subscribe("many", receiver.url(), "\"concurrency\":64");
            publish(gateway, 3);
            awaitStored(3L * PUBLISHERS);
            // One append at a time, so that the node cannot lag and leave some to others, as it does on a busy machine.
            var quiet = PostgresCounts.of(database);
            for (int i = 1; i <= 3; i++) {
                gateway.bean(EventPublisher.class).publish(Collections.nCopies(PUBLISHERS, EVENT));
                awaitStored(quiet.events() + (long) i * PUBLISHERS);
            }
            assertThat(PostgresCounts.of(database).minus(quiet).blocksRead()).isZero();
            var before = PostgresCounts.of(database);

            var begun = System.nanoTime();
            publish(gateway, EACH);
            awaitStored(EVENTS + before.events());
            var counts = PostgresCounts.of(database).minus(before);

            assertThat(counts.appends()).as(counts.toString()).isLessThan(EVENTS / 8);
            // On a busy machine outcomes come slowly, but however slowly, they are not written more often than that.
            var seconds = (System.nanoTime() - begun) / 1e9;
            assertThat(counts.transactions() - counts.appends())
                    .as("%s in %.1f s", counts, seconds)
                    .isLessThan((long) (100 * seconds));
        }
    }

    private void awaitStored(long events) {
        await().atMost(LONG)
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> PostgresCounts.of(database).events() == events
                        && TestStores.fences(database).size() == events);
    }

    private static void publish(Gateway gateway, int each) {
        var publisher = gateway.bean(EventPublisher.class);
        try (var publishers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < PUBLISHERS; i++) {
                var _ = publishers.submit(
                        () -> IntStream.range(0, each).forEach(_ -> publisher.publish(List.of(EVENT))));
            }
        }
    }
}
