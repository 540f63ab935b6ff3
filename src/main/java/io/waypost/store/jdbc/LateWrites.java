package io.waypost.store.jdbc;

import io.waypost.delivery.log.DeliveryKey;
import io.waypost.platform.node.NodeId;
import java.util.HashSet;
import java.util.List;
import java.util.function.Function;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Finds what a node writes too late. One that was cut off for a while may still tell what became of deliveries that another node has
 * made since: of events in a segment of the log that is another node's now, or whose segment is finished. A row that there is has a
 * fence against that; this is for the first that is told of a delivery.
 */
public final class LateWrites {

    private final JdbcClient jdbc;
    private final DeliveryBlocks blocks;
    private final NodeId node;

    public LateWrites(JdbcClient jdbc, JdbcTemplate template, NodeId node) {
        this(jdbc, new DeliveryBlocks(jdbc, template), node);
    }

    LateWrites(JdbcClient jdbc, DeliveryBlocks blocks, NodeId node) {
        this.jdbc = jdbc;
        this.blocks = blocks;
        this.node = node;
    }

    /** @param taken whether another node holds it; one that was given up, but not taken, is finished by who held it */
    private record Segment(long first, long last, boolean taken) {

        boolean has(long seq) {
            return seq >= first && seq <= last;
        }
    }

    /**
     * Those that are not late: all of events in segments that no other node holds, and of events in no segment those that are in no
     * block. To be called in the transaction that stores them.
     *
     * @param fresh nothing is stored of these deliveries, as far as this node knows
     */
    public <T> List<T> leaveOut(List<T> fresh, Function<T, DeliveryKey> keyOf) {
        if (fresh.isEmpty()) {
            return fresh;
        }
        var seqs = fresh.stream().mapToLong(one -> keyOf.apply(one).seq()).summaryStatistics();
        var segments = segments(seqs.getMin(), seqs.getMax());
        var late = new HashSet<DeliveryKey>();
        var inNone = new HashSet<DeliveryKey>();
        for (var one : fresh) {
            var key = keyOf.apply(one);
            var segment = segments.stream().filter(some -> some.has(key.seq())).findFirst();
            if (segment.isEmpty()) {
                inNone.add(key);
            } else if (segment.get().taken) {
                late.add(key);
            }
        }
        late.addAll(blocks.among(inNone));
        return late.isEmpty()
                ? fresh
                : fresh.stream().filter(one -> !late.contains(keyOf.apply(one))).toList();
    }

    private List<Segment> segments(long first, long last) {
        return jdbc.sql("""
                        select first_seq, last_seq, claimed_by
                          from log_segment
                         where first_seq <= :last
                           and last_seq >= :first
                        """)
                .param("first", first)
                .param("last", last)
                .query((row, _) -> {
                    var holder = row.getString(3);
                    return new Segment(row.getLong(1), row.getLong(2), holder != null && !holder.equals(node.text()));
                })
                .list();
    }
}
