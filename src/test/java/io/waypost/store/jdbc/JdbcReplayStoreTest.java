package io.waypost.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.delivery.Span;
import io.waypost.replay.ReplayStore;
import io.waypost.replay.ReplayStore.Mode;
import io.waypost.replay.ReplayStore.Replay;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

class JdbcReplayStoreTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00.123456Z");
    private static final Duration LEASE = Duration.ofSeconds(30);

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

        private final ReplayStore store;

        OnJdbc(DataSource database) {
            var transaction = new TransactionTemplate(new JdbcTransactionManager(database));
            store = new JdbcReplayStore(JdbcClient.create(database), transaction);
        }

        @Test
        void oneThatWaitsForItsBufferIsTakenWhenItHasItsSpan() {
            store.create(7, Mode.REPLAY, NOON);

            assertThat(claim(NOON)).isEmpty();
            assertThat(store.waiting(NOON)).isEmpty();
            assertThat(store.waiting(NOON.plusMillis(1))).containsExactly(7L);
            store.begin(span(7, 11, 19, 5), NOON.plusSeconds(1));

            assertThat(store.waiting(NOON.plusSeconds(9))).isEmpty();
            assertThat(claim(NOON)).isEmpty();
            var claimed = claim(NOON.plusSeconds(1));
            assertThat(claimed).singleElement().satisfies(replay -> assertThat(replay)
                    .isEqualTo(new Replay(replay.id(), 7, Mode.REPLAY, 11, 19, 0, 5, 2)));
            assertThat(store.sending(7)).isEqualTo(claimed);
        }

        @Test
        void aSpanThatNobodyWaitsForGetsAReplayOfItsOwnUnlessItIsEmpty() {
            store.begin(span(7, 0, 0, 0), NOON);
            store.begin(span(7, 11, 19, 5), NOON);

            assertThat(claim(NOON)).singleElement().satisfies(replay -> assertThat(replay)
                    .isEqualTo(new Replay(replay.id(), 7, Mode.REPLAY, 11, 19, 0, 5, 2)));
        }

        @Test
        void withoutASpanThereAreOnlyRowsToSend() {
            store.create(7, Mode.DISCARD, NOON);

            store.beginWithoutSpan(7, NOON.plusSeconds(1));

            assertThat(claim(NOON.plusSeconds(1))).singleElement().satisfies(replay -> assertThat(replay)
                    .isEqualTo(new Replay(replay.id(), 7, Mode.DISCARD, 0, 0, 0, 0, 2)));
            assertThat(store.sending(7)).as("it sends nothing").isEmpty();
        }

        @Test
        void progressIsKeptByWhoHasTheClaimOnly() {
            store.begin(span(7, 11, 19, 5), NOON);
            var late = claim(NOON).getFirst();
            var current = claim(NOON.plus(LEASE)).getFirst();

            assertThat(store.progress(late, 19, 0, NOON)).isFalse();
            store.delete(late);
            assertThat(store.progress(current, 14, 3, NOON.plusSeconds(90))).isTrue();

            assertThat(claim(NOON.plusSeconds(89))).isEmpty();
            assertThat(claim(NOON.plusSeconds(90)))
                    .containsExactly(new Replay(current.id(), 7, Mode.REPLAY, 11, 19, 14, 3, 4));
        }

        @Test
        void ofASubscriptionTheOldestGoesFirstAndNodesTakeOnlyWhatTheyWant() {
            store.begin(span(7, 11, 19, 5), NOON);
            store.begin(span(7, 21, 29, 5), NOON);
            store.begin(span(8, 31, 39, 5), NOON);

            assertThat(store.claim(NOON, LEASE, replay -> replay.subscription() == 7))
                    .extracting(Replay::first)
                    .containsExactly(11L);
            assertThat(claim(NOON)).extracting(Replay::first).containsExactly(31L);
            store.delete(store.sending(8).getFirst());
            assertThat(store.sending(8)).isEmpty();
            store.deleteAll(7);
            assertThat(store.sending(7)).isEmpty();
        }

        @Test
        void manyNodesTakeEachOnce() throws Exception {
            IntStream.range(0, 20).forEach(no -> store.begin(span(no, 1, 2, 1), NOON));

            try (var nodes = Executors.newVirtualThreadPerTaskExecutor()) {
                Callable<List<Replay>> node = () -> claim(NOON);
                var taken = 0;
                for (var claimed : nodes.invokeAll(
                        IntStream.range(0, 6).mapToObj(_ -> node).toList())) {
                    taken += claimed.get().size();
                }
                assertThat(taken).isEqualTo(20);
            }
        }

        @Test
        void theLowestThatIsNeededIsWhereTheOneFurthestBackIs() {
            assertThat(store.lowest()).isEmpty();
            store.begin(span(7, 11, 19, 5), NOON);
            store.begin(span(8, 31, 39, 5), NOON);

            assertThat(store.lowest()).hasValue(11);
            var replay = store.sending(7).getFirst();
            store.progress(replay, 18, 1, NOON);
            assertThat(store.lowest()).hasValue(18);
        }

        private List<Replay> claim(Instant now) {
            return store.claim(now, LEASE, _ -> true);
        }

        private static Span span(long subscription, long first, long last, long count) {
            return Span.returned(subscription, first, last, count);
        }
    }
}
