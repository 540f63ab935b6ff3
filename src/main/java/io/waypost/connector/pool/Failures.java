package io.waypost.connector.pool;

import io.waypost.connector.Failure;
import io.waypost.connector.GatewayBusy;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Postponed;
import io.waypost.connector.http.client.HttpFailures;
import java.util.ArrayList;
import java.util.List;

/** What an exception of a client means, in the stable codes of the API, when nothing is known about it but its causes. */
public final class Failures {

    private static final int DEEPEST = 12;

    private Failures() {}

    public static Outcome of(Exception e) {
        if (ours(e)) {
            return new Postponed(message(e));
        }
        for (var cause : causes(e)) {
            var failure = HttpFailures.ofNetwork(cause);
            if (failure != null) {
                return new Failed(failure, message(cause));
            }
        }
        return new Failed(Failure.CONNECTOR_FAILED, message(e));
    }

    /** Whether it says only that the gateway had no room. */
    static boolean ours(Exception e) {
        return causes(e).stream().anyMatch(GatewayBusy.class::isInstance);
    }

    /** The exception and what it was caused by, outermost first. */
    public static List<Throwable> causes(Throwable e) {
        var all = new ArrayList<Throwable>();
        for (var cause = e; cause != null && all.size() < DEEPEST; cause = cause.getCause()) {
            all.add(cause);
        }
        return all;
    }

    /** Its message as one line; the name of its type if it has none. */
    public static String message(Throwable e) {
        var message = e.getMessage();
        return message == null || message.isBlank()
                ? e.getClass().getSimpleName()
                : message.strip().replaceAll("\\s+", " ");
    }
}
