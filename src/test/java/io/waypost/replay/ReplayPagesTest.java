package io.waypost.replay;

import static io.waypost.replay.Given.NOON;
import static io.waypost.replay.Given.event;
import static io.waypost.replay.Given.events;
import static io.waypost.replay.Given.row;
import static io.waypost.replay.Given.subscription;
import static io.waypost.replay.ReplayPages.PAGE;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.event.Event;
import io.waypost.platform.SettableClock;
import io.waypost.replay.ReplayPages.Page;
import io.waypost.replay.ReplayStore.Mode;
import io.waypost.replay.ReplayStore.Replay;
import io.waypost.subscription.Subscription;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ReplayPagesTest {

    private final MemoryDeliveries deliveries = new MemoryDeliveries();
    private final MemoryEvents log = new MemoryEvents();
    private final SettableClock clock = new SettableClock("2026-03-01T12:00:00Z");
    private final ReplayPages pages = new ReplayPages(deliveries, log, new MemoryIndex(), clock);
    private final Subscription all = subscription(7, "**");

    private Page read(long first, long last, long from) {
        return pages.read(new Replay(1, 7, Mode.REPLAY, first, last, from, 0, 1), from, all);
    }

    private static List<Long> seqs(Page page) {
        return page.items().stream().map(item -> item.event().seq()).toList();
    }

    private static List<Long> numbers(long first, long last) {
        return LongStream.rangeClosed(first, last).boxed().toList();
    }

    @Test
    void rowsAndWhatIsOnlyInTheLogComeInTheOrderOfTheirEvents() {
        log.add(events(1, 6));
        deliveries.buffered.add(row(event(4), 7, 2));
        deliveries.buffered.add(row(event(2), 7, 1));
        deliveries.had.add(5L);

        var page = read(1, 6, 0);

        assertThat(seqs(page)).containsExactly(1L, 2L, 3L, 4L, 6L);
        assertThat(page.items())
                .filteredOn(item -> item.row() != null)
                .extracting(item -> item.event().seq())
                .containsExactly(2L, 4L);
        assertThat(page.next()).isEqualTo(7);
        assertThat(page.end()).isFalse();
    }

    @Test
    void nothingOfTheLogIsSentBesideTheRangeOrAgainstTheWish() {
        log.add(events(1, 9));
        log.add(event(4, "other", "order.created"), event(5, "acme", "list.joined"));
        log.add(new Event(
                6, NOON, "acme", "order.created", Event.TEST_SOURCE, null, null, NOON, true, null, "{}", false));
        log.add(new Event(7, NOON, "acme", "order.created", "/", null, null, NOON, true, null, "{}", false));

        var page = pages.read(new Replay(1, 7, Mode.REPLAY, 3, 8, 0, 0, 1), 0, subscription(7, "order.*"));

        assertThat(seqs(page)).containsExactly(3L, 7L, 8L);
        assertThat(pages.wants(subscription(7, "order.*"), event(4, "other", "order.created")))
                .isFalse();
    }

    @Test
    void afterItsLastEventAReplayIsAtItsEnd() {
        log.add(events(1, 9));

        assertThat(read(1, 4, 5)).isEqualTo(new Page(List.of(), List.of(), 5, true));
        assertThat(read(1, 4, 8)).isEqualTo(new Page(List.of(), List.of(), 8, true));
        assertThat(read(0, 0, 0)).isEqualTo(new Page(List.of(), List.of(), 1, true));
        assertThat(seqs(read(1, 4, 4))).containsExactly(4L);
        assertThat(log.reads).as("nothing is read beyond the end").isEqualTo(2);
    }

    @Test
    void aPageOfTheLogEndsWhereItWasCutAndTheNextOneGoesOnThere() {
        log.add(events(1, PAGE + 100));
        deliveries.buffered.add(row(event(PAGE), 7, 1));
        deliveries.buffered.add(row(event(PAGE + 1), 7, 1));

        var first = read(1, PAGE + 100, 0);
        assertThat(seqs(first)).isEqualTo(numbers(1, PAGE));
        assertThat(first.next()).isEqualTo(PAGE + 1);

        var second = read(1, PAGE + 100, first.next());
        assertThat(seqs(second)).isEqualTo(numbers(PAGE + 1, PAGE + 100));
        assertThat(second.items().getFirst().row()).isNotNull();
        assertThat(second.next()).isEqualTo(PAGE + 101);
    }

    @Test
    void aPageOfRowsEndsBeforeItsLastEventBecauseMoreRowsOfThatMayFollow() {
        for (var event : events(1, PAGE)) {
            deliveries.buffered.add(row(event, 7, 1));
        }

        var first = read(0, 0, 0);
        assertThat(seqs(first)).isEqualTo(numbers(1, PAGE - 1));
        assertThat(first.next()).isEqualTo(PAGE);
        deliveries.buffered.removeIf(row -> row.key().seq() < PAGE);

        var second = read(0, 0, PAGE);
        assertThat(seqs(second)).containsExactly((long) PAGE);
        assertThat(second.next()).as("behind all there is").isEqualTo(PAGE + 1);
    }

    @Test
    void nothingOfTheLogGetsAheadOfRowsThatAreOnTheNextPage() {
        log.add(events(PAGE - 50, PAGE + 30));
        for (var event : events(1, PAGE - 1)) {
            deliveries.buffered.add(row(event, 7, 1));
        }
        deliveries.buffered.add(row(event(PAGE + 20), 7, 1));
        deliveries.buffered.add(row(event(PAGE + 22), 7, 1));

        var first = read(PAGE - 50, PAGE + 30, 0);
        assertThat(seqs(first)).isEqualTo(numbers(1, PAGE + 19));
        assertThat(first.next()).isEqualTo(PAGE + 20);
        assertThat(seqs(read(PAGE - 50, PAGE + 30, PAGE + 20))).isEqualTo(numbers(PAGE + 20, PAGE + 30));
    }

    @Test
    void whereOnlyRowsAreLeftTheNextPageBeginsBehindBothThemAndTheRange() {
        deliveries.buffered.add(row(event(3), 7, 1));

        assertThat(read(5, 9, 0).next()).isEqualTo(10);
        assertThat(read(1, 2, 3).next()).isEqualTo(4);
    }

    @Test
    void rowsThatAreLargeMayHaveBeenCutBeforeThePageIsFull() {
        var characters = (int) (DeliveryLog.MOST_BYTES / 3);
        var large = "x".repeat(characters + 1 - 2);
        deliveries.buffered.add(row(event(1), 7, 1));
        deliveries.buffered.add(row(withData(2, large), 7, 1));

        assertThat(seqs(read(0, 0, 0))).containsExactly(1L);
        assertThat(read(0, 0, 0).next()).isEqualTo(2);
        assertThat(seqs(read(0, 0, 2))).as("a large one alone").containsExactly(2L);

        deliveries.buffered.set(1, row(withData(2, large.substring(1)), 7, 1));
        assertThat(seqs(read(0, 0, 0))).containsExactly(1L, 2L);
    }

    private static Event withData(long seq, String data) {
        return new Event(
                seq, NOON.plusSeconds(seq), "acme", "order.created", "/", null, null, NOON, false, null, data, false);
    }

    @Test
    void ofTheRowsThoseAreDiscardedThatNobodyCouldSayAreWantedAndAreNot() {
        var orders = subscription(7, "order.*");
        var untried = row(event(1, "acme", "list.joined"), 7, 0);
        var tried = row(event(2, "acme", "list.joined"), 7, 1);
        var askedFor = row(new DeliveryKey(NOON.plusSeconds(500), 3, 7), event(3, "acme", "list.joined"), 0);
        var wanted = row(event(4), 7, 0);
        deliveries.buffered.addAll(List.of(untried, tried, askedFor, wanted));

        var page = pages.read(new Replay(1, 7, Mode.REPLAY, 0, 0, 0, 0, 1), 0, orders);

        assertThat(seqs(page)).containsExactly(2L, 3L, 4L);
        assertThat(deliveries.statuses()).containsExactly("1 DISCARDED");
        assertThat(deliveries.settled.getFirst().finishedAt()).isEqualTo(clock.instant());
        assertThat(deliveries.settled.getFirst().fence()).isEqualTo(untried.fence());
    }

    @Test
    void whatIsDiscardedIsOnlyInTheLog() {
        log.add(events(1, 2));
        deliveries.buffered.add(row(event(1), 7, 1));

        var page = pages.read(new Replay(1, 7, Mode.DISCARD, 1, 2, 0, 0, 1), 0, all);

        assertThat(seqs(page)).containsExactly(2L);
    }
}
