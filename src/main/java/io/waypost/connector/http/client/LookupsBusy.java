package io.waypost.connector.http.client;

import io.waypost.connector.GatewayBusy;
import java.net.UnknownHostException;

/** A name was not looked up, because too many look-ups of the same tenant are under way. */
public final class LookupsBusy extends UnknownHostException implements GatewayBusy {

    private static final long serialVersionUID = 1;

    LookupsBusy(String host) {
        super(host + " was not looked up: the gateway has too many look-ups under way");
    }
}
