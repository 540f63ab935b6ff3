package io.waypost.route.check;

import java.util.List;

/**
 * A file of routes, as far as can be told without Camel.
 *
 * @param mistakes all that is wrong with it; empty if it may be given to Camel
 * @param text as Camel is to get it
 */
public record RouteFile(List<RouteText> routes, List<Mistake> mistakes, String text) {

    /** No file at all. */
    public static final RouteFile NONE = new RouteFile(List.of(), List.of(), "");

    /**
     * One of its routes.
     *
     * @param line where it begins
     */
    public record RouteText(String id, int line, List<Place> endpoints) {}

    /** An endpoint, and the line that names it. */
    public record Place(String uri, int line) {}

    public List<String> ids() {
        return routes.stream().map(RouteText::id).toList();
    }

    /** The line of the route; 1 if there is none of this id. */
    public int lineOf(String id) {
        return routes.stream()
                .filter(route -> route.id().equals(id))
                .map(RouteText::line)
                .findFirst()
                .orElse(1);
    }
}
