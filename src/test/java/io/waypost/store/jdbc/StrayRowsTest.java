package io.waypost.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.store.jdbc.StrayRows.Stray;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.sql.DataSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What lies where nobody takes it up is found, and looking for it every second costs little however much there is. */
class StrayRowsTest {

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

    abstract static class OnJdbc {

        private final JdbcClient jdbc;
        private final StrayRows strays;

        OnJdbc(DataSource database) {
            jdbc = JdbcClient.create(database);
            strays = new StrayRows(jdbc);
        }

        private void buffered(long subscription, int power, long fromSeq) {
            ManyRows.deliveries(jdbc, subscription, power, fromSeq, "BUFFERED", null);
        }

        private void waiting(long subscription, int power, long fromSeq) {
            ManyRows.deliveries(jdbc, subscription, power, fromSeq, "PENDING", NOON);
        }

        private void state(long subscription, String state, boolean deleted) {
            jdbc.sql("update subscription set state = :state, deleted = :deleted where no = :no")
                    .param("state", state)
                    .param("deleted", deleted)
                    .param("no", subscription)
                    .update();
        }

        @Test
        void whatIsBufferedBesideAnActiveSubscriptionIsStrandedUnlessAReplayIsThere() {
            ManyRows.subscriptions(jdbc, 1, "PAUSED");
            buffered(2, 1, 0);
            buffered(4, 1, 0);
            buffered(6, 1, 0);
            state(4, "ACTIVE", false);
            state(6, "ACTIVE", false);
            jdbc.sql("""
                            insert into replay (subscription, mode, next_seq, remaining, due_at, fence, created_at)
                            values (6, 'REPLAY', 0, 0, 0, 1, 0)
                            """).update();

            assertThat(strays.stranded()).containsExactly(4L);
            assertThat(strays.stranded()).containsExactly(4L);
        }

        @Test
        void whatIsOverdueBesideAnInactiveSubscriptionIsAStray() {
            ManyRows.subscriptions(jdbc, 1, "ACTIVE");
            waiting(2, 1, 0);
            waiting(4, 1, 0);
            waiting(6, 1, 0);
            state(4, "PAUSED", false);
            state(6, "ACTIVE", true);

            assertThat(strays.strays(NOON)).isEmpty();
            assertThat(strays.strays(NOON.plusSeconds(1))).containsExactly(new Stray(4, false), new Stray(6, true));
        }

        @Test
        void howeverMuchIsBufferedALookCostsTheSame() {
            ManyRows.subscriptions(jdbc, 1, "PAUSED");
            buffered(2, 2, 0);
            buffered(4, 2, 0);
            var withLittle = ManyRows.quickest(strays::stranded);

            buffered(2, 5, 1_000);

            assertThat(ManyRows.quickest(strays::stranded)).isLessThan(5 * withLittle + ManyRows.MARGIN);
        }

        @Test
        void ofVeryManySubscriptionsEachLookTakesTheNextSoThatAllAreSeen() {
            ManyRows.subscriptions(jdbc, 4, "PAUSED");
            jdbc.sql("""
                            insert into delivery (created_at, seq, subscription, tenant, status, attempts, used, fence,
                                                  replay, buffer)
                            select 1, no, no, 'acme', 'BUFFERED', 0, 0, 1, false, no
                              from subscription
                             where no > 0
                            """).update();
            var found = new HashSet<Long>();
            for (var no : List.of(1L, 5_000L, 9_999L)) {
                state(no, "ACTIVE", false);
            }

            for (int look = 0; look < 10; look++) {
                var stranded = strays.stranded();
                assertThat(stranded).hasSizeLessThanOrEqualTo(1);
                found.addAll(stranded);
            }

            assertThat(found).isEqualTo(Set.of(1L, 5_000L, 9_999L));
        }
    }
}
