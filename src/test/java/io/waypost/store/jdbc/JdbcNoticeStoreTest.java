package io.waypost.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.Failure;
import io.waypost.delivery.log.Buffers.BufferSize;
import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.delivery.log.DeliveryUpdate.Claim;
import io.waypost.delivery.log.DeliveryUpdate.Effect;
import io.waypost.delivery.log.TestUpdates;
import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.event.NewEvent;
import io.waypost.notice.Notice;
import io.waypost.notice.Notice.Kind;
import io.waypost.platform.node.TestNodes;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.Buffer;
import io.waypost.subscription.Subscription.Definition;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.SubscriptionStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

class JdbcNoticeStoreTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00.123456Z");
    private static final Instant LATER = NOON.plusSeconds(10);
    private static final Duration LEASE = Duration.ofMinutes(1);

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

        private final EventLog events;
        private final SubscriptionStore subscriptions;
        private final DeliveryLog deliveries;
        private final JdbcNoticeStore notices;
        private final Subscription subscription;

        OnJdbc(DataSource database) {
            var jdbc = JdbcClient.create(database);
            var template = new JdbcTemplate(database);
            var transactions = new JdbcTransactionManager(database);
            var transaction = new TransactionTemplate(transactions);
            events = JdbcEventLogTest.eventLog(database);
            subscriptions = new JdbcSubscriptionStore(
                    jdbc,
                    transactions,
                    new SubscriptionRevisions(jdbc),
                    new TestStores.Unsealed(),
                    Duration.ofDays(30));
            deliveries = new JdbcDeliveryLog(jdbc, template, transaction, events, subscriptions, TestNodes.ID);
            notices = new JdbcNoticeStore(jdbc, template, transaction);
            subscription = subscriptions.create("sub_1", wanting(Buffer.DEFAULT), List.of(), NOON);
        }

        @Test
        void aDeliveryThatIsGivenUpIsToldOnceBySomebodyWhoStillHadTheSay() {
            var fresh = key("order.created", "/", false);
            var batch = List.of(key("order.created", "/", false), key("order.created", "/", false));
            var others = List.of(new Claim(batch.getLast(), 2, true));
            deliveries.settle(batch.stream()
                    .map(key -> DeliveryUpdate.pending(key, "acme", false, NOON))
                    .toList());

            deliveries.settle(List.of(
                    exhausted(fresh, false, 1, List.of()),
                    // Of the batch one has been taken over by another node.
                    exhausted(batch.getFirst(), true, 1, others),
                    settled(key("order.created", "/", false), Status.SUCCEEDED)));
            // As if the outcome of the commit had not been known.
            deliveries.settle(List.of(exhausted(fresh, false, 1, List.of())));

            var claimed = notices.claimExhausted(LATER, LEASE);
            assertThat(claimed)
                    .extracting(n -> n.givenUp().delivery())
                    .containsExactlyInAnyOrder(fresh, batch.getFirst());
            assertThat(claimed).allSatisfy(notice -> {
                assertThat(notice.kind()).isEqualTo(Kind.EXHAUSTED);
                assertThat(notice.subscriptionId()).isEqualTo("sub_1");
                assertThat(notice.tenant()).isEqualTo("acme");
                assertThat(notice.at()).isEqualTo(LATER);
                assertThat(notice.lastError()).isEqualTo("http_status: HTTP 500");
                assertThat(notice.givenUp().attempts()).isEqualTo(7);
                assertThat(notice.givenUp().event())
                        .isEqualTo(Event.id(NOON, notice.givenUp().delivery().seq()));
            });
            assertThat(notices.claimExhausted(LATER, LEASE)).isEmpty();
            assertThat(notices.claim(LATER, LEASE)).isEmpty();
            notices.forget(claimed.subList(0, 1));
            assertThat(notices.claimExhausted(LATER.plus(LEASE), LEASE)).containsExactly(claimed.getLast());
        }

        @Test
        void neitherTestsNorWhatTellsOfSubscriptionsIsFollowedByANotice() {
            var keys = Stream.of(
                            key("order.created", "/", true),
                            key("order.created", "/waypost", false),
                            key("webhook.deactivated", "/", false))
                    .map(key -> exhausted(key, false, 1, List.of()))
                    .toList();

            deliveries.settle(keys);

            assertThat(notices.claimExhausted(LATER, LEASE)).isEmpty();
        }

        @Test
        void whatIsLeftIsReadAsItWasAndForgottenSomeTimeAfterItWasTold() {
            var dead = new State(State.Kind.DEACTIVATED, NOON, "gone", "HTTP 410: gänzlich");
            deliveries.deactivate(subscription.no(), dead, NOON);

            var claimed = notices.claim(NOON, LEASE);

            assertThat(claimed).singleElement().satisfies(notice -> assertThat(notice)
                    .isEqualTo(new Notice(
                            notice.id(),
                            "sub_1",
                            subscription.no(),
                            "acme",
                            Kind.DEACTIVATED,
                            NOON,
                            "gone",
                            "HTTP 410: gänzlich",
                            null,
                            null)));
            assertThat(notices.purge(LATER, 9)).as("not told yet").isZero();
            notices.told(claimed.getFirst(), LATER);
            assertThat(notices.purge(LATER, 9)).isZero();
            assertThat(notices.purge(LATER.plusMillis(1), 9)).isEqualTo(1);
        }

        @Test
        void theEndOfTheWindowIsLeftWithTheDeactivationAndDueThenForOneOfTwo() {
            var dead = new State(State.Kind.DEACTIVATED, NOON, "gone", "HTTP 410");
            deliveries.deactivate(subscription.no(), dead, NOON);
            assertThat(kinds(NOON)).containsExactly(Kind.DEACTIVATED);
            var window = subscription.definition().replayBuffer().window();

            assertThat(kinds(NOON.plus(window).minusMillis(1))).doesNotContain(Kind.BUFFER_CLOSED);
            var due = notices.claim(NOON.plus(window), LEASE);
            assertThat(due).extracting(Notice::kind).containsExactly(Kind.BUFFER_CLOSED);
            assertThat(due.getFirst().at()).isEqualTo(NOON);
            assertThat(notices.claim(NOON.plus(window), LEASE)).isEmpty();
            var longer = NOON.plus(window).plusSeconds(100);
            notices.postpone(due.getFirst(), longer);
            assertThat(notices.claim(longer.minusMillis(1), LEASE)).doesNotContainAnyElementsOf(due);
            assertThat(notices.claim(longer, LEASE)).containsAll(due);
            notices.told(due.getFirst(), longer);
            notices.postpone(due.getFirst(), longer);
            assertThat(kinds(longer.plusSeconds(999))).doesNotContain(Kind.BUFFER_CLOSED);
        }

        @Test
        void anotherWindowHasAnotherEndAndAnActivationTellsWhatWasKept() {
            deliveries.deactivate(subscription.no(), new State(State.Kind.DEACTIVATED, NOON, "gone", null), NOON);
            var seen = subscriptions.find(subscription.no()).orElseThrow();
            var shorter = wanting(new Buffer(Duration.ofSeconds(5), 1));
            var changed = subscriptions.update(seen, shorter, List.of(), NOON).orElseThrow();

            assertThat(kinds(NOON.plusSeconds(5))).containsExactly(Kind.DEACTIVATED, Kind.BUFFER_CLOSED);

            var active = subscriptions
                    .changeState(changed.no(), State.Kind.DEACTIVATED, State.activated(LATER), LATER)
                    .orElseThrow();
            notices.reactivated(active, new BufferSize(5, 2));
            assertThat(notices.claim(LATER, LEASE)).singleElement().satisfies(notice -> {
                assertThat(notice.kind()).isEqualTo(Kind.REACTIVATED);
                assertThat(notice.at()).isEqualTo(LATER);
                assertThat(notice.kept()).isEqualTo(new BufferSize(5, 2));
            });
        }

        private static Definition wanting(Buffer buffer) {
            var least = SubscriptionStoreContract.least("acme", null, "**");
            return new Definition(
                    least.tenant(),
                    null,
                    null,
                    least.events(),
                    null,
                    null,
                    least.connector(),
                    least.config(),
                    null,
                    null,
                    null,
                    least.concurrency(),
                    null,
                    false,
                    least.retry(),
                    least.deactivation(),
                    buffer);
        }

        private List<Kind> kinds(Instant now) {
            return notices.claim(now, LEASE).stream().map(Notice::kind).toList();
        }

        private DeliveryKey key(String type, String source, boolean test) {
            var event = new NewEvent("acme", type, source, null, null, NOON, test, null, "{}", false);
            events.append(List.of(List.of(event)), NOON);
            return new DeliveryKey(NOON, events.last(), subscription.no());
        }

        private static DeliveryUpdate exhausted(DeliveryKey key, boolean row, int fence, List<Claim> others) {
            var attempt = new Attempt(key, 7, NOON, 5, 500, Failure.HTTP_STATUS, "HTTP 500", "oops");
            return TestUpdates.update(
                    key,
                    "acme",
                    row,
                    fence,
                    Status.EXHAUSTED,
                    7,
                    7,
                    null,
                    null,
                    LATER,
                    null,
                    false,
                    attempt,
                    Effect.FAILURE,
                    others,
                    null);
        }

        private static DeliveryUpdate settled(DeliveryKey key, Status status) {
            return TestUpdates.update(
                    key,
                    "acme",
                    false,
                    1,
                    status,
                    1,
                    1,
                    null,
                    null,
                    LATER,
                    null,
                    false,
                    null,
                    Effect.NONE,
                    List.of(),
                    null);
        }
    }
}
