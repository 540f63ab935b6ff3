package io.waypost.connector.pool;

import io.waypost.connector.GatewayBusy;

/** There are as many destinations in use as there may be, by all or by one tenant. */
public final class PoolBusy extends Exception implements GatewayBusy {

    private static final long serialVersionUID = 1;

    PoolBusy() {
        super("the gateway is busy with other destinations of this connector");
    }
}
