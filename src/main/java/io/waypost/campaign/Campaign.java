package io.waypost.campaign;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What became of a campaign so far.
 *
 * @param id the publisher's, or the vendor's; unique within the tenant
 * @param name as the last event that has one calls it
 * @param first the place in the log of the first event that was counted for it; no two campaigns have the same
 * @param firstAt when that was received
 * @param lastAt when the last one was
 * @param counts what has not happened yet is missing
 */
public record Campaign(
        String tenant,
        String id,
        @Nullable String name,
        long first,
        Instant firstAt,
        Instant lastAt,
        Map<Kind, Count> counts) {

    /**
     * @param events how often it happened
     * @param contacts to how many different contacts, about (see {@link Contacts}); those without an address or id are left out
     */
    public record Count(long events, long contacts) {

        static final Count NONE = new Count(0, 0);
    }

    public Count count(Kind kind) {
        return counts.getOrDefault(kind, Count.NONE);
    }

    /** How many of those it reached opened it: 0 to 1, or null as long as nobody has told that it reached anybody. */
    public @Nullable Double openRate() {
        return rate(Kind.OPENED, Kind.DELIVERED);
    }

    /** How many of those it reached clicked in it; as {@link #openRate}. */
    public @Nullable Double clickRate() {
        return rate(Kind.CLICKED, Kind.DELIVERED);
    }

    /** From how many of those it was sent to it bounced; as {@link #openRate}. */
    public @Nullable Double bounceRate() {
        return rate(Kind.BOUNCED, Kind.SENT);
    }

    private @Nullable Double rate(Kind part, Kind whole) {
        var all = count(whole).contacts();
        return all == 0 ? null : Math.min(1, (double) count(part).contacts() / all);
    }
}
