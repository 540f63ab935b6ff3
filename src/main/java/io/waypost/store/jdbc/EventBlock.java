package io.waypost.store.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.waypost.event.Event;
import io.waypost.event.EventHead;
import io.waypost.platform.Ids;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Events that were stored together, in one row: a header with everything but their data, which lists and the retention read
 * alone, and their data, one after the other. An event can be taken out by writing the block anew.
 *
 * <p>The header is a byte with the version of the format (1), and for each event, in the order of the log: the steps of its
 * sequence number and its time of receipt from those of the event before, a byte of flags, tenant, type and source,
 * then what the flags announce, and the length of its data ({@link Packed} says how numbers and texts are written). Of tenant,
 * type and source, which come again and again, a text is written only once, and preceded by how many others there were before
 * it: a lower number stands for one of those.
 *
 * @param firstSeq no event has a lower sequence number; it stays when the first event is taken out
 * @param receivedAt of the first event
 */
record EventBlock(long firstSeq, long lastSeq, Instant receivedAt, byte[] header, byte[] data) {

    /** A block has at most so many bytes, unless a single event has more. */
    static final int MOST_BYTES = 64 * 1024;

    static final int MOST_EVENTS = 256;

    private static final byte VERSION = 1;

    private static final int TEST = 1;
    private static final int BASE64 = 2;
    private static final int SOURCE_ID = 4;
    private static final int SUBJECT = 8;

    /** The time it happened, as a step from the time of receipt. */
    private static final int TIME = 16;

    private static final int ATTRIBUTES = 32;

    /** Its de-duplication key, which cannot be computed from the event. */
    private static final int KEY = 64;

    /**
     * An event to be stored.
     *
     * @param key its de-duplication key if that cannot be computed from the event
     */
    record Entry(Event event, byte @Nullable [] key) {}

    /** An event as the header has it: {@code from} and {@code bytes} say where its data is. */
    record Stored(Event withoutData, byte @Nullable [] key, int from, int bytes) {

        long seq() {
            return withoutData.seq();
        }

        EventHead head() {
            return new EventHead(
                    seq(),
                    withoutData.receivedAt(),
                    withoutData.tenant(),
                    withoutData.type(),
                    withoutData.source(),
                    withoutData.test(),
                    bytes);
        }

        Event event(byte[] data) {
            return withoutData.withData(new String(data, from, bytes, UTF_8));
        }
    }

    /** As few blocks as the entries, which are in the order of the log, need. */
    static List<EventBlock> of(List<Entry> entries) {
        var blocks = new ArrayList<EventBlock>();
        Builder builder = null;
        for (var entry : entries) {
            var data = entry.event.data().getBytes(UTF_8);
            if (builder == null || !builder.hasRoomFor(data.length)) {
                if (builder != null) {
                    blocks.add(builder.build());
                }
                builder = new Builder(entry.event.seq(), entry.event.receivedAt());
            }
            builder.add(entry, data);
        }
        if (builder != null) {
            blocks.add(builder.build());
        }
        return blocks;
    }

    /** The events of the block, without their data. */
    List<Stored> stored() {
        return new Reader(header).read(firstSeq, receivedAt);
    }

    /** The same block with these of its events only. */
    EventBlock with(List<Stored> kept) {
        var builder = new Builder(firstSeq, receivedAt);
        for (var event : kept) {
            var from = event.from;
            builder.add(new Entry(event.withoutData, event.key), Arrays.copyOfRange(data, from, from + event.bytes));
        }
        return builder.build();
    }

    private static final class Builder {

        private final long firstSeq;
        private final Instant firstReceivedAt;
        private final Packed.Writer header = new Packed.Writer();
        private final Packed.Writer data = new Packed.Writer();
        private final Map<String, Integer> texts = new HashMap<>();
        private int events;
        private long seq;
        private long receivedAt;

        Builder(long firstSeq, Instant firstReceivedAt) {
            this.firstSeq = firstSeq;
            this.firstReceivedAt = firstReceivedAt;
            this.seq = firstSeq;
            this.receivedAt = Ids.micros(firstReceivedAt);
            header.octet(VERSION);
        }

        boolean hasRoomFor(int bytes) {
            return events < MOST_EVENTS && header.length() + data.length() + bytes <= MOST_BYTES;
        }

        void add(Entry entry, byte[] itsData) {
            var event = entry.event;
            var at = Ids.micros(event.receivedAt());
            var time = Ids.micros(event.time());
            header.number(event.seq() - seq);
            header.signed(at - receivedAt);
            header.octet(Packed.when(event.test(), TEST)
                    | Packed.when(event.base64(), BASE64)
                    | Packed.when(event.sourceId() != null, SOURCE_ID)
                    | Packed.when(event.subject() != null, SUBJECT)
                    | Packed.when(time != at, TIME)
                    | Packed.when(event.attributes() != null, ATTRIBUTES)
                    | Packed.when(entry.key != null, KEY));
            repeated(event.tenant());
            repeated(event.type());
            repeated(event.source());
            header.textIfAny(event.sourceId());
            header.textIfAny(event.subject());
            if (time != at) {
                header.signed(time - at);
            }
            header.textIfAny(event.attributes());
            if (entry.key != null) {
                header.bytes(entry.key);
            }
            header.number(itsData.length);
            data.raw(itsData);
            seq = event.seq();
            receivedAt = at;
            events++;
        }

        private void repeated(String text) {
            var known = texts.putIfAbsent(text, texts.size());
            header.number(known == null ? texts.size() - 1 : known);
            if (known == null) {
                header.text(text);
            }
        }

        EventBlock build() {
            return new EventBlock(firstSeq, seq, firstReceivedAt, header.toBytes(), data.toBytes());
        }
    }

    private static final class Reader {

        private final Packed.Reader header;
        private final List<String> texts = new ArrayList<>();

        Reader(byte[] header) {
            this.header = Packed.Reader.of(header, VERSION);
        }

        List<Stored> read(long firstSeq, Instant firstReceivedAt) {
            var events = new ArrayList<Stored>();
            var seq = firstSeq;
            var micros = Ids.micros(firstReceivedAt);
            var receivedAt = firstReceivedAt;
            var from = 0;
            while (!header.isAtEnd()) {
                seq += header.number();
                var step = header.signed();
                if (step != 0) {
                    micros += step;
                    receivedAt = Ids.instant(micros);
                }
                var flags = header.octet();
                var tenant = repeated();
                var type = repeated();
                var source = repeated();
                var sourceId = Packed.isSet(flags, SOURCE_ID) ? header.text() : null;
                var subject = Packed.isSet(flags, SUBJECT) ? header.text() : null;
                var time = Packed.isSet(flags, TIME) ? Ids.instant(micros + header.signed()) : receivedAt;
                var attributes = Packed.isSet(flags, ATTRIBUTES) ? header.text() : null;
                var key = Packed.isSet(flags, KEY) ? header.bytes() : null;
                var length = header.length();
                var event = new Event(
                        seq,
                        receivedAt,
                        tenant,
                        type,
                        source,
                        sourceId,
                        subject,
                        time,
                        Packed.isSet(flags, TEST),
                        attributes,
                        "",
                        Packed.isSet(flags, BASE64));
                events.add(new Stored(event, key, from, length));
                from += length;
            }
            return events;
        }

        private String repeated() {
            var number = header.length();
            if (number == texts.size()) {
                texts.add(header.text());
            }
            return texts.get(number);
        }
    }
}
