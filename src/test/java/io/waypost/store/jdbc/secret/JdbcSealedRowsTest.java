package io.waypost.store.jdbc.secret;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.platform.secret.SealedRows;
import io.waypost.platform.secret.SealedRows.Change;
import io.waypost.platform.secret.SealedRows.Row;
import io.waypost.store.jdbc.TestDatabases;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;

class JdbcSealedRowsTest {

    private static final String OURS = "v2.AAAA_-AA.";
    private static final String THEIRS = "v2.BBBB_-BB.";

    @Nested
    class OnH2 extends Contract {

        OnH2() {
            super(TestDatabases.h2());
        }
    }

    @Nested
    class OnPostgres extends Contract {

        OnPostgres() {
            super(TestDatabases.postgres());
        }
    }

    abstract static class Contract {

        private final JdbcClient jdbc;
        private final SealedRows rows;

        Contract(DataSource database) {
            jdbc = JdbcClient.create(database);
            rows = new JdbcSealedRows(jdbc, new JdbcTransactionManager(database));
            subscription("sub_1", OURS + "config", OURS + "secrets", false);
            subscription("sub_2", THEIRS + "config", OURS + "secrets", false);
            subscription("sub_3", OURS + "config", "v1.secrets", false);
            subscription("sub_4", "", "", true);
            jdbc.sql("""
                            insert into connection (id, revision, tenant, name, kind, config, created_at, updated_at)
                            values ('con_1', 1, 'acme', 'CRM', 'BEARER', 'v1.config', 1, 1)
                            """).update();
            jdbc.sql("""
                            insert into inbound_source (id, tenant, kind, token_hash, token, settings, created_at)
                            values ('src_1', 'default', 'door', 'hash', :token, :settings, 1)
                            """)
                    .param("token", THEIRS + "token")
                    .param("settings", OURS + "x")
                    .update();
            jdbc.sql("""
                            insert into idempotency_key (id, body_hash, token, seed, answer, started_at)
                            values ('a', 'hash', 1, 1, :answer, 1), ('b', 'hash', 1, 1, null, 1)
                            """).param("answer", THEIRS + "answer").update();
        }

        private void subscription(String id, String config, String secrets, boolean deleted) {
            jdbc.sql("""
                            insert into subscription (id, revision, deleted, tenant, connector, events, definition, config,
                                                      secrets, ordered, state, created_at, updated_at)
                            values (:id, 1, :deleted, 'acme', 'webhook', '[]', '{}', :config, :secrets, false, 'ACTIVE', 1,
                                    1)
                            """)
                    .param("id", id)
                    .param("deleted", deleted)
                    .param("config", config)
                    .param("secrets", secrets)
                    .update();
        }

        private List<String> ids(Set<String> prefixes, int most) {
            return rows.tables().stream()
                    .flatMap(table -> Stream.iterate(
                                    rows.next(table, prefixes, "", most),
                                    page -> !page.isEmpty(),
                                    page -> rows.next(
                                            table, prefixes, page.getLast().id(), most))
                            .flatMap(List::stream))
                    .map(Row::toString)
                    .toList();
        }

        @Test
        void rowsAreFoundByHowTheirValuesBegin() {
            assertThat(ids(Set.of(), 2))
                    .containsExactly(
                            "subscription sub_1",
                            "subscription sub_2",
                            "subscription sub_3",
                            "connection con_1",
                            "inbound_source src_1",
                            "idempotency_key a");
            assertThat(ids(Set.of(OURS), 1))
                    .containsExactly(
                            "subscription sub_2",
                            "subscription sub_3",
                            "connection con_1",
                            "inbound_source src_1",
                            "idempotency_key a");
            assertThat(ids(Set.of(OURS, "v1."), 10))
                    .containsExactly("subscription sub_2", "inbound_source src_1", "idempotency_key a");
            assertThat(ids(Set.of(OURS, THEIRS, "v1."), 10)).isEmpty();
            assertThat(rows.count(Set.of(OURS))).isEqualTo(5);
            assertThat(rows.count(Set.of(OURS, THEIRS, "v1."))).isZero();
        }

        @Test
        void aRowComesWithItsTenantAndItsSealedValues() {
            assertThat(rows.next("subscription", Set.of(), "", 1))
                    .containsExactly(new Row(
                            "subscription",
                            "sub_1",
                            "acme",
                            Map.of("config", OURS + "config", "secrets", OURS + "secrets")));
            assertThat(rows.next("idempotency_key", Set.of(), "", 1).getFirst().tenant())
                    .isEmpty();
        }

        @Test
        void whatWasChangedMeanwhileIsNotReplaced() {
            var seen = rows.next("subscription", Set.of(), "", 2);
            jdbc.sql("update subscription set secrets = 'v1.new' where id = 'sub_2'")
                    .update();

            var replaced = rows.replace(seen.stream()
                    .map(row -> new Change(row, Map.of("config", OURS + "1", "secrets", OURS + "2")))
                    .toList());

            assertThat(replaced).isEqualTo(1);
            assertThat(jdbc.sql("select config || ' ' || secrets from subscription where id < 'sub_3' order by id")
                            .query(String.class)
                            .list())
                    .containsExactly(OURS + "1 " + OURS + "2", THEIRS + "config v1.new");
        }

        @Test
        void nodesSayWhatTheySealWithAndThoseOfAnOlderReleaseDoNot() {
            jdbc.sql("""
                            insert into node (id, started_at, seen_at, sealing)
                            select id, 1, cast(extract(epoch from current_timestamp) * 1000000 as bigint) - ago, sealing
                              from (values ('one', 0, ''), ('two', 0, ''), ('old', 0, cast(null as varchar)),
                                           ('silent', 60000000, '')) as n (id, ago, sealing)
                            """).update();

            rows.announce("one", OURS);
            rows.announce("old", OURS);

            assertThat(rows.others("two")).isEqualTo(Map.of("one", OURS, "old", SealedRows.OLDER));
            assertThat(rows.others("one")).isEqualTo(Map.of("two", "", "old", SealedRows.OLDER));
        }
    }
}
