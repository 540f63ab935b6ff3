package io.waypost.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.platform.Refused;
import io.waypost.platform.SecretBox;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionStore;
import io.waypost.subscription.SubscriptionStore.Query;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;

class JdbcSubscriptionStoreTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

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

    abstract static class OnJdbc extends SubscriptionStoreContract {

        private final DataSource database;
        private final JdbcClient jdbc;
        private long deliveries;
        private Duration retention = Duration.ofDays(30);

        OnJdbc(DataSource database) {
            this.database = database;
            this.jdbc = JdbcClient.create(database);
        }

        @Override
        protected SubscriptionStore store() {
            return new JdbcSubscriptionStore(
                    jdbc,
                    new JdbcTransactionManager(database),
                    new SubscriptionRevisions(jdbc),
                    new Turned(),
                    retention);
        }

        @Test
        void aWindowIsNeverLongerThanEventsAreKeptAndWithThemAsLongAsItWas() {
            var stored = store().create("sub_w", TestStores.scheduled(null), List.of(), NOON);
            assertThat(stored.definition().replayBuffer().window()).isEqualTo(Duration.ofDays(5));

            retention = Duration.ofDays(1);
            assertThat(store().find("sub_w")
                            .orElseThrow()
                            .definition()
                            .replayBuffer()
                            .window())
                    .isEqualTo(Duration.ofDays(1));
            var limited = store().find("sub_w").orElseThrow();
            assertThat(limited.definition().replayBuffer().requested()).isEqualTo(Duration.ofDays(5));
            store().update(limited, limited.definition(), limited.secrets(), NOON);

            retention = Duration.ofDays(9);
            assertThat(store().find("sub_w")
                            .orElseThrow()
                            .definition()
                            .replayBuffer()
                            .window())
                    .isEqualTo(Duration.ofDays(5));
        }

        private void insertDelivery(long subscription, String status) {
            jdbc.sql("""
                            insert into delivery (created_at, seq, subscription, tenant, status, attempts, used, fence,
                                                  replay, line, buffer)
                            values (1, :seq, :no, 'acme', :status, 0, 0, 1, false, cast(:line as bigint),
                                    cast(:buffer as bigint))
                            """)
                    .param("seq", ++deliveries)
                    .param("no", subscription)
                    .param("status", status)
                    .param("line", status.equals("BUFFERED") ? null : subscription)
                    .param("buffer", status.equals("BUFFERED") ? subscription : null)
                    .update();
        }

        @Test
        void nothingSecretIsReadableInTheTable() {
            store().create("sub_1", full("acme"), List.of(), NOON);

            assertThat(row()).doesNotContain("geheim");
        }

        @Test
        void aDeletedOneKeepsNothingOfItsContentAndNoDeliveryThatIsNotFinal() {
            var store = store();
            var no = store.create("sub_1", full("acme"), List.of(), NOON).no();
            for (var status : List.of("PENDING", "RETRYING", "BUFFERED")) {
                insertDelivery(no, status);
                insertDelivery(no + 1, status);
            }

            store.delete("sub_1", NOON);

            assertThat(row()).doesNotContain("CRM", "message.opened", "url");
            assertThat(jdbc.sql("select status from delivery where subscription = ?")
                            .param(no)
                            .query(String.class)
                            .list())
                    .isEmpty();
            assertThat(jdbc.sql("select count(*) from delivery where subscription = ?")
                            .param(no + 1)
                            .query(Long.class)
                            .single())
                    .isEqualTo(3);
        }

        @Test
        void oneThatCannotBeReadSaysSoAndTheOthersGoOn() {
            var store = store();
            for (int i = 1; i < 5; i++) {
                store.create("sub_" + i, full("acme"), List.of(), NOON);
            }
            jdbc.sql("update subscription set secrets = '%' where id = 'sub_1'").update();
            jdbc.sql("update subscription set config = '%' where id = 'sub_2'").update();
            jdbc.sql("update subscription set definition = '%' where id = 'sub_3'")
                    .update();

            var all = store.list(new Query("acme", null, null, null, null, Long.MAX_VALUE, 10));
            assertThat(all).extracting(Subscription::readable).containsExactly(true, false, false, false);
            assertThat(store.changesAfter(0, 10))
                    .extracting(SubscriptionStore.Change::subscription)
                    .isEqualTo(all.reversed());
            assertThat(all.subList(2, 4)).allSatisfy(unreadable -> {
                assertThat(unreadable.definition().events())
                        .isEqualTo(full("acme").events());
                assertThat(unreadable.definition().filter())
                        .isEqualTo(full("acme").filter());
                assertThat(unreadable.definition().config()).isEmpty();
                assertThat(unreadable.secrets()).isEmpty();
            });
            assertThat(all.get(1).definition().events()).isEmpty();
            for (var unreadable : all.subList(1, 4)) {
                assertThatThrownBy(() -> store.update(unreadable, full("acme"), List.of(), NOON))
                        .isInstanceOf(Refused.class);
            }
            assertThatThrownBy(() -> store.createUnless(_ -> false, "sub_9", full("acme"), List.of(), NOON))
                    .isInstanceOf(Refused.class);
        }

        private String row() {
            return jdbc.sql("select * from subscription").query().singleRow().toString();
        }
    }

    /** Unreadable enough for a test. */
    private static final class Turned implements SecretBox {

        @Override
        public String seal(Place place, String text) {
            return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String open(Place place, String sealed) {
            return new String(Base64.getDecoder().decode(sealed), StandardCharsets.UTF_8);
        }

        @Override
        public String sign(String purpose, String text) {
            return purpose + text.hashCode();
        }
    }
}
