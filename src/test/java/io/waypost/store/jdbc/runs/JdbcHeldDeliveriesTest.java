package io.waypost.store.jdbc.runs;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.delivery.runs.HeldDeliveries.Holder;
import io.waypost.delivery.runs.HeldDeliveries.Planned;
import io.waypost.platform.Ids;
import io.waypost.store.jdbc.TestDatabases;
import io.waypost.store.jdbc.TestStores;
import io.waypost.subscription.Runs;
import io.waypost.subscription.Subscription.Definition;
import io.waypost.subscription.SubscriptionStore;
import io.waypost.subscription.SubscriptionStore.Query;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** What a run lets out, and when it is due, on both databases. */
class JdbcHeldDeliveriesTest {

    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Query ALL = new Query(null, null, null, null, null, Long.MAX_VALUE, 100);

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

    abstract static class Contract {

        private JdbcClient jdbc;
        private JdbcHeldDeliveries held;
        private SubscriptionStore subscriptions;

        abstract DataSource database();

        @BeforeEach
        void open() {
            var database = database();
            jdbc = JdbcClient.create(database);
            held = new JdbcHeldDeliveries(jdbc, new TransactionTemplate(new JdbcTransactionManager(database)));
            subscriptions = TestStores.subscriptions(database, new TestStores.Unsealed());
        }

        /** @return its number */
        private long subscribe(@Nullable String cron) {
            var id = "sub_" + subscriptions.list(ALL).size();
            return subscriptions
                    .create(id, TestStores.scheduled(cron), List.of(), NOON)
                    .no();
        }

        @Test
        void aRunIsDueWhenItsCronSaysAndItsMakerPlansTheNext() {
            var no = subscribe("0 * * * *");
            subscribe(null);
            add(1, no, 0, Runs.NOT_BY_ITSELF, null);
            add(2, no, 1, Runs.NOT_BY_ITSELF, NOON.plus(HOUR).plusSeconds(1));
            var one = NOON.plus(HOUR);

            assertThat(held.due(one.minusMillis(1))).isEmpty();
            assertThat(held.due(one)).containsExactly(new Planned(no, new Runs("0 * * * *"), one));
            assertThat(held.make(held.due(one).getFirst(), one.plus(HOUR), one)).isEqualTo(1);

            assertThat(held.due(one.plus(HOUR).minusMillis(1))).isEmpty();
            assertThat(held.make(held.due(one.plus(HOUR)).getFirst(), null, one.plus(HOUR)))
                    .isEqualTo(1);
            assertThat(held.due(one.plus(HOUR.multipliedBy(99)))).isEmpty();
        }

        @Test
        void ofTheNodesThatSeeItOneMakesARunAndItsDeliveriesGoWithItOnly() throws Exception {
            var no = subscribe("0 * * * *");
            IntStream.range(0, 50).forEach(seq -> add(seq, no, 0, Runs.NOT_BY_ITSELF, null));
            var one = NOON.plus(HOUR);
            var run = held.due(one).getFirst();

            List<Integer> made;
            try (var nodes = Executors.newVirtualThreadPerTaskExecutor()) {
                Callable<Integer> node = () -> held.make(run, one.plus(HOUR), one);
                made = nodes.invokeAll(Collections.nCopies(6, node)).stream()
                        .map(Future::resultNow)
                        .toList();
            }
            assertThat(made).containsExactlyInAnyOrder(50, 0, 0, 0, 0, 0);

            // What came after it waits for the next one, whoever else still thinks it is due.
            add(99, no, 0, Runs.NOT_BY_ITSELF, null);
            assertThat(held.make(run, one.plus(HOUR), one)).isZero();
            assertThat(held.holders(0, 9)).containsExactly(new Holder(no, false));
        }

        @Test
        void onlyAnotherCronPlansARunAnew() {
            var no = subscribe("0 * * * *");
            var later = NOON.plus(HOUR).plusSeconds(1);

            change(no, TestStores.scheduled("0 * * * *"), later);
            assertThat(held.due(later)).hasSize(1);
            change(no, TestStores.scheduled("30 * * * *"), later);
            assertThat(held.due(later)).isEmpty();
            assertThat(held.due(NOON.plus(Duration.ofMinutes(90)))).hasSize(1);
            change(no, TestStores.scheduled(null), later);
            assertThat(held.due(NOON.plus(HOUR.multipliedBy(99)))).isEmpty();
            change(no, TestStores.scheduled("0 * * * *"), later);
            assertThat(held.due(NOON.plus(HOUR.multipliedBy(2)))).hasSize(1);
            subscriptions.delete("sub_0", later);
            assertThat(held.due(NOON.plus(HOUR.multipliedBy(99)))).isEmpty();
        }

        private void change(long no, Definition to, Instant now) {
            var seen = subscriptions.find(no).orElseThrow();
            assertThat(subscriptions.update(seen, to, List.of(), now))
                    .hasValueSatisfying(s -> assertThat(s.definition()).isEqualTo(to));
        }

        @Test
        void whatADeletedOneHoldsIsKnown() {
            var no = subscribe(null);
            add(1, no, 0, Runs.NOT_BY_ITSELF, null);
            jdbc.sql("update subscription set deleted = true").update();

            assertThat(held.holders(0, 9)).containsExactly(new Holder(no, true));
        }

        @Test
        void onlyWhatWaitsForNothingElseIsLetOutThoseWithTheFewestAttemptsFirst() {
            var no = subscribe(null);
            var other = subscribe(null);
            add(1, no, 2, Runs.NOT_BY_ITSELF, NOON);
            add(2, no, 0, Runs.NOT_BY_ITSELF, null);
            add(3, no, 1, Runs.NOT_BY_ITSELF, NOON.plusSeconds(1));
            var claimed = NOON.plus(Duration.ofMinutes(2));
            add(4, no, 0, claimed, null);
            add(5, other, 0, Runs.NOT_BY_ITSELF, null);

            assertThat(held.holders(0, 9)).containsExactly(new Holder(no, false), new Holder(other, false));
            assertThat(held.release(no, NOON)).isEqualTo(2);

            assertThat(due()).containsExactly(2L, 1L);
            assertThat(held.release(no, NOON)).isZero();
            assertThat(jdbc.sql("select due_at from delivery where seq = 4")
                            .query(Long.class)
                            .single())
                    .isEqualTo(Ids.micros(claimed));
            assertThat(held.holders(0, 9)).containsExactly(new Holder(no, false), new Holder(other, false));
        }

        @Test
        void runsThatMeetLetEachOutOnce() {
            var no = subscribe(null);
            IntStream.range(0, 200).forEach(seq -> add(seq, no, 0, Runs.NOT_BY_ITSELF, null));

            List<Future<Integer>> runs;
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                runs = IntStream.range(0, 6)
                        .mapToObj(_ -> threads.submit(() -> held.release(no, NOON)))
                        .toList();
            }

            assertThat(runs.stream().mapToInt(Future::resultNow).sum()).isEqualTo(200);
            assertThat(held.holders(0, 9)).isEmpty();
        }

        @Test
        void theyAreFoundSomeAtATimeWithoutReadingWhatTheyHold() {
            var all = Stream.generate(() -> new Holder(subscribe(null), false))
                    .limit(5)
                    .toList();
            for (var holder : all) {
                for (long seq = 0; seq < 3; seq++) {
                    add(seq, holder.subscription(), 0, Runs.NOT_BY_ITSELF, null);
                }
            }
            add(7, subscribe(null), 0, NOON, null);

            assertThat(held.holders(0, 2)).isEqualTo(all.subList(0, 2));
            assertThat(held.holders(all.get(1).subscription(), 2)).isEqualTo(all.subList(2, 4));
            assertThat(held.holders(all.get(3).subscription(), 2)).isEqualTo(all.subList(4, 5));
            assertThat(held.holders(all.get(4).subscription(), 2)).isEmpty();
        }

        private void add(long seq, long subscription, int attempts, Instant dueAt, @Nullable Instant next) {
            jdbc.sql("""
                            insert into delivery (created_at, seq, subscription, tenant, status, attempts, used, fence,
                                                  due_at, next_attempt_at, replay, line)
                            values (1, :seq, :subscription, 't1', 'PENDING', :attempts, :attempts, 1,
                                    :due, cast(:next as bigint), false, :subscription)
                            """)
                    .param("seq", seq)
                    .param("subscription", subscription)
                    .param("attempts", attempts)
                    .param("due", Ids.micros(dueAt))
                    .param("next", next == null ? null : Ids.micros(next))
                    .update();
        }

        private List<Long> due() {
            return jdbc.sql("select seq from delivery where due_at <= :soon order by due_at")
                    .param("soon", Ids.micros(NOON.plusMillis(1)))
                    .query(Long.class)
                    .list();
        }
    }
}
