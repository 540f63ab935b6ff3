package io.waypost.connector;

/** What an exception is that says only that the gateway had no room: nothing was sent, and the receiver has no part in it. */
public interface GatewayBusy {

    /** What there was no room for, for a person. */
    String getMessage();
}
