package io.waypost.api.http;

import io.waypost.tenancy.Caller;
import jakarta.servlet.http.HttpServletRequest;

/** What takes the events of a request; {@link PublishFilter} calls it without Spring MVC. */
@FunctionalInterface
public interface Publishing {

    /**
     * @return the body of the answer: JSON with the receipts
     * @throws RuntimeException as {@link Problem#of(Throwable)} knows it, if nothing was stored
     */
    byte[] publish(Caller caller, HttpServletRequest request);
}
