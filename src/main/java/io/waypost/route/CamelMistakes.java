package io.waypost.route;

import io.waypost.route.check.Mistake;
import io.waypost.route.check.RouteFile;
import java.util.Comparator;
import java.util.regex.Pattern;
import org.apache.camel.FailedToCreateRouteException;
import org.apache.camel.FailedToStartRouteException;
import org.apache.camel.ResolveEndpointFailedException;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;

/** What Camel says of a file that it cannot run, with the line it is about. */
final class CamelMistakes {

    private static final int MOST = 500;
    private static final Pattern LINE = Pattern.compile("line (\\d+), column");

    private CamelMistakes() {}

    static Mistake of(Throwable thrown, RouteFile file) {
        var line = 0;
        String route = null;
        for (var cause = thrown; cause != null; cause = cause.getCause()) {
            switch (cause) {
                case MarkedYamlEngineException e
                when e.getProblemMark().isPresent() ->
                    line = e.getProblemMark().get().getLine() + 1;
                case FailedToCreateRouteException e -> route = e.getRouteId();
                case FailedToStartRouteException e -> route = e.getRouteId();
                case ResolveEndpointFailedException e -> line = lineOf(e.getUri(), route, file, line);
                default -> {
                    // Says nothing of a place.
                }
            }
        }
        var text = text(thrown);
        var named = LINE.matcher(String.valueOf(thrown.getMessage()));
        if (line == 0 && named.find()) {
            line = Integer.parseInt(named.group(1));
        }
        return new Mistake(line > 0 ? line : route == null ? 1 : file.lineOf(route), text);
    }

    /** The line of the endpoint that has most in common with what Camel made of it. */
    private static int lineOf(@Nullable String uri, @Nullable String route, RouteFile file, int otherwise) {
        if (uri == null) {
            return otherwise;
        }
        return file.routes().stream()
                .filter(one -> route == null || one.id().equals(route))
                .flatMap(one -> one.endpoints().stream())
                .max(Comparator.comparingInt(place -> common(place.uri(), uri)))
                .filter(place -> common(place.uri(), uri) > place.uri().indexOf(':'))
                .map(RouteFile.Place::line)
                .orElse(otherwise);
    }

    private static int common(String one, String other) {
        // Camel writes http:host as http://host.
        var a = one.replaceFirst(":/*", ":");
        var b = other.replaceFirst(":/*", ":");
        int i = 0;
        while (i < a.length() && i < b.length() && a.charAt(i) == b.charAt(i)) {
            i++;
        }
        return i;
    }

    private static String text(Throwable thrown) {
        var root = thrown;
        while (root.getCause() != null && root.getCause().getMessage() != null) {
            root = root.getCause();
        }
        var message = root.getMessage();
        var first =
                message == null ? root.toString() : message.lines().findFirst().orElse(root.toString());
        var told = root instanceof ResolveEndpointFailedException ? first.replaceFirst(".*? due to: ", "") : first;
        return told.length() > MOST ? told.substring(0, MOST) + "…" : told;
    }
}
