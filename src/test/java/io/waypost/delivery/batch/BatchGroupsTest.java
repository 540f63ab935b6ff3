package io.waypost.delivery.batch;

import static io.waypost.testing.Delays.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.store.jdbc.TestDatabases;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.apache.camel.CamelContext;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;

/** The route {@code batch} as it is shipped, on a database of its own. */
class BatchGroupsTest {

    private final DataSource database = TestDatabases.h2();
    private final List<PendingBatch> full = new CopyOnWriteArrayList<>();
    private final AtomicInteger failures = new AtomicInteger();
    private final Noted noted = new Noted() {
        @Override
        public void full(PendingBatch batch) {
            if (failures.getAndDecrement() > 0) {
                throw new IllegalStateException("as at a crash");
            }
            full.add(batch);
        }
    };
    private CamelContext camel;
    private BatchGroups groups = node();

    /** A node that has not started yet. */
    private BatchGroups node() {
        var beans = new BatchGroups.Beans();
        camel = new DefaultCamelContext();
        var repository = beans.batchRepository(new JdbcTransactionManager(database), database);
        camel.getRegistry().bind("batchRepository", repository);
        camel.getRegistry().bind("batchAggregation", beans.batchAggregation());
        camel.getRegistry().bind("batches", noted);
        try {
            PluginHelper.getRoutesLoader(camel)
                    .loadRoutes(ResourceHelper.resolveMandatoryResource(camel, "classpath:routes/batch.camel.yaml"));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        return beans.batchGroups(camel, camel.createProducerTemplate(), repository);
    }

    @AfterEach
    void stop() {
        camel.stop();
    }

    private void add(long subscription, long first, int count) {
        groups.add(new PendingBatch(subscription, first, count, 10L * count, 5));
    }

    private void awaitFull(PendingBatch... these) {
        await().atMost(SOON).untilAsserted(() -> assertThat(full).containsExactly(these));
    }

    @Test
    void itIsReadyWhileTheRouteRuns() {
        assertThat(groups.ready()).isFalse();
        camel.start();
        assertThat(groups.ready()).isTrue();
        camel.stop();
        assertThat(groups.ready()).isFalse();
    }

    @Test
    void aGroupIsNotedWhenItIsFullAndBeginsAnew() {
        camel.start();
        add(1, 11, 2);
        add(2, 12, 4);
        add(1, 14, 2);
        assertThat(full).isEmpty();

        add(1, 13, 1);
        awaitFull(new PendingBatch(1, 11, 5, 50, 5));
        add(1, 20, 4);
        assertThat(full).hasSize(1);
        add(2, 21, 6);
        awaitFull(new PendingBatch(1, 11, 5, 50, 5), new PendingBatch(2, 12, 10, 100, 5));
    }

    @Test
    void aGroupThatIsForgottenIsCountedAnewAndNoOther() {
        camel.start();
        add(1, 11, 4);
        add(2, 11, 4);

        groups.forget(1);
        groups.forget(3);
        assertThat(JdbcClient.create(database)
                        .sql("select count(*) from batch_group_completed")
                        .query(Long.class)
                        .single())
                .as("what would be noted after a crash")
                .isZero();
        add(1, 15, 4);
        assertThat(full).isEmpty();
        add(2, 16, 1);

        awaitFull(new PendingBatch(2, 11, 5, 50, 5));
    }

    @Test
    void aGroupGoesOnFillingAfterACrash() {
        camel.start();
        add(1, 11, 4);
        camel.stop();

        groups = node();
        camel.start();
        add(1, 15, 1);

        awaitFull(new PendingBatch(1, 11, 5, 50, 5));
    }

    @Test
    void aGroupThatWasFullButNotNotedIsNotedLater() {
        camel.start();
        add(1, 11, 4);
        // The route tries eight times more at once.
        failures.set(9);
        add(1, 15, 1);
        assertThat(full).isEmpty();

        awaitFull(new PendingBatch(1, 11, 5, 50, 5));
    }
}
