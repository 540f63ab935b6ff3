package io.waypost.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.waypost.platform.Part;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What every event log must do. A new one is done when it passes this. */
public abstract class EventLogContract {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00.000123Z");
    private static final Duration LEASE = Duration.ofSeconds(30);

    /** An empty log. */
    protected abstract EventLog log();

    @Test
    void whatIsAppendedIsReadAsItWas() {
        var log = log();
        var event = new NewEvent(
                "acme",
                "order.created",
                "/shop",
                "o-1",
                "order 1",
                NOON.minusSeconds(5),
                true,
                "{\"partition\":\"a\"}",
                "{\"n\":18859015918863553,\"price\":1.10,\"s\":\"€ \\u0000\"}",
                false);

        append(log, NOON, event);

        assertThat(log.find(1)).contains(Event.of(event, 1, NOON));
    }

    @Test
    void bytesAndWhatWasLeftOutAreReadAsTheyWere() {
        var log = log();
        var event = new NewEvent("acme", "a.b", "/", null, null, NOON, false, null, "\"AAEC\"", true);

        append(log, NOON, event);

        assertThat(log.find(1)).contains(Event.of(event, 1, NOON));
        assertThat(log.readAll(List.of(2L, 1L))).isEqualTo(log.read(1, 9, 9));
    }

    @Test
    void sequenceNumbersHaveNoGapsAndIdsFindTheirEvent() {
        var log = log();

        var receipts = append(log, NOON, event("1"), event("2"), event("3"));

        assertThat(receipts).extracting(r -> Event.seqOf(r.id())).containsExactly(1L, 2L, 3L);
        assertThat(log.last()).isEqualTo(3);
    }

    @Test
    void aTwinIsStoredOnceAlsoWithinOneBatchAndAcrossBatches() {
        var log = log();

        var both = log.append(List.of(List.of(event("a"), event("a")), List.of(event("a"))), NOON);
        var later = append(log, NOON.plusSeconds(1), event("a"));

        var id = both.getFirst().getFirst().id();
        assertThat(both)
                .containsExactly(
                        List.of(new Receipt(id, false), new Receipt(id, true)), List.of(new Receipt(id, true)));
        assertThat(later).containsExactly(new Receipt(id, true));
        assertThat(log.last()).isEqualTo(1);
    }

    @Test
    void theSameIdOfAnotherTenantOrSourceIsNoTwin() {
        var log = log();

        var receipts =
                append(log, NOON, named("acme", "/a", "b/c"), named("acme", "/a/b", "c"), named("other", "/a", "b/c"));

        assertThat(receipts).noneMatch(Receipt::duplicate);
    }

    @Test
    void whatHasNoIdIsKnownByItsRepeatKeyAndNobodySeesThat() {
        var log = log();

        var first = append(log, NOON, event(null).knownBy("k/0"), event(null).knownBy("k/1"));
        var again = append(log, NOON.plusSeconds(1), event(null).knownBy("k/1"));
        var other = append(
                log, NOON, named("other", "/", null).knownBy("k/0"), event("").knownBy("k/0"), event("k/0"));

        assertThat(again).containsExactly(new Receipt(first.get(1).id(), true));
        assertThat(Stream.concat(first.stream(), other.stream())).noneMatch(Receipt::duplicate);
        assertThat(log.find(1)).contains(Event.of(event(null), 1, NOON));
    }

    @Test
    void whatHasNoIdOfThePublishersIsKnownByOurs() {
        var log = log();
        var first = append(log, NOON, event(null), event("o-1"));
        var ours = first.get(0).id();
        var never = Event.id(NOON, 77);

        var again = append(log, NOON.plusSeconds(1), event(ours), event(ours));
        var others = append(
                log,
                NOON.plusSeconds(1),
                named("other", "/", ours),
                named("acme", "/elsewhere", ours),
                new NewEvent("acme", "order.paid", "/", ours, null, NOON, false, null, "{}", false),
                event(first.get(1).id()),
                event(Event.id(NOON.plusSeconds(9), 1)),
                event(never),
                event("evt_no"));

        assertThat(again).containsExactly(new Receipt(ours, true), new Receipt(ours, true));
        assertThat(others.get(2).duplicate())
                .as("the same id and source is the same event")
                .isFalse();
        assertThat(others).noneMatch(Receipt::duplicate);
        assertThat(append(log, NOON.plusSeconds(2), event(never)))
                .containsExactly(new Receipt(others.get(5).id(), true));
    }

    @Test
    void whoeverObjectsRightBeforeTheCommitKeepsAllFromBeingStored() {
        var log = log();

        assertThatThrownBy(() -> log.append(List.of(List.of(event("1"))), NOON, EventLog.Leases.NONE, _ -> {
                    throw new IllegalStateException("no");
                }))
                .hasMessage("no");

        assertThat(log.last()).isZero();
        assertThat(append(log, NOON, event("1"))).noneMatch(Receipt::duplicate);
    }

    @Test
    void eventsWithoutAnIdAreNeverTwins() {
        var log = log();

        append(log, NOON, event(null), event(null));

        assertThat(log.last()).isEqualTo(2);
    }

    @Test
    void timesNeverGoBackAlongTheLog() {
        var log = log();
        append(log, NOON, event("1"));
        append(log, NOON.minusSeconds(60), event("2"));

        assertThat(log.find(2).orElseThrow().receivedAt()).isEqualTo(NOON);
    }

    @Test
    void duplicatesAtTheSameMomentFromManyThreadsAreStoredOnce() throws Exception {
        var log = log();
        try (var threads = Executors.newFixedThreadPool(4)) {
            Callable<List<List<Receipt>>> append = () -> log.append(List.of(List.of(event("same"))), NOON);

            var all = threads.invokeAll(
                    IntStream.range(0, 12).mapToObj(_ -> append).toList());

            for (var one : all) {
                assertThat(one.get()).hasSize(1);
            }
        }
        assertThat(log.last()).isEqualTo(1);
    }

    @Test
    void aSegmentIsClaimedOnceAndSettledWhenFinished() {
        var log = log();
        append(log, NOON, event("1"), event("2"), event("3"));

        var first = log.claim(NOON, LEASE, 2).orElseThrow();
        var second = log.claim(NOON, LEASE, 2).orElseThrow();
        log.finish(List.of(second.key()));

        assertThat(first.events()).extracting(Event::seq).containsExactly(1L, 2L);
        assertThat(second.events()).extracting(Event::seq).containsExactly(3L);
        assertThat(log.claim(NOON, LEASE, 2)).isEmpty();
        assertThat(log.settled()).isZero();
        log.finish(List.of(first.key()));
        assertThat(log.settled()).isEqualTo(3);
    }

    @Test
    void givenALeaseThatRanOut_whenAnotherTakesOver_thenTheFirstHasNoSay() {
        var log = log();
        append(log, NOON, event("1"));
        var late = log.claim(NOON, LEASE, 10).orElseThrow();

        var current = log.claim(NOON.plus(LEASE), LEASE, 10).orElseThrow();
        log.finish(List.of(late.key()));

        assertThat(current.takenOver()).isTrue();
        assertThat(current.events()).hasSize(1);
        assertThat(log.settled()).isZero();
        log.finish(List.of(current.key()));
        assertThat(log.settled()).isEqualTo(1);
    }

    @Test
    void whatIsCutOffASegmentIsClaimedNextAndEachPartIsFinishedByItself() {
        var log = log();
        append(log, NOON, event("1"), event("2"), event("3"), event("4"));
        var whole = log.claim(NOON, LEASE, 3).orElseThrow();

        assertThat(log.cut(whole, 1)).isTrue();
        var rest = log.claim(NOON, LEASE, 3).orElseThrow();
        var later = log.claim(NOON, LEASE, 3).orElseThrow();

        assertThat(rest.events()).extracting(Event::seq).containsExactly(2L, 3L);
        assertThat(later.events()).extracting(Event::seq).containsExactly(4L);
        assertThat(log.backlog().events()).isEqualTo(4);
        log.finish(List.of(rest.key(), later.key()));
        assertThat(log.settled()).isZero();
        log.finish(List.of(whole.key()));
        assertThat(log.settled()).isEqualTo(4);
    }

    @Test
    void whoHasLostASegmentCutsNothingOffIt() {
        var log = log();
        append(log, NOON, event("1"), event("2"));
        var lost = log.claim(NOON, LEASE, 2).orElseThrow();
        var current = log.claim(NOON.plus(LEASE), LEASE, 2).orElseThrow();

        assertThat(log.cut(lost, 1)).isFalse();

        assertThat(log.claim(NOON.plus(LEASE), LEASE, 2)).isEmpty();
        log.finish(List.of(current.key()));
        assertThat(log.settled()).isEqualTo(2);
    }

    @Test
    void anExtendedLeaseIsNotTakenOver() {
        var log = log();
        append(log, NOON, event("1"));
        var segment = log.claim(NOON, LEASE, 10).orElseThrow();

        log.extend(List.of(segment.key()), NOON.plus(LEASE.multipliedBy(2)));

        assertThat(log.claim(NOON.plus(LEASE), LEASE, 10)).isEmpty();
    }

    @Test
    void listsAreNewestFirstAndFilterByAllThatIsGiven() {
        var log = log();
        append(log, NOON, typed("a.b", null), typed("a.c", "x"));
        append(log, NOON.plusSeconds(10), typed("a.b", "x"));

        assertThat(log.list(new EventLog.Query("acme", "a.b", null, null, null, Long.MAX_VALUE, 10))
                        .items())
                .extracting(Event::seq)
                .containsExactly(3L, 1L);
        assertThat(log.list(new EventLog.Query(null, null, "x", null, null, 3, 10))
                        .items())
                .extracting(Event::seq)
                .containsExactly(2L);
        assertThat(log.list(new EventLog.Query(null, null, null, NOON.plusSeconds(10), null, Long.MAX_VALUE, 10))
                        .items())
                .extracting(Event::seq)
                .containsExactly(3L);
        assertThat(log.list(new EventLog.Query(null, null, null, null, NOON.plusSeconds(10), Long.MAX_VALUE, 1))
                        .items())
                .extracting(Event::seq)
                .containsExactly(2L);
        assertThat(log.list(new EventLog.Query("other", null, null, null, null, Long.MAX_VALUE, 10))
                        .items())
                .isEmpty();
    }

    @Test
    void aPartOfAListHoldsNoMoreThanFourMebibytes() {
        var log = log();
        var large = "\"" + "x".repeat(1_500_000) + "\"";
        for (int i = 0; i < 5; i++) {
            append(log, NOON, new NewEvent("acme", "a", "/", null, null, NOON, false, null, large, false));
        }

        var first = log.list(new EventLog.Query("acme", null, null, null, null, Long.MAX_VALUE, 10));
        var second = log.list(new EventLog.Query("acme", null, null, null, null, first.reached(), 10));

        assertThat(first.items()).extracting(Event::seq).containsExactly(5L, 4L, 3L);
        assertThat(second.items()).extracting(Event::seq).containsExactly(2L, 1L);
        assertThat(second.reached()).isNull();
    }

    @Test
    void whatIsLookedForIsFoundInParts() {
        var log = log();
        append(
                log,
                NOON,
                typed("a.b", "x"),
                new NewEvent("other", "a.b", "/", null, null, NOON, false, null, "{}", false));
        for (int i = 0; i < 3; i++) {
            append(
                    log,
                    NOON,
                    Stream.generate(() -> typed("a.b", "y")).limit(500).toArray(NewEvent[]::new));
        }

        var first = log.list(new EventLog.Query("acme", null, "x", null, null, Long.MAX_VALUE, 10));
        var second = log.list(new EventLog.Query("acme", "a.b", "x", null, null, first.reached(), 10));

        assertThat(first.items()).isEmpty();
        assertThat(second.items()).extracting(Event::seq).containsExactly(1L);
        assertThat(second.reached()).isNull();
        assertThat(log.list(new EventLog.Query("other", null, null, null, null, Long.MAX_VALUE, 10)))
                .satisfies(part -> assertThat(part.items()).hasSize(1))
                .satisfies(part -> assertThat(part.reached()).isNull());
        assertThat(log.read("other", 1, 1_502, 10)).extracting(Event::seq).containsExactly(2L);
        assertThat(log.read("acme", 2, 5, 2)).extracting(Event::seq).containsExactly(3L, 4L);
    }

    @Test
    void thePlaceOfATimeIsFound() {
        var log = log();
        append(log, NOON, event("1"));
        append(log, NOON.plusSeconds(1), event("2"), event("3"));
        append(log, NOON.plusSeconds(2), event("4"));

        assertThat(log.firstSince(Instant.EPOCH)).isEqualTo(1);
        assertThat(log.firstSince(NOON.plusMillis(1))).isEqualTo(2);
        assertThat(log.firstSince(NOON.plusSeconds(2))).isEqualTo(4);
        assertThat(log.firstSince(NOON.plusSeconds(3))).isEqualTo(5);
    }

    @Test
    void aPageHoldsNoMoreThanFourMebibytes() {
        var log = log();
        var large = "\"" + "x".repeat(900_000) + "\"";
        for (int i = 0; i < 7; i++) {
            append(log, NOON, new NewEvent("acme", "a", "/", null, null, NOON, false, null, large, false));
        }

        assertThat(log.claim(NOON, LEASE, 100).orElseThrow().events()).hasSize(5);
        assertThat(log.claim(NOON, LEASE, 100).orElseThrow().events()).hasSize(2);
    }

    @Test
    void theBacklogIsWhatHasNotBeenFannedOut() {
        var log = log();
        append(log, NOON, event("1"));
        append(log, NOON.plusSeconds(1), event("2"));
        var first = log.claim(NOON, LEASE, 1).orElseThrow();

        assertThat(log.backlog()).isEqualTo(new EventLog.Backlog(2, NOON));
        log.finish(List.of(first.key()));
        assertThat(log.backlog()).isEqualTo(new EventLog.Backlog(1, NOON.plusSeconds(1)));
    }

    @Test
    void onlyOldSettledEventsArePurged() {
        var log = log();
        append(log, NOON, event("1"), event("2"));
        append(log, NOON.plusSeconds(60), event("3"));

        var before = log.firstSince(NOON.plusSeconds(30));

        assertThat(log.purge(0, before, 100, _ -> false)).isEqualTo(new EventLog.Purged(0, 3));
        var segment = log.claim(NOON, LEASE, 10).orElseThrow();
        assertThat(log.purge(0, before, 100, _ -> false).gone()).isZero();
        log.finish(List.of(segment.key()));
        assertThat(log.purge(0, before, 1, _ -> false)).isEqualTo(new EventLog.Purged(1, 2));
        assertThat(log.purge(0, before, 100, _ -> false)).isEqualTo(new EventLog.Purged(1, 3));

        assertThat(log.read(0, 10, 10)).extracting(Event::seq).containsExactly(3L);
    }

    @Test
    void whatIsNeededOrInASegmentThatIsNotFinishedHoldsNothingElseBack() {
        var log = log();
        append(log, NOON, event("1"), event("2"), event("3"), event("4"), event("5"));
        log.claim(NOON, LEASE, 1).orElseThrow();
        log.finish(List.of(log.claim(NOON, LEASE, 4).orElseThrow().key()));

        var step =
                log.purge(0, 6, 100, place -> place.seq() == 3 && place.tenant().equals("acme"));

        assertThat(step).isEqualTo(new EventLog.Purged(3, 6));
        assertThat(log.read(0, 10, 10)).extracting(Event::seq).containsExactly(1L, 3L);
    }

    /** Of what was stored together some is needed for longer, and nothing is left of the rest. */
    @Test
    void whatIsPurgedIsGoneFromWhatWasStoredWithIt() {
        var log = log();
        var kept = new NewEvent(
                "acme", "order.paid", "/s", "2", "é", NOON.plusSeconds(1), true, "{\"a\":1}", "{\"b\":[2]}", false);
        append(
                log,
                NOON,
                event("1"),
                kept,
                named("acme", "/", "3").knownBy("x"),
                event(null).knownBy("y"));
        log.finish(List.of(log.claim(NOON, LEASE, 9).orElseThrow().key()));
        var before = log.find(2).orElseThrow();

        var step = log.purge(0, 5, 100, place -> place.seq() == 2);

        assertThat(step).isEqualTo(new EventLog.Purged(3, 5));
        assertThat(log.read(0, 10, 10)).containsExactly(before);
        assertThat(log.read("acme", 0, 10, 10)).containsExactly(before);
        assertThat(log.heads(List.of(1L, 2L, 3L, 4L)).keySet()).containsExactly(2L);
        assertThat(log.list(new EventLog.Query("acme", "order.created", null, null, null, 10, 10)))
                .isEqualTo(new Part<>(List.of(), null));
        assertThat(append(log, NOON, kept)).extracting(Receipt::duplicate).containsExactly(true);
        assertThat(append(
                        log,
                        NOON,
                        event("1"),
                        named("acme", "/", "3"),
                        event(null).knownBy("y")))
                .extracting(Receipt::duplicate)
                .containsExactly(false, false, false);
        log.finish(List.of(log.claim(NOON, LEASE, 9).orElseThrow().key()));
        assertThat(log.purge(0, 8, 100, _ -> false).gone()).isEqualTo(4);
        assertThat(append(log, NOON, kept)).extracting(Receipt::duplicate).containsExactly(false);
    }

    @Test
    void whatWasStoredOneByOneOrTogetherIsFoundAlike() {
        var log = log();
        for (int i = 0; i < 70; i++) {
            append(log, NOON.plusSeconds(i), typed("one", "s" + i));
            append(log, NOON.plusSeconds(i), typed("two", null), typed("three", null));
        }
        append(
                log,
                NOON.plusSeconds(70),
                Collections.nCopies(600, typed("many", null)).toArray(new NewEvent[0]));
        var all = log.read(0, 1_000, 1_000);

        assertThat(all)
                .extracting(Event::seq)
                .isEqualTo(LongStream.rangeClosed(1, 810).boxed().toList());
        assertThat(log.read("acme", 5, 500, 1_000)).isEqualTo(all.subList(4, 500));
        assertThat(log.read(200, 300, 50)).isEqualTo(all.subList(199, 249));
        assertThat(log.readAll(List.of(3L, 900L, 1L, 211L, 210L, 700L)))
                .extracting(Event::seq)
                .containsExactly(1L, 3L, 210L, 211L, 700L);
        assertThat(log.readAll(LongStream.rangeClosed(1, 900).boxed().toList())).isEqualTo(all);
        assertThat(log.heads(100, 650)).hasSize(551);
        assertThat(log.heads(List.of(7L)).get(7L))
                .isEqualTo(new EventHead(7, NOON.plusSeconds(2), "acme", "one", "/", false, 2));
        for (var type : List.of("one", "two", "many")) {
            var found = new ArrayList<Event>();
            var before = Long.MAX_VALUE;
            for (Part<Event, Long> part = null; part == null || part.reached() != null; ) {
                part = log.list(new EventLog.Query("acme", type, null, NOON.plusSeconds(3), null, before, 25));
                assertThat(part.items()).hasSizeLessThanOrEqualTo(25);
                found.addAll(part.items());
                before = part.reached() == null ? 0 : part.reached();
            }
            assertThat(found.reversed())
                    .isEqualTo(all.stream()
                            .filter(event -> event.type().equals(type) && event.seq() > 9)
                            .toList());
        }
        assertThat(log.firstSince(NOON.plusSeconds(3))).isEqualTo(10);
        assertThat(log.firstSince(NOON.plusSeconds(70))).isEqualTo(211);
        assertThat(log.firstSince(NOON.plusSeconds(71))).isEqualTo(811);
    }

    protected static List<Receipt> append(EventLog log, Instant at, NewEvent... events) {
        return log.append(List.of(List.of(events)), at).getFirst();
    }

    protected static NewEvent event(String sourceId) {
        return new NewEvent("acme", "order.created", "/", sourceId, null, NOON, false, null, "{}", false);
    }

    private static NewEvent named(String tenant, String source, String sourceId) {
        return new NewEvent(tenant, "order.created", source, sourceId, null, NOON, false, null, "{}", false);
    }

    private static NewEvent typed(String type, String subject) {
        return new NewEvent("acme", type, "/", null, subject, NOON, false, null, "{}", false);
    }

    @Test
    void whatIsStoredCanBeTakenAtOnceSoFarAsTheLeasesGo() {
        var log = log();

        var told = new ArrayList<List<Receipt>>();
        var appending = log.append(
                List.of(List.of(event(null), event(null)), List.of(event(null), event(null), event(null))),
                NOON,
                new EventLog.Leases(2, 2, LEASE),
                told::addAll);

        assertThat(appending.receipts()).isEqualTo(told);
        assertThat(told).extracting(List::size).containsExactly(2, 3);
        assertThat(appending.taken())
                .extracting(LogSegment::first, LogSegment::last, LogSegment::takenOver)
                .containsExactly(tuple(1L, 2L, false), tuple(3L, 4L, false));
        assertThat(appending.taken().getLast().events()).isEqualTo(log.read(3, 4, 10));
        var rest = log.claim(NOON, LEASE, 10).orElseThrow();
        assertThat(rest.first()).isEqualTo(5);
        assertThat(rest.last()).isEqualTo(5);
        log.finish(List.of(appending.taken().getFirst().key()));
        assertThat(log.settled()).isEqualTo(2);
    }

    @Test
    void nothingIsTakenAtOnceWhileSomethingBeforeItWaits() {
        var log = log();
        append(log, NOON, event(null));

        var appending = log.append(List.of(List.of(event(null))), NOON, new EventLog.Leases(2, 2, LEASE), _ -> {});

        assertThat(appending.taken()).isEmpty();
        assertThat(log.claim(NOON, LEASE, 10).orElseThrow().events()).hasSize(2);
    }
}
