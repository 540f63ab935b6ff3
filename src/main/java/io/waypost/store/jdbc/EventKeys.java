package io.waypost.store.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.waypost.event.Event;
import io.waypost.event.NewEvent;
import io.waypost.platform.Ids;
import io.waypost.store.jdbc.EventBlock.Stored;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The de-duplication keys of the stored events. That of a publisher's id begins with a hash of tenant and source and ends with
 * the id itself if it is short: ids that count up, or begin with the time, come in the order of the index, which then is
 * written at its end and not everywhere.
 */
@SuppressWarnings("ByteBufferBackingArray") // the buffers have their arrays for themselves
final class EventKeys {

    /** Well below the number of bind variables a statement may have (PostgreSQL: 65,535). */
    private static final int AT_ONCE = 1_000;

    private static final int HASH = 16;

    /** In bytes; of a longer id its hash is taken. */
    private static final int SHORT_ID = 40;

    private final JdbcClient jdbc;
    private final JdbcTemplate template;

    EventKeys(JdbcClient jdbc, JdbcTemplate template) {
        this.jdbc = jdbc;
        this.template = template;
    }

    /** A key, and the event that has it. Its bytes are wrapped so that they can be the key of a map. */
    record Key(ByteBuffer bytes, long seq, long receivedAt) {}

    static @Nullable ByteBuffer of(NewEvent event) {
        if (event.sourceId() != null) {
            return ofId(event.tenant(), event.source(), event.sourceId());
        }
        // Shorter than any key that is made from a publisher's id, so that it never equals one.
        return event.repeatKey() == null
                ? null
                : ByteBuffer.wrap(hash(event.tenant(), event.source(), "", event.repeatKey()));
    }

    static @Nullable ByteBuffer of(Stored stored) {
        var event = stored.withoutData();
        if (event.sourceId() != null) {
            return ofId(event.tenant(), event.source(), event.sourceId());
        }
        return stored.key() == null ? null : ByteBuffer.wrap(stored.key());
    }

    /** The key if it cannot be computed again from the stored event. */
    static byte @Nullable [] toBeKept(Event event, @Nullable ByteBuffer key) {
        return key == null || event.sourceId() != null ? null : key.array();
    }

    static ByteBuffer ofId(String tenant, String source, String id) {
        var bytes = id.getBytes(UTF_8);
        var isShort = bytes.length <= SHORT_ID;
        var end = isShort ? bytes : hash(id);
        return ByteBuffer.allocate(HASH + 1 + end.length)
                .put(hash(tenant, source))
                .put((byte) (isShort ? 0 : 1))
                .put(end)
                .flip();
    }

    private static byte[] hash(String... parts) {
        try {
            var sha = MessageDigest.getInstance("SHA-256");
            for (var part : parts) {
                var bytes = part.getBytes(UTF_8);
                // The length is part of the hash, so that ("a", "bc") and ("ab", "c") differ.
                sha.update(ByteBuffer.allocate(4).putInt(bytes.length).flip());
                sha.update(bytes);
            }
            return Arrays.copyOf(sha.digest(), HASH);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** The ids of the events that have one of the keys. */
    Map<ByteBuffer, String> idsOf(List<ByteBuffer> keys) {
        var known = new HashMap<ByteBuffer, String>();
        for (int from = 0; from < keys.size(); from += AT_ONCE) {
            jdbc.sql("select key_bytes, received_at, seq from event_key where key_bytes in (:keys)")
                    .param(
                            "keys",
                            keys.subList(from, Math.min(from + AT_ONCE, keys.size())).stream()
                                    .map(ByteBuffer::array)
                                    .toList())
                    .query(row -> {
                        known.put(
                                ByteBuffer.wrap(row.getBytes(1)),
                                Event.id(Ids.instant(row.getLong(2)), row.getLong(3)));
                    });
        }
        return known;
    }

    /** To be called in a transaction. */
    void insert(List<Key> keys) {
        if (!keys.isEmpty()) {
            template.batchUpdate(
                    "insert into event_key (key_bytes, seq, received_at) values (?, ?, ?)",
                    keys,
                    keys.size(),
                    (statement, key) -> {
                        statement.setBytes(1, key.bytes.array());
                        statement.setLong(2, key.seq);
                        statement.setLong(3, key.receivedAt);
                    });
        }
    }

    /** Forgets the keys of events that are gone. To be called in a transaction. */
    void delete(List<Stored> gone) {
        var keys = gone.stream().map(EventKeys::of).filter(Objects::nonNull).toList();
        if (!keys.isEmpty()) {
            template.batchUpdate(
                    "delete from event_key where key_bytes = ?",
                    keys,
                    keys.size(),
                    (statement, key) -> statement.setBytes(1, key.array()));
        }
    }
}
