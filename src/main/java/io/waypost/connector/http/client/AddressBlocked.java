package io.waypost.connector.http.client;

import java.net.UnknownHostException;

/** A name that stands for no address we may connect to. */
public final class AddressBlocked extends UnknownHostException {

    private static final long serialVersionUID = 1;

    public AddressBlocked(String message) {
        super(message);
    }
}
