package io.waypost.connector;

import java.util.Locale;

/** Why an attempt failed. The codes are part of the API and never change. */
public enum Failure {
    TIMEOUT,
    CONNECTION_REFUSED,
    CONNECTION_RESET,
    DNS_FAILURE,
    TLS_FAILURE,
    ADDRESS_BLOCKED,
    INVALID_RESPONSE,
    HTTP_STATUS,
    RESPONSE_REJECTED,
    RATE_LIMITED,
    TRANSFORM_FAILED,
    CONNECTOR_FAILED;

    /** As the API writes it: {@code connection_refused}. */
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }
}
