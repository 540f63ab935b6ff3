package io.waypost.api.http;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/** What the events of a request are known by when it is made again with its {@code Idempotency-Key}. */
public final class RepeatKey {

    private static final String ATTRIBUTE = RepeatKey.class.getName();

    private RepeatKey() {}

    static void set(HttpServletRequest request, String key) {
        request.setAttribute(ATTRIBUTE, key);
    }

    /** Null: the request has no {@code Idempotency-Key}. */
    public static @Nullable String of(HttpServletRequest request) {
        return (String) request.getAttribute(ATTRIBUTE);
    }
}
