package io.waypost.replay;

import static io.waypost.replay.Given.NOON;
import static io.waypost.replay.Given.event;
import static io.waypost.replay.Given.events;
import static io.waypost.replay.Given.key;
import static io.waypost.replay.Given.paused;
import static io.waypost.replay.Given.row;
import static io.waypost.replay.Given.subscription;
import static io.waypost.testing.Delays.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.waypost.delivery.MissedRange;
import io.waypost.delivery.StandInQueues;
import io.waypost.delivery.circuit.CircuitState;
import io.waypost.delivery.log.Delivery;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryQuery;
import io.waypost.event.Event;
import io.waypost.platform.Part;
import io.waypost.platform.Refused;
import io.waypost.platform.Refused.Reason;
import io.waypost.platform.SettableClock;
import io.waypost.replay.ReplayStore.Mode;
import io.waypost.replay.ReplayStore.Replay;
import io.waypost.subscription.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DeliveriesViewTest {

    private final SettableClock clock = new SettableClock("2026-03-01T13:00:00Z");
    private final MemoryEvents log = new MemoryEvents();
    private final MemoryDeliveries deliveries = new MemoryDeliveries();
    private final Subscription off = paused(subscription(7, "order.*"));
    private final MemoryIndex index = new MemoryIndex(off);
    private final HeldBuffer buffer = new HeldBuffer();
    private final MemoryReplays replays = new MemoryReplays();
    private final StandInQueues queues = new StandInQueues(deliveries);
    private final CountingSignal due = new CountingSignal();
    private CircuitState circuit = CircuitState.CLOSED;
    private final Deliveries view = new DeliveriesView(
            deliveries,
            log,
            index,
            buffer,
            replays,
            new ReplayPages(deliveries, log, index, clock),
            queues,
            _ -> circuit,
            due,
            clock);

    private void buffered(long first, long last) {
        buffer.ranges.put(7L, MissedRange.of(7, first, first, last, last - first + 1, 0));
    }

    private static DeliveryQuery ofSubscription(@Nullable DeliveryKey before, int limit) {
        return new DeliveryQuery("acme", 7L, null, null, null, null, before, limit);
    }

    private static DeliveryQuery ofEvent(@Nullable String tenant, long seq) {
        return new DeliveryQuery(tenant, null, seq, null, null, null, null, 10);
    }

    private static Delivery delivered(Event event) {
        return new Delivery(
                key(event, 7), event.id(), event.type(), "sub_7", "acme", Status.SUCCEEDED, 1, null, NOON, false);
    }

    private static List<Long> seqs(Part<Delivery, DeliveryKey> part) {
        return part.items().stream().map(d -> d.key().seq()).toList();
    }

    @Test
    void whatWaitsInABufferIsListedAmongTheRowsNewestFirst() {
        log.add(events(1, 6));
        log.add(event(4, "acme", "list.joined"));
        deliveries.rows = List.of(delivered(event(5)), delivered(event(1)));
        deliveries.had.add(5L);
        buffered(2, 6);

        var part = view.list(ofSubscription(null, 10));

        assertThat(seqs(part)).containsExactly(6L, 5L, 3L, 2L, 1L);
        assertThat(part.reached()).isNull();
        assertThat(part.items().getFirst())
                .isEqualTo(new Delivery(
                        key(event(6), 7),
                        event(6).id(),
                        "order.created",
                        "sub_7",
                        "acme",
                        Status.BUFFERED,
                        0,
                        null,
                        null,
                        false));
    }

    @Test
    void pageAfterPageEachDeliveryIsListedOnce() {
        log.add(events(1, 9));
        buffered(1, 9);

        var listed = new ArrayList<Long>();
        DeliveryKey before = null;
        do {
            var part = view.list(ofSubscription(before, 4));
            assertThat(part.items().size()).isLessThanOrEqualTo(4);
            listed.addAll(seqs(part));
            before = part.reached();
        } while (before != null);

        assertThat(listed).containsExactly(9L, 8L, 7L, 6L, 5L, 4L, 3L, 2L, 1L);
    }

    @Test
    void whatRowsDoNotReachIsForTheNextPage() {
        log.add(events(1, 6));
        deliveries.rows = List.of(delivered(event(5)), delivered(event(3)));
        deliveries.reached = key(event(3), 7);
        deliveries.had.addAll(List.of(3L, 5L));
        buffered(1, 6);

        var part = view.list(ofSubscription(null, 10));

        assertThat(seqs(part)).containsExactly(6L, 5L, 4L, 3L);
        assertThat(part.reached()).isEqualTo(key(event(3), 7));
    }

    @Test
    void whatReplaysHaveNotSentYetIsListedWithTheBuffer() {
        log.add(events(1, 12));
        replays.open.add(new Replay(1, 7, Mode.REPLAY, 1, 4, 3, 2, 1));
        replays.open.add(new Replay(2, 7, Mode.REPLAY, 6, 7, 0, 2, 1));
        replays.open.add(new Replay(3, 7, Mode.REPLAY, 0, 0, 0, 0, 1));
        replays.open.add(new Replay(4, 7, Mode.DISCARD, 5, 5, 0, 1, 1));
        buffered(10, 11);

        assertThat(seqs(view.list(ofSubscription(null, 20)))).containsExactly(11L, 10L, 7L, 6L, 4L, 3L);
    }

    @Test
    void onlyWhatFitsTheQueryIsListed() {
        log.add(events(1, 9));
        buffered(1, 9);

        assertThat(seqs(view.list(
                        new DeliveryQuery("acme", 7L, null, null, NOON.plusSeconds(3), NOON.plusSeconds(6), null, 20))))
                .containsExactly(5L, 4L, 3L);
        assertThat(seqs(view.list(new DeliveryQuery("acme", 7L, 4L, Status.BUFFERED, null, null, null, 20))))
                .containsExactly(4L);
        assertThat(seqs(view.list(new DeliveryQuery("other", 7L, null, null, null, null, null, 20))))
                .isEmpty();
        assertThat(seqs(view.list(ofSubscription(key(event(3), 7), 20)))).containsExactly(2L, 1L);
        assertThat(seqs(view.list(new DeliveryQuery(null, 7L, null, null, null, null, null, 2))))
                .containsExactly(9L, 8L);
    }

    @Test
    void ofTheSameMomentWhatIsBelowTheKeyFollowsOnTheNextPage() {
        for (long seq = 1; seq <= 3; seq++) {
            log.add(event(seq, NOON, "acme", "order.created"));
        }
        buffered(1, 3);
        var before = new DeliveryKey(NOON, 3, 8);

        assertThat(seqs(view.list(ofSubscription(before, 10))))
                .as("of another one's key")
                .containsExactly(3L, 2L, 1L);
    }

    @Test
    void aListOfAnotherStatusOrOfNobodyNeedsNoLookAtTheLog() {
        log.add(events(1, 9));
        buffered(1, 9);
        deliveries.rows = List.of(delivered(event(5)));

        assertThat(seqs(view.list(new DeliveryQuery("acme", 7L, null, Status.SUCCEEDED, null, null, null, 10))))
                .containsExactly(5L);
        assertThat(seqs(view.list(new DeliveryQuery("acme", null, null, null, null, null, null, 10))))
                .containsExactly(5L);
        assertThat(seqs(view.list(new DeliveryQuery("acme", 8L, null, null, null, null, null, 10))))
                .containsExactly(5L);
        assertThat(log.reads).isZero();
    }

    @Test
    void ofAnEventThoseAreListedInWhoseBuffersItWaits() {
        log.add(events(1, 9));
        index.put(paused(subscription(8, "**")));
        index.put(paused(subscription(9, "**")));
        index.put(paused(subscription(10, "list.*")));
        buffered(1, 5);
        buffer.ranges.put(8L, MissedRange.of(8, 4, 4, 9, 6, 0));
        buffer.ranges.put(9L, MissedRange.of(9, 0, 0, 0, 0, 3));
        buffer.ranges.put(10L, MissedRange.of(10, 1, 1, 9, 9, 0));

        assertThat(view.list(ofEvent("acme", 4)).items())
                .extracting(Delivery::subscriptionId)
                .containsExactly("sub_8", "sub_7");
        assertThat(view.list(ofEvent(null, 6)).items())
                .extracting(Delivery::subscriptionId)
                .containsExactly("sub_8");
        assertThat(view.list(ofEvent("other", 4)).items()).isEmpty();
        assertThat(view.list(ofEvent("acme", 99)).items()).isEmpty();
        deliveries.had.add(4L);
        assertThat(view.list(ofEvent("acme", 4)).items()).as("it has a row").isEmpty();
    }

    @Test
    void ofALongBufferThatIsNotWantedAPageEndsEarlyAndSaysWhereToGoOn() {
        for (long seq = 1; seq <= 6_000; seq++) {
            log.add(event(seq, "acme", seq == 1 ? "order.created" : "list.joined"));
        }
        buffered(1, 6_000);

        var first = view.list(ofSubscription(null, 10));
        assertThat(first.items()).isEmpty();
        assertThat(first.reached()).as("twenty looks of 250").isEqualTo(key(event(1_001), 7));

        var second = view.list(ofSubscription(first.reached(), 10));
        assertThat(seqs(second)).containsExactly(1L);
        assertThat(second.reached()).isNull();
    }

    @Test
    void aPageEndsWhenItHasTakenLong() {
        for (long seq = 1; seq <= 2_000; seq++) {
            log.add(event(seq, "acme", "list.joined"));
        }
        buffered(1, 2_000);
        log.whenRead = () -> clock.advance(Duration.ofMillis(25));

        assertThat(view.list(ofSubscription(null, 10)).reached())
                .as("after the third look")
                .isEqualTo(key(event(1_251), 7));
    }

    @Test
    void aBufferEndsWhereItsRangeBegins() {
        log.add(events(1, 600));
        buffered(300, 600);

        var part = view.list(ofSubscription(null, 1_000));

        assertThat(part.items()).hasSize(301);
        assertThat(seqs(part)).endsWith(300L);
        assertThat(part.reached()).isNull();
        assertThat(log.reads).isEqualTo(2);

        assertThat(view.list(ofSubscription(null, 250)).reached()).isEqualTo(key(event(351), 7));
        assertThat(log.reads).as("no more than fills a page").isEqualTo(3);
    }

    @Test
    void oneThatIsOnlyInABufferIsFoundByItsKey() {
        log.add(events(1, 9));
        log.add(event(3, "acme", "list.joined"));
        buffered(2, 5);
        deliveries.rows = List.of(delivered(event(1)));

        assertThat(view.find(key(event(1), 7)).orElseThrow().delivery().status())
                .isEqualTo(Status.SUCCEEDED);
        var found = view.find(key(event(4), 7)).orElseThrow();
        assertThat(found.delivery().status()).isEqualTo(Status.BUFFERED);
        assertThat(found.attempts()).isEmpty();
        assertThat(view.find(key(event(3), 7))).as("is not wanted").isEmpty();
        assertThat(view.find(key(event(6), 7))).as("is beyond the range").isEmpty();
        assertThat(view.find(key(event(4), 8))).as("of nobody").isEmpty();
        assertThat(view.find(key(event(99), 7))).as("of no event").isEmpty();
        assertThat(view.find(new DeliveryKey(Instant.EPOCH, 4, 7)))
                .as("of another moment")
                .isEmpty();
        deliveries.had.add(4L);
        assertThat(view.find(key(event(4), 7))).as("was had").isEmpty();
    }

    @Test
    void anAttemptByHandMakesTheDeliveryDueAndWakesWhoLooks() {
        index.put(subscription(7, "order.*"));
        deliveries.rows = List.of(delivered(event(1)));

        view.retry(key(event(1), 7));

        assertThat(deliveries.noted).containsExactly("due 1 at " + clock.instant());
        assertThat(due.given).hasValue(1);
        assertThat(queues.handedIn).isEmpty();
    }

    @Test
    void itIsSentThoughTheReceiverDoesNotAnswer() {
        index.put(subscription(7, "order.*"));
        deliveries.rows = List.of(delivered(event(1)));
        circuit = new CircuitState(CircuitState.Kind.OPEN, NOON, NOON, 5);
        deliveries.claimable = Optional.of(row(event(1), 7, 3));

        view.retry(key(event(1), 7));

        await().atMost(SOON).until(() -> deliveries.statuses().contains("1 SUCCEEDED"));
        assertThat(deliveries.noted).containsExactly("due 1 at " + clock.instant(), "claim 1 for PT2M");
        assertThat(due.given).hasValue(1);
        assertThat(queues.givenBack).isEmpty();
    }

    @Test
    void whatCouldNotBeMadeByHandIsGivenBack() {
        index.put(subscription(7, "order.*"));
        deliveries.rows = List.of(delivered(event(1)));
        circuit = new CircuitState(CircuitState.Kind.HALF_OPEN, NOON, null, 5);
        deliveries.claimable = Optional.of(row(event(1), 7, 3));
        queues.maker = (_, wanted) -> !wanted.getAsBoolean();

        view.retry(key(event(1), 7));

        await().atMost(SOON).until(() -> queues.givenBack.equals(List.of(1L)));
    }

    @Test
    void anAttemptByHandIsRefusedWhereNoneCanBeMade() {
        deliveries.rows = List.of(delivered(event(1)));
        assertRefused(Reason.NOT_FOUND, "", () -> view.retry(key(event(2), 7)));
        assertRefused(Reason.CONFLICT, "is not active", () -> view.retry(key(event(1), 7)));
        index.put(subscription(7, "order.*"));
        queues.recalls = false;
        assertRefused(Reason.CONFLICT, "is under way", () -> view.retry(key(event(1), 7)));
        assertThat(deliveries.noted).isEmpty();
        queues.recalls = true;
        deliveries.canBeMadeDue = false;
        assertRefused(Reason.CONFLICT, "about to be replayed", () -> view.retry(key(event(1), 7)));
        assertThat(due.given).hasValue(0);
    }

    private static void assertRefused(Reason reason, String words, ThrowingCallable call) {
        assertThatThrownBy(call).hasMessageContaining(words).isInstanceOfSatisfying(Refused.class, e -> assertThat(
                        e.reason())
                .isEqualTo(reason));
    }
}
