package io.waypost.store.jdbc.campaign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.campaign.Addition;
import io.waypost.campaign.Addition.Added;
import io.waypost.campaign.Campaign;
import io.waypost.campaign.Campaign.Count;
import io.waypost.campaign.CampaignEvent;
import io.waypost.campaign.CampaignStore.Step;
import io.waypost.campaign.Contacts;
import io.waypost.campaign.Kind;
import io.waypost.event.EventLog;
import io.waypost.event.NewEvent;
import io.waypost.store.jdbc.TestDatabases;
import io.waypost.store.jdbc.TestStores;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;

class JdbcCampaignStoreTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Set<String> OPENS = Set.of("message.opened");

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

        private final EventLog log;
        private final JdbcCampaignStore store;
        private final List<Long> counted = Collections.synchronizedList(new ArrayList<>());

        Contract(DataSource database) {
            var jdbc = JdbcClient.create(database);
            log = TestStores.eventLog(database);
            store = new JdbcCampaignStore(jdbc, new JdbcTransactionManager(database), TestStores.eventLog(database));
            jdbc.sql("insert into tenant (id, name, created_at) values ('a', 'a', 0), ('b', 'b', 0)")
                    .update();
        }

        @Test
        void eventsCountOnceThoughManyCountAtTheSameTime() throws Exception {
            append(500, "message.opened", false);
            try (var threads = Executors.newFixedThreadPool(4)) {
                for (var done : threads.invokeAll(Collections.nCopies(4, Executors.callable(this::countAll)))) {
                    done.get();
                }
            }

            assertThat(counted).hasSize(500).doesNotHaveDuplicates();
            assertThat(campaign("7").count(Kind.OPENED)).isEqualTo(new Count(500, 3));
        }

        @Test
        void anEventIsReadAsItWasStored() {
            var data = "{\"campaign\":{\"name\":\"Frühling €\"},\"n\":1.10}";
            var event = new NewEvent("a", "message.opened", "/", null, null, NOON, false, null, data, false);
            log.append(List.of(List.of(event)), NOON.plusSeconds(1));
            var read = new ArrayList<CampaignEvent>();

            store.advance(OPENS, 100, events -> {
                read.addAll(events);
                return List.of();
            });

            assertThat(read).containsExactly(new CampaignEvent(1, NOON.plusSeconds(1), "a", "message.opened", data));
        }

        @Test
        void onlyTheTypesAskedForAndNoTests() {
            append(2, "order.created", false);
            append(2, "message.opened", true);
            append(1, "message.opened", false);
            append(2, "order.created", false);

            assertThat(store.advance(OPENS, 100, this::tally).more()).isFalse();

            assertThat(counted).containsExactly(5L);
            assertThat(store.advance(OPENS, 100, this::tally).more()).isFalse();
            assertThat(counted).containsExactly(5L);
        }

        @Test
        void whatWasNotStoredBecauseTheDatabaseFailedIsReadAgain() {
            append(3, "message.opened", false);

            assertThatThrownBy(() -> store.advance(OPENS, 2, _ -> {
                        throw new DataAccessResourceFailureException("killed here");
                    }))
                    .hasMessage("killed here");
            assertThat(store.advance(OPENS, 2, this::tally).more()).isTrue();
            assertThat(store.advance(OPENS, 2, this::tally).more()).isFalse();

            assertThat(counted).containsExactly(1L, 2L, 3L);
        }

        @Test
        void oneThatCannotBeSummedUpIsLeftOutAndTheOthersCount() {
            append(3, "message.opened", false);

            var step = store.advance(OPENS, 100, events -> {
                if (events.stream().anyMatch(event -> event.seq() == 2)) {
                    throw new IllegalStateException("damaged");
                }
                return tally(events);
            });

            assertThat(step.more()).isFalse();
            assertThat(step.uncounted()).singleElement().satisfies(left -> {
                assertThat(left.event().seq()).isEqualTo(2);
                assertThat(left.cause()).hasMessage("damaged");
            });
            assertThat(counted).containsExactly(1L, 3L);
            assertThat(campaign("7").count(Kind.OPENED).events()).isEqualTo(2);
            assertThat(store.advance(OPENS, 100, this::tally)).isEqualTo(new Step(false, List.of()));
        }

        @Test
        void oneThatTheDatabaseDoesNotTakeIsLeftOutAndTheOthersCount() {
            append(4, "message.opened", false);

            var step = store.advance(OPENS, 100, events -> events.stream()
                    .map(event -> addition(event.seq() == 3 ? "nobody" : "a", "7", null, event.seq(), NOON))
                    .toList());

            assertThat(step.uncounted()).extracting(left -> left.event().seq()).containsExactly(3L);
            assertThat(campaign("7").count(Kind.CLICKED).events()).isEqualTo(3);
        }

        @Test
        void campaignsAreListedNewestFirstAndForgottenWhenNothingIsHeardOfThem() {
            append(3, "message.opened", false);
            var additions = List.of(
                    addition("a", "7", "Old", 1, NOON),
                    addition("b", "7", null, 2, NOON.plusSeconds(1)),
                    addition("a", "8", "New", 3, NOON.plusSeconds(2)),
                    addition("a", "7", null, 3, NOON.plusSeconds(3)),
                    addition("b", "9", "Other", 4, NOON));
            store.advance(OPENS, 100, _ -> additions);

            assertThat(store.list(null, null, Long.MAX_VALUE, 2))
                    .extracting(Campaign::first)
                    .containsExactly(4L, 3L);
            assertThat(store.list("a", null, 3, 10)).singleElement().satisfies(c -> {
                assertThat(c.name()).as("a name is not lost").isEqualTo("Old");
                assertThat(c.firstAt()).isEqualTo(NOON);
                assertThat(c.lastAt()).isEqualTo(NOON.plusSeconds(3));
                assertThat(c.count(Kind.CLICKED)).isEqualTo(new Count(2, 0));
            });
            assertThat(store.list(null, "7", Long.MAX_VALUE, 10))
                    .extracting(Campaign::tenant)
                    .containsExactly("b", "a");
            assertThat(store.find("b", "8")).isEmpty();

            assertThat(store.purge(NOON.plusSeconds(2), 1)).isEqualTo(1);
            assertThat(store.purge(NOON.plusSeconds(2), 5)).isEqualTo(1);
            assertThat(store.purge(NOON.plusSeconds(2), 5)).isZero();
            assertThat(store.list(null, null, Long.MAX_VALUE, 10))
                    .extracting(Campaign::id)
                    .containsExactly("8", "7");
        }

        private void countAll() {
            var more = true;
            while (more) {
                more = store.advance(OPENS, 7, this::tally).more();
            }
        }

        /** Three contacts open again and again. */
        private Collection<Addition> tally(List<CampaignEvent> events) {
            events.forEach(event -> counted.add(event.seq()));
            var contacts = Contacts.none();
            events.forEach(event -> contacts.add("contact " + event.seq() % 3));
            var opened = Map.of(Kind.OPENED, new Added(events.size(), contacts));
            return events.isEmpty()
                    ? List.of()
                    : List.of(new Addition("a", "7", null, events.getFirst().seq(), NOON, NOON, opened));
        }

        private void append(int count, String type, boolean test) {
            log.append(
                    List.of(IntStream.range(0, count)
                            .mapToObj(_ -> new NewEvent("a", type, "/", null, null, NOON, test, null, "{}", false))
                            .toList()),
                    NOON);
        }

        private Campaign campaign(String id) {
            return store.find("a", id).orElseThrow();
        }

        private static Addition addition(String tenant, String id, String name, long first, Instant at) {
            var clicked = Map.of(Kind.CLICKED, new Added(1, Contacts.none()));
            return new Addition(tenant, id, name, first, at, at, clicked);
        }
    }
}
