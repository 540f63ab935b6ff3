package io.waypost.replay;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.delivery.MissedRange;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.delivery.log.DeliveryUpdate.Claim;
import io.waypost.delivery.log.DeliveryUpdate.Progress;
import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.event.NewEvent;
import io.waypost.store.jdbc.TestDatabases;
import io.waypost.store.jdbc.TestStores;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionStore;
import io.waypost.subscription.TypePattern;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What the retention leaves is exactly what is young, waits or is needed, whatever else is there. */
class RetentionStepsTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final List<String> TENANTS = List.of("acme", "beta", "gamma");
    private static final List<String> TYPES = List.of("order.created", "order.paid", "list.joined");
    private static final List<List<String>> WISHES =
            List.of(List.of("**"), List.of("order.*"), List.of("list.joined"), List.of("order.paid", "list.**"));

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

        private final long seed = Long.getLong("waypost.seed", System.nanoTime());
        private final Random random = new Random(seed);
        private final JdbcClient jdbc;
        private final EventLog events;
        private final DataSource database;
        private final DeliveryLog deliveries;
        private final SubscriptionStore subscriptions;
        private final ReplayStore replays;
        private final Map<Long, MissedRange> groups = new HashMap<>();
        private final Map<Long, Subscription> known = new HashMap<>();
        private final AtomicLong nanos = new AtomicLong();

        private record Wish(Subscription subscription, long first, long last) {

            boolean holds(Event event) {
                return event.tenant().equals(subscription.tenant())
                        && event.seq() >= first
                        && event.seq() <= last
                        && subscription.definition().events().stream()
                                .anyMatch(type -> TypePattern.of(type).matches(event.type()));
            }
        }

        OnJdbc(DataSource database) {
            this.database = database;
            jdbc = JdbcClient.create(database);
            events = TestStores.eventLog(database);
            deliveries = TestStores.deliveries(database);
            subscriptions = TestStores.subscriptions(database, new TestStores.Unsealed());
            replays = TestStores.replays(database);
        }

        private Retention retention() {
            return new Retention(
                    events,
                    deliveries,
                    replays,
                    no -> Optional.ofNullable(groups.get(no)),
                    no -> Optional.ofNullable(known.get(no)),
                    nanos::get);
        }

        /** One event a second. */
        private void publish(int count) {
            for (int i = 0; i < count; i++) {
                events.append(List.of(List.of(event(any(TENANTS), any(TYPES)))), NOON.plusSeconds(events.last() + 1));
            }
        }

        private static NewEvent event(String tenant, String type) {
            return new NewEvent(tenant, type, "/", null, null, NOON, false, null, "{}", false);
        }

        private <T> T any(List<T> of) {
            return of.get(random.nextInt(of.size()));
        }

        private Subscription subscribe(String tenant, List<String> types) {
            var id = "sub_" + (known.size() + 1);
            TestStores.subscribeTo(subscriptions, id, tenant, types);
            var made = subscriptions.find(id).orElseThrow();
            known.put(made.no(), made);
            return made;
        }

        private void buffer(Subscription subscription, long first, long last) {
            groups.put(subscription.no(), MissedRange.of(subscription.no(), first, first, last, 1, 0));
            jdbc.sql("insert into replay_buffer (id, exchange, version, first_seq) values (:id, :none, 1, :first)")
                    .param("id", String.valueOf(subscription.no()))
                    .param("none", new byte[0])
                    .param("first", "%019d".formatted(first))
                    .update();
        }

        private void replay(Subscription subscription, long first, long next, long last) {
            jdbc.sql("""
                            insert into replay (subscription, mode, first_seq, last_seq, next_seq, remaining, due_at, fence,
                                                created_at)
                            values (:subscription, 'REPLAY', :first, :last, :next, 1, 0, 1, 0)
                            """)
                    .param("subscription", subscription.no())
                    .param("first", first)
                    .param("last", last)
                    .param("next", next)
                    .update();
        }

        private List<Wish> wishes(int count, int last) {
            var wishes = new ArrayList<Wish>();
            for (int i = 0; i < count; i++) {
                var subscription = subscribe(any(TENANTS), any(WISHES));
                var first = 1 + random.nextInt(last);
                var end = Math.min(last, first + random.nextInt(last / 3));
                switch (random.nextInt(3)) {
                    case 0 -> {
                        buffer(subscription, first, end);
                        wishes.add(new Wish(subscription, first, end));
                    }
                    case 1 -> {
                        var next = first + random.nextInt(end - first + 1);
                        replay(subscription, first, next, end);
                        wishes.add(new Wish(subscription, next, end));
                    }
                    default -> {
                        buffer(subscription, first, end);
                        groups.remove(subscription.no());
                        wishes.add(new Wish(subscription, first, Long.MAX_VALUE));
                    }
                }
            }
            return wishes;
        }

        /** Fanned out but for some segments and the end of the log; the sequence numbers of what is not. */
        private Set<Long> dispatched(int upTo) {
            var open = new HashSet<Long>();
            for (long claimed = 0; claimed < upTo; ) {
                var segment = events.claim(NOON, LEASE, 1 + random.nextInt(40)).orElseThrow();
                claimed = segment.last();
                if (random.nextInt(8) == 0) {
                    segment.events().forEach(event -> open.add(event.seq()));
                } else {
                    events.finish(List.of(segment.key()));
                }
            }
            return open;
        }

        /** Sequence numbers of events that have a delivery that waits, among others that have one that does not. */
        private Set<Long> delivered(List<Event> all, long subscription) {
            var waiting = new HashSet<Long>();
            var updates = new ArrayList<DeliveryUpdate>();
            for (var event : all) {
                var key = new DeliveryKey(event.receivedAt(), event.seq(), subscription);
                switch (random.nextInt(10)) {
                    case 0 -> {
                        waiting.add(event.seq());
                        updates.add(DeliveryUpdate.pending(key, event.tenant(), false, NOON));
                    }
                    case 1 -> {
                        waiting.add(event.seq());
                        updates.add(DeliveryUpdate.pending(key, event.tenant(), false, null));
                    }
                    case 2, 3, 4 ->
                        updates.add(DeliveryUpdate.of(
                                Claim.first(key),
                                event.tenant(),
                                Progress.of(null).ended(Status.DISCARDED, NOON),
                                true));
                    default -> {}
                }
            }
            deliveries.settle(updates);
            return waiting;
        }

        private long claimed() {
            return jdbc.sql("select claimed_seq from log_claim")
                    .query(Long.class)
                    .single();
        }

        private List<Event> all() {
            return events.read(0, Long.MAX_VALUE, Integer.MAX_VALUE);
        }

        @Test
        void whatIsLeftIsWhatIsYoungOrWaitsOrIsNeeded() {
            var count = 1_300;
            publish(count);
            var published = all();
            var wishes = wishes(12, count);
            var open = dispatched(count - 200);
            var claimed = claimed();
            var other = subscribe("acme", List.of("**"));
            var waiting = delivered(published, other.no());
            var cutoff = NOON.plusSeconds(1 + random.nextInt(count));

            var gone = retention().purge(cutoff, () -> true);

            var kept = published.stream()
                    .filter(event -> !event.receivedAt().isBefore(cutoff)
                            || event.seq() > claimed
                            || open.contains(event.seq())
                            || waiting.contains(event.seq())
                            || wishes.stream().anyMatch(wish -> wish.holds(event)))
                    .map(Event::seq)
                    .toList();
            assertThat(all()).as("seed %d", seed).extracting(Event::seq).containsExactlyElementsOf(kept);
            assertThat(gone.events()).isEqualTo(count - kept.size());
            assertThat(deliveredSeqs()).as("seed %d", seed).isSubsetOf(kept);
            assertThat(retention().purge(cutoff, () -> true)).isEqualTo(new Retention.Gone(0, 0));
        }

        private Set<Long> deliveredSeqs() {
            return TestStores.fences(database).keySet().stream()
                    .map(DeliveryKey::seq)
                    .collect(toSet());
        }

        @Test
        void ofADeletedSubscriptionNothingIsNeededAndOfOneThatIsNotKnownYetAnyType() {
            publish(20);
            events.finish(List.of(events.claim(NOON, LEASE, 20).orElseThrow().key()));
            var deleted = subscribe("acme", List.of("**"));
            buffer(deleted, 1, 20);
            jdbc.sql("update subscription set deleted = true").update();
            var unknown = subscribe("beta", List.of("list.joined"));
            buffer(unknown, 1, 20);
            known.clear();

            retention().purge(NOON.plusSeconds(100), () -> true);

            assertThat(all().stream().map(Event::tenant).collect(toSet())).isSubsetOf("beta");
        }

        @Test
        void whatIsKeptIsLookedAtAgainInOnePartOfTheTimeOnlyAndWhatHasGrownOldMeanwhileGoesAllTheSame() {
            events.append(
                    List.of(Stream.generate(() -> event("acme", "order.paid"))
                            .limit(600)
                            .toList()),
                    NOON);
            events.append(List.of(List.of(event("beta", "order.paid"))), NOON.plusSeconds(60));
            events.finish(List.of(events.claim(NOON, LEASE, 1_000).orElseThrow().key()));
            buffer(subscribe("acme", List.of("**")), 1, 600);
            var looks = new AtomicLong();
            var slow = new Retention(
                    events,
                    deliveries,
                    replays,
                    no -> {
                        nanos.addAndGet(Duration.ofSeconds(10).toNanos());
                        return Optional.of(groups.get(no));
                    },
                    no -> Optional.of(known.get(no)),
                    nanos::get);

            assertThat(slow.purge(NOON.plusSeconds(30), () -> looks.incrementAndGet() > 0))
                    .isEqualTo(new Retention.Gone(0, 0));
            assertThat(looks.getAndSet(0)).isEqualTo(2);
            assertThat(slow.purge(NOON.plusSeconds(90), () -> looks.incrementAndGet() > 0))
                    .isEqualTo(new Retention.Gone(1, 0));
            assertThat(looks.getAndSet(0)).isEqualTo(1);
            nanos.addAndGet(Duration.ofSeconds(200).toNanos());
            slow.purge(NOON.plusSeconds(90), () -> looks.incrementAndGet() > 0);
            assertThat(looks).hasValue(2);
        }
    }
}
