package io.waypost.route.check;

import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Which endpoints a flow may start from and send to. */
public final class Schemes {

    private static final Set<String> FROM =
            Set.of("waypost", "direct", "seda", "timer", "cron", "quartz", "sql", "kafka", "jms", "amqp");

    private static final Set<String> TO = Set.of(
            "waypost", "direct", "seda", "log", "http", "https", "kamelet", "smtp", "smtps", "sql", "kafka", "jms",
            "amqp", "mock");

    private Schemes() {}

    /** Whether a flow may use it at all. */
    public static boolean allowed(String scheme) {
        return FROM.contains(scheme) || TO.contains(scheme);
    }

    /** Whether it is an endpoint of ours, whose parameters are taken as they stand. */
    static boolean ours(@Nullable String uri) {
        return uri != null && (uri.startsWith("waypost:") || uri.startsWith("kamelet:"));
    }

    /** What is wrong with the URI of an endpoint to start from or (not {@code from}) to send to; null if nothing is. */
    static @Nullable String problem(String uri, boolean from) {
        var colon = uri.indexOf(':');
        var scheme = colon < 0 ? uri : uri.substring(0, colon);
        var known = from ? FROM : TO;
        if (colon < 0 || !known.contains(scheme)) {
            return "%s is not a place a flow may %s; there are %s"
                    .formatted(shown(scheme), from ? "start from" : "send to", String.join(", ", new TreeSet<>(known)));
        }
        if (uri.contains("${") || uri.contains("$simple{")) {
            return scheme.equals("sql") ? null : "the target of an endpoint must be known before it runs, without ${…}";
        }
        var target = uri.substring(colon + 1).replaceFirst("^/*", "").split("\\?", 2)[0];
        if (scheme.equals("waypost") && from == target.equals("publish")) {
            return from
                    ? "waypost:publish is to send to; start from waypost: and the type of the events"
                    : "of waypost only waypost:publish can be sent to";
        }
        if (scheme.equals("sql") && target.matches("(?i)(classpath|file|https?|ref|bean):.*")) {
            return "the statement must stand in the flow";
        }
        return null;
    }

    private static String shown(String scheme) {
        return scheme.length() > 60 ? scheme.substring(0, 60) + "…" : scheme;
    }
}
