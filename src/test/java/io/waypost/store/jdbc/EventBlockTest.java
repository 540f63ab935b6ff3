package io.waypost.store.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.waypost.event.Event;
import io.waypost.store.jdbc.EventBlock.Entry;
import io.waypost.store.jdbc.EventBlock.Stored;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class EventBlockTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00.123456Z");

    @RepeatedTest(50)
    void whatIsPutInComesOut(RepetitionInfo repetition) {
        var random = new Random(repetition.getCurrentRepetition());
        var entries = entries(random);

        var blocks = EventBlock.of(entries);

        assertThat(blocks.stream().flatMap(block -> events(block).stream()).toList())
                .isEqualTo(entries.stream().map(Entry::event).toList());
        assertThat(blocks.stream()
                        .flatMap(block -> block.stored().stream())
                        .map(Stored::key)
                        .toList())
                .usingRecursiveComparison()
                .isEqualTo(entries.stream().map(Entry::key).toList());
        for (var block : blocks) {
            var stored = block.stored();
            assertThat(block.firstSeq()).isEqualTo(stored.getFirst().seq());
            assertThat(block.lastSeq()).isEqualTo(stored.getLast().seq());
            assertThat(stored.size()).isLessThanOrEqualTo(EventBlock.MOST_EVENTS);
            assertThat(stored.size() == 1 || block.data().length <= EventBlock.MOST_BYTES)
                    .isTrue();
        }
    }

    @RepeatedTest(20)
    void whatIsTakenOutIsGoneAndTheRestIsThere(RepetitionInfo repetition) {
        var random = new Random(repetition.getCurrentRepetition());
        var block = EventBlock.of(entries(random)).getFirst();
        var kept = block.stored().stream().filter(_ -> random.nextBoolean()).toList();

        var left = block.with(kept);

        assertThat(left.firstSeq()).isEqualTo(block.firstSeq());
        assertThat(events(left))
                .isEqualTo(kept.stream().map(s -> s.event(block.data())).toList());
        assertThat(left.data()).hasSize(kept.stream().mapToInt(Stored::bytes).sum());
        assertThat(left.with(left.stored())).usingRecursiveComparison().isEqualTo(left);
    }

    @Test
    void anEventOfThatSizeHasABlockOfItsOwn() {
        var large = "\"%s\"".formatted("x".repeat(EventBlock.MOST_BYTES));

        var blocks = EventBlock.of(List.of(entry(1, "{}"), entry(2, large), entry(3, "{}"), entry(4, "{}")));

        assertThat(blocks)
                .extracting(EventBlock::firstSeq, EventBlock::lastSeq)
                .containsExactly(tuple(1L, 1L), tuple(2L, 2L), tuple(3L, 4L));
    }

    /** The smaller they are, the more of them fit into the database's memory. */
    @Test
    void aSmallEventTakesFewBytesBesideItsData() {
        var entries = new ArrayList<Entry>();
        for (int seq = 1; seq <= 100; seq++) {
            entries.add(entry(seq, "{}"));
        }

        var block = EventBlock.of(entries).getFirst();

        assertThat(block.header().length).isLessThan(100 * 10);
        assertThat(block.data()).asString(UTF_8).isEqualTo("{}".repeat(100));
    }

    @Test
    void aFormatOfALaterReleaseIsNotGuessedAt() {
        var block = new EventBlock(1, 1, NOON, new byte[] {9, 0, 0}, new byte[0]);

        assertThatThrownBy(block::stored)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("format 9");
    }

    private static List<Event> events(EventBlock block) {
        return block.stored().stream().map(stored -> stored.event(block.data())).toList();
    }

    private static Entry entry(long seq, String data) {
        return new Entry(new Event(seq, NOON, "acme", "a.b", "/", null, null, NOON, false, null, data, false), null);
    }

    private static List<Entry> entries(Random random) {
        var entries = new ArrayList<Entry>();
        var seq = random.nextLong(1L << random.nextInt(1, 62));
        var at = NOON;
        for (int i = random.nextInt(1, 600); i > 0; i--) {
            seq += 1 + (random.nextInt(4) == 0 ? random.nextInt(1_000) : 0);
            at = at.plusNanos(1_000L * (random.nextInt(3) == 0 ? random.nextInt(1_000_000) : 0));
            entries.add(new Entry(
                    new Event(
                            seq,
                            at,
                            "tenant" + random.nextInt(3),
                            "type." + random.nextInt(300),
                            random.nextInt(2) == 0 ? "/" : "/é/" + random.nextInt(5),
                            text(random),
                            text(random),
                            random.nextBoolean()
                                    ? at
                                    : at.plus(Duration.ofMillis(random.nextLong(-1L << 40, 1L << 40))),
                            random.nextBoolean(),
                            text(random),
                            "\"" + "\uD83D\uDE00x".repeat(random.nextInt(1 << random.nextInt(1, 12))) + "\"",
                            random.nextBoolean()),
                    random.nextInt(4) == 0 ? new byte[random.nextInt(20)] : null));
        }
        return entries;
    }

    private static @Nullable String text(Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> null;
            case 1 -> "";
            default -> "ö".repeat(random.nextInt(200));
        };
    }
}
