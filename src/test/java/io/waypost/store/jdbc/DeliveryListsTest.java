package io.waypost.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryQuery;
import io.waypost.platform.Ids;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What a page of deliveries costs while very many wait: those of a tenant of 1,000 subscriptions, and of one of few events. */
class DeliveryListsTest {

    /** No page may take longer. It is the quickest of some that is measured. */
    private static final Duration LONGEST = Duration.ofMillis(100);

    private static final int SUBSCRIPTIONS = 1_000;

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

    /**
     * Subscriptions 0 to 999 are acme's, and the newest 100,000 rows; 1,000 to 1,999 are rare's, of 10 older events. 2,000 to 2,999
     * have 100,000 deliveries in blocks, of many; 3,000 to 3,999 a few, of seldom, which are older than all.
     */
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    abstract static class OnJdbc {

        private final DataSource database;
        private final JdbcClient jdbc;
        private final DeliveryLists lists;

        OnJdbc(DataSource database) {
            this.database = database;
            jdbc = JdbcClient.create(database);
            var blocks = new DeliveryBlocks(jdbc, new JdbcTemplate(database));
            lists = new DeliveryLists(jdbc, TestStores.eventLog(database), blocks);
        }

        @BeforeAll
        void fill() {
            ManyRows.subscriptions(jdbc, 4, "ACTIVE");
            jdbc.sql("update subscription set tenant = 'rare' where no >= " + SUBSCRIPTIONS)
                    .update();
            ManyRows.fannedOut(database, "rare", 1, 1, SUBSCRIPTIONS, SUBSCRIPTIONS);
            ManyRows.fannedOut(database, "acme", 2, 1_001, SUBSCRIPTIONS, 0);
            tenant("many", 2 * SUBSCRIPTIONS);
            tenant("seldom", 3 * SUBSCRIPTIONS);
            ManyRows.ended(database, "many", 100, 101, SUBSCRIPTIONS, 2 * SUBSCRIPTIONS);
            ManyRows.ended(database, "seldom", 3, 11, SUBSCRIPTIONS, 3 * SUBSCRIPTIONS);
        }

        private void tenant(String tenant, int from) {
            jdbc.sql("update subscription set tenant = :tenant where no >= :from and no < :to")
                    .param("tenant", tenant)
                    .param("from", from)
                    .param("to", from + SUBSCRIPTIONS)
                    .update();
        }

        static Stream<DeliveryQuery> queries() {
            var middle = new DeliveryKey(Ids.instant(1_050_000), 1_050, 500);
            var queries = new ArrayList<DeliveryQuery>();
            for (var tenant : new String[] {null, "acme", "rare", "many", "seldom", "nobody"}) {
                for (var status : new Status[] {null, Status.PENDING, Status.SUCCEEDED}) {
                    queries.add(query(tenant, null, null, status, null));
                    queries.add(query(tenant, null, null, status, middle));
                }
            }
            queries.add(query("acme", 7L, null, null, null));
            queries.add(query("acme", 7L, null, Status.EXHAUSTED, middle));
            queries.add(query("many", 2_007L, null, null, null));
            queries.add(query("seldom", 3_007L, null, null, null));
            queries.add(query("many", 2_007L, null, Status.EXHAUSTED, null));
            queries.add(query("many", null, 150L, null, null));
            queries.add(query("acme", null, 1_050L, null, null));
            queries.add(query("acme", null, 1_050L, Status.PENDING, middle));
            queries.add(
                    new DeliveryQuery("acme", null, null, null, Ids.instant(1_040_000), middle.createdAt(), null, 251));
            queries.add(new DeliveryQuery("rare", null, null, null, Ids.instant(2_000), Ids.instant(6_000), null, 251));
            return queries.stream();
        }

        private static DeliveryQuery query(
                @Nullable String tenant,
                @Nullable Long subscription,
                @Nullable Long seq,
                @Nullable Status status,
                @Nullable DeliveryKey before) {
            return new DeliveryQuery(tenant, subscription, seq, status, null, null, before, 251);
        }

        @ParameterizedTest
        @MethodSource("queries")
        void aPageTakesATenthOfASecondAtTheMost(DeliveryQuery query) {
            var quickest = Duration.ofNanos(ManyRows.quickest(5, () -> lists.list(query)));

            assertThat(quickest).isLessThan(LONGEST);
        }

        @Test
        void whatATenantHasIsFoundPageByPageInOrderThoughOthersHaveMuchThatIsNewer() {
            var keys = walked("rare", null);

            assertThat(keys).hasSize(10 * SUBSCRIPTIONS).isSortedAccordingTo(Comparator.reverseOrder());
            assertThat(keys).doesNotHaveDuplicates();
        }

        @Test
        void whatIsInBlocksIsFoundThoughOthersHaveMuchThatIsNewer() {
            assertThat(walked("seldom", null)).hasSize(3 * SUBSCRIPTIONS);
            assertThat(walked("seldom", 3_007L)).extracting(DeliveryKey::seq).containsExactly(13L, 12L, 11L);
        }

        /** Page by page: how much is on one depends on how busy the machine is. */
        private List<DeliveryKey> walked(String tenant, @Nullable Long subscription) {
            var keys = new ArrayList<DeliveryKey>();
            DeliveryKey reached = null;
            do {
                var page = lists.list(query(tenant, subscription, null, null, reached));
                page.items().forEach(delivery -> keys.add(delivery.key()));
                reached = page.reached();
            } while (reached != null);
            return keys;
        }

        @Test
        void aPageOfATenantWhoseRowsAreTheNewestIsFull() {
            var page = lists.list(query("acme", null, null, Status.PENDING, null));

            assertThat(page.items()).hasSize(251);
            assertThat(page.items().getFirst().key())
                    .isEqualTo(new DeliveryKey(Ids.instant(1_100_000), 1_100, SUBSCRIPTIONS - 1));
            assertThat(page.items().getFirst().subscriptionId()).isEqualTo("sub_999");
        }
    }
}
