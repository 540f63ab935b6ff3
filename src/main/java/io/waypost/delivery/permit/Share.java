package io.waypost.delivery.permit;

import org.jspecify.annotations.Nullable;

/**
 * How much of what a subscription allows is this node's.
 *
 * @param places how many of its deliveries may be under way here at once; 0: they are the other nodes' to make
 * @param perSecond how many may begin here each second; null: as many as come
 */
public record Share(int places, @Nullable Double perSecond) {

    public boolean isNone() {
        return places == 0;
    }
}
