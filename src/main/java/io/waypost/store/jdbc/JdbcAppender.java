package io.waypost.store.jdbc;

import io.waypost.event.Event;
import io.waypost.event.EventLog.Appending;
import io.waypost.event.EventLog.Leases;
import io.waypost.event.LogSegment;
import io.waypost.event.NewEvent;
import io.waypost.event.Receipt;
import io.waypost.platform.Ids;
import io.waypost.platform.node.NodeId;
import io.waypost.store.jdbc.EventBlock.Entry;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Appends the events of many requests to the log in one transaction. */
@Component
class JdbcAppender {

    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;
    private final EventBlocks blocks;
    private final EventKeys keys;
    private final SegmentRows segments;

    JdbcAppender(JdbcClient jdbc, JdbcTemplate template, TransactionTemplate transaction, NodeId node) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.blocks = new EventBlocks(jdbc, template);
        this.keys = new EventKeys(jdbc, template);
        this.segments = new SegmentRows(jdbc, template, node);
    }

    /**
     * Identifies a stored event by the gateway's id, which a publisher used as its own when it published the event again.
     */
    private record Repeated(String tenant, String source, String type, String id) {}

    private record Head(long seq, long receivedAt, long subscriptions) {}

    /** @param taken called right before the commit with the segments that are leased */
    Appending append(
            List<List<NewEvent>> requests,
            Instant now,
            Leases leases,
            Consumer<List<List<Receipt>>> ready,
            Consumer<List<LogSegment>> taken) {
        return Objects.requireNonNull(transaction.execute(_ -> {
            var appending = inTransaction(requests, now, leases);
            taken.accept(appending.taken());
            ready.accept(appending.receipts());
            return appending;
        }));
    }

    private Appending inTransaction(List<List<NewEvent>> requests, Instant now, Leases leases) {
        var head = jdbc.sql("""
                        select last_seq, last_received_at, (select last from subscription_revision)
                          from log_head
                         where id = 1
                           for update
                        """)
                .query((row, _) -> new Head(row.getLong(1), row.getLong(2), row.getLong(3)))
                .single();
        var receivedAt = Ids.instant(Math.max(Ids.micros(now), head.receivedAt));
        var deduplicationKeys = requests.stream()
                .map(events -> events.stream().map(EventKeys::of).toList())
                .toList();
        var known = keys.idsOf(deduplicationKeys.stream()
                .flatMap(List::stream)
                .filter(Objects::nonNull)
                .toList());
        addRepeatedById(requests, known);
        var entries = new ArrayList<Entry>();
        var added = new ArrayList<EventKeys.Key>();
        var answers = new ArrayList<List<Receipt>>();
        var seq = head.seq;
        for (int r = 0; r < requests.size(); r++) {
            var receipts = new ArrayList<Receipt>();
            for (int i = 0; i < requests.get(r).size(); i++) {
                var deduplicationKey = deduplicationKeys.get(r).get(i);
                var first = deduplicationKey == null ? null : known.get(deduplicationKey);
                if (first == null) {
                    var event = Event.of(requests.get(r).get(i), ++seq, receivedAt);
                    first = event.id();
                    receipts.add(new Receipt(first, false));
                    entries.add(new Entry(event, EventKeys.toBeKept(event, deduplicationKey)));
                    if (deduplicationKey != null) {
                        known.put(deduplicationKey, first);
                        added.add(new EventKeys.Key(deduplicationKey, seq, Ids.micros(receivedAt)));
                    }
                } else {
                    receipts.add(new Receipt(first, true));
                }
            }
            answers.add(receipts);
        }
        if (entries.isEmpty()) {
            return new Appending(answers, List.of());
        }
        blocks.insert(entries);
        keys.insert(added);
        jdbc.sql("update log_head set last_seq = :seq, last_received_at = :at where id = 1")
                .param("seq", seq)
                .param("at", Ids.micros(receivedAt))
                .update();
        return new Appending(
                answers, segments.take(entries.stream().map(Entry::event).toList(), now, leases, head.subscriptions));
    }

    /**
     * Adds events that were stored without a publisher's id and are now published again with the gateway's id: an unknown
     * outcome is answered with that id, see {@link io.waypost.event.OutcomeUnknown}.
     */
    private void addRepeatedById(List<List<NewEvent>> requests, Map<ByteBuffer, String> known) {
        var named = new HashMap<Repeated, ByteBuffer>();
        var seqs = new HashSet<Long>();
        for (var event : requests.stream().flatMap(List::stream).toList()) {
            var id = event.sourceId();
            if (id != null) {
                Event.seqIn(id).ifPresent(seq -> {
                    seqs.add(seq);
                    named.put(
                            new Repeated(event.tenant(), event.source(), event.type(), id),
                            EventKeys.ofId(event.tenant(), event.source(), id));
                });
            }
        }
        for (var stored : blocks.heads(seqs)) {
            var event = stored.withoutData();
            var key = event.sourceId() != null
                    ? null
                    : named.get(new Repeated(event.tenant(), event.source(), event.type(), event.id()));
            if (key != null) {
                known.putIfAbsent(key, event.id());
            }
        }
    }
}
