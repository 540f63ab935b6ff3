package io.waypost.store.jdbc.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.intake.source.Rejected;
import io.waypost.intake.source.Source;
import io.waypost.platform.Ids;
import io.waypost.platform.Json;
import io.waypost.platform.SecretBox;
import io.waypost.store.jdbc.TestDatabases;
import java.time.Instant;
import java.util.Base64;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.jdbc.core.simple.JdbcClient;

class JdbcSourceStoreTest {

    @Nested
    class OnH2 extends Contract {
        @Override
        DataSource database() {
            return TestDatabases.h2();
        }
    }

    @Nested
    class OnPostgres extends Contract {
        @Override
        DataSource database() {
            return TestDatabases.postgres();
        }
    }

    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    abstract static class Contract {

        private static final Instant NOON = Instant.parse("2026-01-31T12:00:00.123456Z");

        private JdbcClient jdbc;
        private JdbcSourceStore store;

        abstract DataSource database();

        @BeforeAll
        void open() {
            jdbc = JdbcClient.create(database());
            store = new JdbcSourceStore(jdbc, new Encoding());
            jdbc.sql("insert into tenant (id, created_at) values ('other', 0)").update();
        }

        @Test
        void aSourceIsFoundByIdAndByToken() {
            var source = create("default", 0);

            assertThat(store.find(source.id())).contains(source);
            assertThat(store.findByToken("hash of " + source.token())).contains(source);
            assertThat(store.findByToken(source.token())).isEmpty();
        }

        @Test
        void tokenAndSettingsAreSealed() {
            var source = create("default", 1);

            assertThat(jdbc.sql("select token, settings from inbound_source where id = :id")
                            .param("id", source.id())
                            .query()
                            .singleRow()
                            .values())
                    .noneMatch(text -> text.toString().contains("token-1")
                            || text.toString().contains("s3cret"));
        }

        @Test
        void oneThatCannotBeReadSaysSoAndTheOthersGoOn() {
            var first = create("default", 8);
            var second = create("default", 9);
            jdbc.sql("update inbound_source set settings = '%' where id = :id")
                    .param("id", first.id())
                    .update();

            var unreadable = store.find(first.id()).orElseThrow();
            assertThat(unreadable.readable()).isFalse();
            assertThat(unreadable.token()).isEmpty();
            assertThat(unreadable.settings()).isEmpty();
            assertThat(store.list("default", null, 100)).contains(second, unreadable);
        }

        @Test
        void sourcesAreListedNewestFirstAndPaged() {
            var first = create("other", 10);
            var second = create("other", 11);
            var third = create("default", 12);

            assertThat(store.list("other", null, 10)).containsExactly(second, first);
            assertThat(store.list("other", second.id(), 10)).containsExactly(first);
            assertThat(store.list(null, null, 2)).containsExactly(third, second);
        }

        @Test
        void ofTheRejectedTheNewestAreKept() {
            var source = create("default", 2);
            for (int i = 0; i < Rejected.MOST + 3; i++) {
                store.reject(rejected(source, i));
            }

            store.trim(source.id());

            var kept = store.rejected(source.id(), null, 1_000);
            assertThat(kept).hasSize(Rejected.MOST);
            assertThat(kept.getFirst()).isEqualTo(rejected(source, Rejected.MOST + 2));
            assertThat(kept.getLast()).isEqualTo(rejected(source, 3));
            assertThat(store.rejected(source.id(), kept.getFirst().id(), 1)).containsExactly(kept.get(1));
            store.trim(source.id());
            assertThat(store.rejected(source.id(), null, 1_000)).hasSize(Rejected.MOST);
        }

        @Test
        void theRejectedGoWithTheirSourceOrWithTime() {
            var source = create("default", 3);
            var other = create("default", 4);
            store.reject(rejected(source, -1_000_000_000));
            store.reject(rejected(source, 5));
            store.reject(rejected(other, 6));

            assertThat(store.purge(NOON.minusSeconds(900), 10)).isEqualTo(1);
            assertThat(store.rejected(source.id(), null, 10)).hasSize(1);
            assertThat(store.delete(source.id())).isTrue();
            assertThat(store.delete(source.id())).isFalse();
            assertThat(store.rejected(source.id(), null, 10)).isEmpty();
            store.reject(rejected(source, 7));
            assertThat(store.rejected(source.id(), null, 10)).isEmpty();
            assertThat(store.rejected(other.id(), null, 10)).hasSize(1);
        }

        private Source create(String tenant, int number) {
            var at = NOON.plusSeconds(number);
            var settings = Json.object().put("secret", "s3cret").put("zone", "UTC");
            var source = new Source(
                    Ids.next("src", at), tenant, "door", number % 2 == 0 ? null : "n", "token-" + number, settings, at);
            store.create(source, "hash of " + source.token());
            return source;
        }

        private static Rejected rejected(Source source, long micros) {
            var at = NOON.plusNanos(micros * 1_000);
            var id = Ids.of("rej", Ids.micros(at), Ids.micros(source.createdAt()));
            return new Rejected(id, source.id(), at, "why", "what");
        }
    }

    /** Not a secret, but not readable at a glance either. */
    private static final class Encoding implements SecretBox {

        @Override
        public String seal(Place place, String text) {
            return Base64.getEncoder().encodeToString(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }

        @Override
        public String open(Place place, String sealed) {
            return new String(Base64.getDecoder().decode(sealed), java.nio.charset.StandardCharsets.UTF_8);
        }

        @Override
        public String sign(String purpose, String text) {
            return text;
        }
    }
}
