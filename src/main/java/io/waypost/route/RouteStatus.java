package io.waypost.route;

import io.waypost.route.check.Mistake;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How it is with one route.
 *
 * @param id null if the file cannot be read so far
 * @param error what is wrong with the file as it is now; the route may go on as it was before
 * @param subscription the id of the subscription it takes events by; null if it starts from something else
 */
public record RouteStatus(
        String file,
        @Nullable String id,
        State state,
        @Nullable Mistake error,
        @Nullable String subscription) {

    public enum State {
        STARTED,
        FAILED,
        STOPPED;

        /** As the API writes it. */
        public String code() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
