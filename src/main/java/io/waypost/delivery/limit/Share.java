package io.waypost.delivery.limit;

import io.waypost.platform.node.Nodes;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A node's share of what a subscription allows. The living nodes divide it, so that it holds for all of them together; each works
 * out its own part from the list of living nodes. For each subscription the nodes have an order of its own, and the first ones
 * get what cannot be divided.
 *
 * @param places how many of its deliveries may be under way here at once; 0: they are the other nodes' to make
 * @param perSecond how many may begin here each second; null: as many as come
 */
public record Share(int places, @Nullable Double perSecond) {

    /**
     * A rate is not divided into less than this: each node that has a part lets one delivery through at once when it has had
     * none for a while, and many of them at the same moment would be more than a slow receiver wants to see.
     */
    private static final double LEAST_PER_SECOND = 5;

    public boolean isNone() {
        return places == 0;
    }

    Share none() {
        return new Share(0, perSecond);
    }

    /** This node's part of all of it, which may be none. */
    Share ofNode(long subscription, Nodes nodes) {
        var living = nodes.living();
        if (living.size() == 1) {
            return this;
        }
        var senders = Math.min(living.size(), places);
        if (perSecond != null) {
            senders = (int) Math.clamp(perSecond / LEAST_PER_SECOND, 1, senders);
        }
        var rank = rank(subscription, nodes.id(), living);
        return rank < senders ? new Share(part(places, senders, rank), part(perSecond, senders)) : none();
    }

    /** This node's part of what not all nodes can send, as nobody knows which can: never none, so that each sends its own. */
    Share ofOneThatSends(long subscription, Nodes nodes) {
        var living = nodes.living();
        var mine = part(places, living.size(), rank(subscription, nodes.id(), living));
        return new Share(Math.max(mine, 1), part(perSecond, living.size()));
    }

    private static int part(int places, int nodes, int rank) {
        return places / nodes + (rank < places % nodes ? 1 : 0);
    }

    private static @Nullable Double part(@Nullable Double perSecond, int nodes) {
        return perSecond == null ? null : Double.valueOf(perSecond / nodes);
    }

    /** How many nodes stand before this one; rendezvous hashing, so that a node that comes or goes moves few of the others. */
    private static int rank(long subscription, String node, Set<String> living) {
        var own = weight(subscription, node);
        var before = 0;
        for (var other : living) {
            var weight = weight(subscription, other);
            if (weight > own || (weight == own && other.compareTo(node) < 0)) {
                before++;
            }
        }
        return before;
    }

    /** Stafford's mix of the two. */
    private static long weight(long subscription, String node) {
        var z = subscription * 0x9e3779b97f4a7c15L + node.hashCode();
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }
}
