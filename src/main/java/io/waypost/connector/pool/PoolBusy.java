package io.waypost.connector.pool;

/** There are as many destinations in use as there may be, and none of them is idle. */
public final class PoolBusy extends Exception {

    private static final long serialVersionUID = 1;

    PoolBusy(int most) {
        super("the gateway is busy with %d other destinations of this connector".formatted(most));
    }
}
