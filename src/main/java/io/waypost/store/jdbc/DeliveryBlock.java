package io.waypost.store.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.platform.Ids;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Deliveries that have ended and were written together: a header, which lists read alone, and the heads of the receivers'
 * answers. A delivery can be taken out by writing the block anew.
 *
 * <p>The header is a byte with the version of the format (1), and for each delivery, in the order of {@link DeliveryKey}: the
 * steps of the time it was made and of its event's sequence number from those of the one before, its subscription, a byte of
 * flags whose lowest two bits are the status, the time it ended as a step from when it was made, and what the flags announce
 * ({@link Packed} says how numbers and texts are written). A subscription, with its tenant, is written only once, and preceded by
 * how many others there were before it: a lower number stands for one of those. Heads of answers and details of attempts, which
 * are the same again and again, too: they stand in the bodies, in the order of their numbers, and the header has their lengths.
 */
record DeliveryBlock(byte[] header, byte[] bodies) {

    static final int MOST_ENTRIES = 1_000;

    /** A block has at most so many bytes and those of one more delivery, of whose answer only a KiB is kept. */
    static final int MOST_BYTES = 256 * 1024;

    /** The deliveries of a block were made within this time. */
    static final Duration SPAN = Duration.ofSeconds(1);

    private static final byte VERSION = 1;

    private static final List<Status> STATUSES = List.of(Status.SUCCEEDED, Status.EXHAUSTED, Status.DISCARDED);
    private static final int STATUS = 3;

    private static final int REPLAY = 4;
    /** The first attempt is kept here: when it was made as a step from when the delivery was, and how long it took. */
    private static final int ATTEMPT = 8;

    private static final int CODE = 16;
    private static final int BODY = 32;
    private static final int DETAIL = 64;
    /** The numbers of attempts, of used up steps and the fence, which are all 1 otherwise. */
    private static final int COUNTS = 128;

    /**
     * A delivery that has ended.
     *
     * @param used how many of its attempts used up a step of the retry schedule
     * @param fence the number of its last claim
     * @param attempt its only attempt, which has succeeded; null if its attempts are rows of their own, or there is none
     */
    record Entry(
            DeliveryKey key,
            String tenant,
            Status status,
            int attempts,
            int used,
            int fence,
            Instant finishedAt,
            boolean replay,
            @Nullable Attempt attempt) {}

    private record Owner(long subscription, String tenant) {}

    /** The entries in the order of their keys, as few blocks as they need. */
    static List<List<Entry>> split(List<Entry> entries) {
        var blocks = new ArrayList<List<Entry>>();
        var from = 0;
        var sorted = entries.stream().sorted(Comparator.comparing(Entry::key)).toList();
        var bytes = 0L;
        for (int i = 0; i < sorted.size(); i++) {
            var end = sorted.get(from).key.createdAt().plus(SPAN);
            if (i - from == MOST_ENTRIES
                    || bytes >= MOST_BYTES
                    || sorted.get(i).key.createdAt().isAfter(end)) {
                blocks.add(sorted.subList(from, i));
                from = i;
                bytes = 0;
            }
            bytes += mostBytes(sorted.get(i));
        }
        if (from < sorted.size()) {
            blocks.add(sorted.subList(from, sorted.size()));
        }
        return blocks;
    }

    private static int mostBytes(Entry entry) {
        var attempt = entry.attempt;
        return 40 + (attempt == null ? 0 : 3 * (length(attempt.responseBody()) + length(attempt.detail())));
    }

    private static int length(@Nullable String text) {
        return text == null ? 0 : text.length();
    }

    /** @param entries in the order of their keys */
    static DeliveryBlock of(List<Entry> entries) {
        var builder = new Builder();
        entries.forEach(builder::add);
        return new DeliveryBlock(builder.header.toBytes(), builder.bodies.toBytes());
    }

    /** The deliveries, in the order of their keys. If the bodies have not been read, without the heads of answers and details. */
    List<Entry> entries() {
        return new Reader(header, bodies).read();
    }

    private static final class Builder {

        private final Packed.Writer header = new Packed.Writer();
        private final Packed.Writer bodies = new Packed.Writer();
        private final Map<Owner, Integer> owners = new HashMap<>();
        private final Map<String, Integer> texts = new HashMap<>();
        private long createdAt;
        private long seq;

        Builder() {
            header.octet(VERSION);
        }

        void add(Entry entry) {
            var at = Ids.micros(entry.key.createdAt());
            var attempt = entry.attempt;
            var counts = entry.attempts != 1 || entry.used != 1 || entry.fence != 1;
            header.signed(at - createdAt);
            header.signed(entry.key.seq() - seq);
            createdAt = at;
            seq = entry.key.seq();
            owner(new Owner(entry.key.subscription(), entry.tenant));
            header.octet(STATUSES.indexOf(entry.status)
                    | Packed.when(entry.replay, REPLAY)
                    | Packed.when(attempt != null, ATTEMPT)
                    | Packed.when(attempt != null && attempt.statusCode() != null, CODE)
                    | Packed.when(attempt != null && attempt.responseBody() != null, BODY)
                    | Packed.when(attempt != null && attempt.detail() != null, DETAIL)
                    | Packed.when(counts, COUNTS));
            header.signed(Ids.micros(entry.finishedAt) - at);
            if (attempt != null) {
                header.signed(Ids.micros(attempt.at()) - at);
                header.number(attempt.durationMs());
                if (attempt.statusCode() != null) {
                    header.signed(attempt.statusCode());
                }
                text(attempt.responseBody());
                text(attempt.detail());
            }
            if (counts) {
                header.number(entry.attempts);
                header.number(entry.used);
                header.number(entry.fence);
            }
        }

        private void owner(Owner owner) {
            var known = owners.putIfAbsent(owner, owners.size());
            header.number(known == null ? owners.size() - 1 : known);
            if (known == null) {
                header.number(owner.subscription);
                header.text(owner.tenant);
            }
        }

        private void text(@Nullable String text) {
            if (text == null) {
                return;
            }
            var known = texts.putIfAbsent(text, texts.size());
            header.number(known == null ? texts.size() - 1 : known);
            if (known == null) {
                var bytes = text.getBytes(UTF_8);
                header.number(bytes.length);
                bodies.raw(bytes);
            }
        }
    }

    private static final class Reader {

        private final Packed.Reader header;
        private final byte[] bodies;
        private final List<Owner> owners = new ArrayList<>();
        private final List<String> texts = new ArrayList<>();
        private int bodiesRead;

        Reader(byte[] header, byte[] bodies) {
            this.header = Packed.Reader.of(header, VERSION);
            this.bodies = bodies;
        }

        List<Entry> read() {
            var entries = new ArrayList<Entry>();
            var micros = 0L;
            var createdAt = Instant.EPOCH;
            var seq = 0L;
            while (!header.isAtEnd()) {
                var step = header.signed();
                if (step != 0) {
                    micros += step;
                    createdAt = Ids.instant(micros);
                }
                seq += header.signed();
                var owner = owner();
                var flags = header.octet();
                var key = new DeliveryKey(createdAt, seq, owner.subscription);
                var finishedAt = Ids.instant(micros + header.signed());
                var attempt = Packed.isSet(flags, ATTEMPT) ? attempt(key, micros, flags) : null;
                var counts = Packed.isSet(flags, COUNTS);
                entries.add(new Entry(
                        key,
                        owner.tenant,
                        STATUSES.get(flags & STATUS),
                        counts ? header.length() : 1,
                        counts ? header.length() : 1,
                        counts ? header.length() : 1,
                        finishedAt,
                        Packed.isSet(flags, REPLAY),
                        attempt));
            }
            return entries;
        }

        private Owner owner() {
            var number = header.length();
            if (number == owners.size()) {
                owners.add(new Owner(header.number(), header.text()));
            }
            return owners.get(number);
        }

        private Attempt attempt(DeliveryKey key, long micros, int flags) {
            var at = Ids.instant(micros + header.signed());
            var duration = header.number();
            var code = Packed.isSet(flags, CODE) ? (int) header.signed() : null;
            var body = Packed.isSet(flags, BODY) ? text() : null;
            var detail = Packed.isSet(flags, DETAIL) ? text() : null;
            return new Attempt(key, 1, at, duration, code, null, detail, body);
        }

        private String text() {
            var number = header.length();
            if (number == texts.size()) {
                var length = header.length();
                texts.add(bodies.length == 0 ? "" : new String(bodies, bodiesRead, length, UTF_8));
                bodiesRead += length;
            }
            return texts.get(number);
        }
    }
}
