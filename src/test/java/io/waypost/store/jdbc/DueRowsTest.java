package io.waypost.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.delivery.log.DeliveryKey;
import io.waypost.platform.Ids;
import io.waypost.platform.node.TestNodes;
import io.waypost.store.jdbc.DueRows.Candidate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.LongToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;

/** Whose turn it is when more is due than can be taken at once. */
class DueRowsTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Instant UNTIL = NOON.plusSeconds(120);
    private static final LongFunction<Instant> CLAIM = _ -> UNTIL;
    private static final LongToIntFunction ROOM = _ -> Integer.MAX_VALUE;

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

        private final DataSource database;
        private final JdbcClient jdbc;
        private final DueRows due;
        private final DueRows otherNode;

        OnJdbc(DataSource database) {
            this.database = database;
            jdbc = JdbcClient.create(database);
            due = new DueRows(jdbc, new TransactionTemplate(new JdbcTransactionManager(database)), TestNodes.ID);
            otherNode = new DueRows(jdbc, new TransactionTemplate(new JdbcTransactionManager(database)), TestNodes.ID);
        }

        @Test
        void whatWasClaimedInACommitThatNobodyWasToldOfIsDueAtOnce() {
            insert(1, 1, 1, "PENDING", NOON.minusSeconds(1));
            var breaks = new AtomicBoolean(true);
            var fragile = new DueRows(
                    jdbc,
                    new TransactionTemplate(new JdbcTransactionManager(database) {
                        @Override
                        protected void doCommit(DefaultTransactionStatus status) {
                            super.doCommit(status);
                            if (breaks.getAndSet(false)) {
                                throw new DataAccessResourceFailureException("gone before it could say so");
                            }
                        }
                    }),
                    TestNodes.ID);
            assertThatThrownBy(() -> fragile.claim(NOON, CLAIM, ROOM, Long.MAX_VALUE, 99, found -> found))
                    .isInstanceOf(DataAccessResourceFailureException.class);
            assertThat(due.claim(NOON, CLAIM, ROOM, Long.MAX_VALUE, 99, found -> found))
                    .isEmpty();

            assertThat(fragile.claim(NOON.plusSeconds(1), CLAIM, ROOM, Long.MAX_VALUE, 99, found -> found))
                    .hasSize(10);
        }

        @Test
        void nodesThatBeginWithDifferentSubscriptionsNeverWaitForEachOther() throws Exception {
            insert(1, 1, 1, "PENDING", NOON.minusSeconds(1));
            insert(2, 1, 100, "PENDING", NOON.minusSeconds(1));
            otherNode.claim(NOON, CLAIM, no -> no == 1 ? 9 : 0, Long.MAX_VALUE, 2, found -> found);
            var bothHaveOne = new CountDownLatch(2);

            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                var here = threads.submit(
                        () -> due.claim(NOON, meeting(bothHaveOne), ROOM, Long.MAX_VALUE, 2, found -> found));
                var there = threads.submit(
                        () -> otherNode.claim(NOON, meeting(bothHaveOne), ROOM, Long.MAX_VALUE, 2, found -> found));

                var taken = Stream.concat(here.get().stream(), there.get().stream());
                assertThat(taken).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(2);
            }
        }

        /** Before a node takes its second row it waits for the other one to be as far, unless that waits for this one. */
        private static LongFunction<Instant> meeting(CountDownLatch bothHaveOne) {
            var asked = new AtomicInteger();
            return _ -> {
                if (asked.incrementAndGet() == 2) {
                    bothHaveOne.countDown();
                    try {
                        var _ = bothHaveOne.await(300, TimeUnit.MILLISECONDS);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }
                return UNTIL;
            };
        }

        @BeforeEach
        void subscriptions() {
            for (int no = 1; no <= 4; no++) {
                jdbc.sql("""
                                insert into subscription (id, revision, tenant, connector, events, definition, config,
                                                          secrets, ordered, state, created_at, updated_at)
                                values (:id, :no, 'acme', 'webhook', '[]', '{}', '{}', '[]', :ordered, 'ACTIVE', 0, 0)
                                """)
                        .param("id", "sub_" + no)
                        .param("no", no)
                        .param("ordered", no == 4)
                        .update();
            }
        }

        @Test
        void whoIsLeftOutBecauseNotAllFitComesFirstNextTime() {
            for (int no = 1; no <= 3; no++) {
                insert(no, 3, 100L * no, "RETRYING", NOON.minusSeconds(60));
            }
            var served = new ArrayList<Long>();
            for (int i = 0; i < 3; i++) {
                var claimed = due.claim(NOON, CLAIM, ROOM, Long.MAX_VALUE, 6, found -> found.subList(0, 1));
                served.add(subscription(claimed.getFirst()));
            }

            assertThat(served).containsExactlyInAnyOrder(1L, 2L, 3L);
        }

        private void insert(long subscription, int power, long fromSeq, String status, Instant firstDue) {
            ManyRows.deliveries(jdbc, subscription, power, fromSeq, status, firstDue);
        }

        private List<Candidate> claim(LongToIntFunction room, int most) {
            return due.claim(NOON, CLAIM, room, Long.MAX_VALUE, most, found -> found);
        }

        private static long subscription(Candidate candidate) {
            return candidate.key().subscription();
        }

        private long quickest(int most) {
            return ManyRows.quickest(() -> claim(ROOM, most));
        }

        @Test
        void aSubscriptionWithVeryMuchDoesNotDelayOneWithTenNorMakesALookCostMore() {
            insert(1, 3, 1, "PENDING", NOON.minusSeconds(7_200));
            insert(4, 1, 100_000, "PENDING", NOON.minusSeconds(7_200));
            var withLittle = quickest(10);

            insert(1, 4, 200_000, "PENDING", NOON.minusSeconds(3_600));
            insert(4, 3, 300_000, "PENDING", NOON.minusSeconds(3_600));
            insert(2, 1, 400_000, "PENDING", NOON.minusMillis(1));

            assertThat(claim(ROOM, 100).stream().map(OnJdbc::subscription).filter(no -> no == 2))
                    .hasSize(10);
            assertThat(quickest(10)).isLessThan(5 * withLittle + ManyRows.MARGIN);
        }

        @Test
        void whileNothingIsDueALookCostsTheSameHoweverMuchIsFinished() {
            insert(2, 2, 400_000, "RETRYING", NOON.plusSeconds(60));
            var withNothing = quickest(100);

            insert(1, 4, 1, "SUCCEEDED", null);

            assertThat(claim(ROOM, 100)).isEmpty();
            assertThat(quickest(100)).isLessThan(5 * withNothing + ManyRows.MARGIN);
        }

        @Test
        void eachGetsItsShareAndWhatSomeDoNotUseGoesToTheOthers() {
            insert(1, 3, 1, "PENDING", NOON.minusSeconds(9));
            insert(2, 3, 2_000, "PENDING", NOON.minusSeconds(5));
            insert(3, 1, 4_000, "PENDING", NOON.minusSeconds(1));

            var shares = claim(ROOM, 90).stream()
                    .collect(Collectors.groupingBy(OnJdbc::subscription, Collectors.counting()));
            var one = claim(ROOM, 1).getFirst();
            var other = claim(ROOM, 1).getFirst();

            assertThat(shares.get(1L)).isEqualTo(30);
            assertThat(shares.get(2L)).isEqualTo(30);
            assertThat(shares.get(3L)).isEqualTo(10);
            assertThat(subscription(one)).isNotEqualTo(subscription(other));
        }

        @Test
        void nobodyGetsMoreThanThereIsRoomFor() {
            insert(1, 2, 1, "PENDING", NOON.minusSeconds(9));
            insert(2, 2, 2_000, "PENDING", NOON.minusSeconds(5));
            LongToIntFunction room = no -> no == 1 ? 1 : 0;

            assertThat(claim(room, 50)).extracting(OnJdbc::subscription).containsExactly(1L);
            assertThat(claim(room, 500)).extracting(OnJdbc::subscription).containsExactly(1L);
            assertThat(claim(_ -> 0, 50)).isEmpty();
        }

        @Test
        void ofAnOrderedOneTheLowestAreTakenHoweverManyAreDue() {
            insert(4, 3, 1, "PENDING", NOON.minusSeconds(9));
            insert(1, 3, 2_000, "PENDING", NOON.minusSeconds(9));

            var first = claim(ROOM, 100);
            var second = claim(ROOM, 100);

            assertThat(first.stream().filter(c -> subscription(c) == 4).map(c -> c.key()
                            .seq()))
                    .containsExactlyElementsOf(
                            LongStream.rangeClosed(1, 16).boxed().toList());
            assertThat(second.stream().filter(c -> subscription(c) == 4)).isEmpty();
        }

        @Test
        void whatIsDueLongestGoesFirst() {
            insert(1, 3, 1, "PENDING", NOON.minusSeconds(9));
            insert(1, 1, 2_000, "PENDING", NOON.minusSeconds(99));

            assertThat(claim(ROOM, 10)).extracting(c -> c.key().seq()).allMatch(seq -> seq >= 2_000);
        }

        @Test
        void oneCanBeTakenByItsKeyIfItIsDueAndFirstInLine() {
            insert(1, 1, 1, "PENDING", NOON);
            insert(4, 1, 101, "PENDING", NOON.minusSeconds(1));
            Function<Long, DeliveryKey> unordered = seq -> new DeliveryKey(Ids.instant(seq), seq, 1);
            Function<Long, DeliveryKey> ordered = seq -> new DeliveryKey(Ids.instant(seq), seq, 4);

            assertThat(due.claim(unordered.apply(1L), NOON, UNTIL)).isPresent();
            assertThat(due.claim(unordered.apply(1L), NOON, UNTIL)).isEmpty();
            assertThat(due.claim(unordered.apply(5L), NOON, UNTIL))
                    .as("not due yet")
                    .isEmpty();
            assertThat(due.claim(ordered.apply(102L), NOON, UNTIL)).isEmpty();
            assertThat(due.claim(ordered.apply(101L), NOON, UNTIL)).isPresent();
        }
    }
}
