package io.waypost.route.check;

import io.waypost.connector.Expressions;
import io.waypost.route.check.RouteFile.RouteText;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads a file of routes with the parser that Camel uses, and says everything in it that a flow may not hold. */
public final class RouteReader {

    /** A million characters. */
    private static final int MOST = 1_000_000;

    private static final int MOST_SHOWN = 50;
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,99}");

    private final Expressions expressions;

    /** @param expressions what the JSONata in a flow must be */
    public RouteReader(Expressions expressions) {
        this.expressions = expressions;
    }

    public RouteFile read(byte[] content) {
        var mistakes = new ArrayList<Mistake>();
        var routes = new ArrayList<RouteText>();
        var literals = new ArrayList<ScalarNode>();
        var text = "";
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString();
            var settings = LoadSettings.builder().setCodePointLimit(MOST).build();
            var root = new Compose(settings).composeString(text);
            if (root.isEmpty()
                    || !(root.get() instanceof SequenceNode list)
                    || list.getValue().isEmpty()) {
                mistakes.add(new Mistake(1, "the file must be a list of routes: - route: with an id and a from"));
            } else {
                list.getValue().forEach(entry -> routes.addAll(route(entry, mistakes, literals)));
                repeatedIds(routes, mistakes);
            }
        } catch (MarkedYamlEngineException e) {
            var line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
            mistakes.add(new Mistake(line, "is no YAML: " + e.getProblem()));
        } catch (YamlEngineException e) {
            mistakes.add(new Mistake(
                    1,
                    "is no YAML: "
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse("")));
        } catch (CharacterCodingException e) {
            mistakes.add(new Mistake(1, "is not in UTF-8"));
        } catch (StackOverflowError e) {
            mistakes.add(new Mistake(1, "is nested too deep"));
        }
        var sorted = mistakes.stream()
                .distinct()
                .sorted(Comparator.comparingInt(Mistake::line))
                .limit(MOST_SHOWN)
                .toList();
        return new RouteFile(List.copyOf(routes), sorted, sorted.isEmpty() ? Literals.written(text, literals) : text);
    }

    private List<RouteText> route(Node entry, List<Mistake> mistakes, List<ScalarNode> literals) {
        var walk = new RouteWalk(mistakes, literals, expressions);
        var fields = walk.fields(entry, "an entry of the list", Set.of("route"));
        if (!(fields.get("route") instanceof MappingNode route)) {
            if (fields.isEmpty() || fields.containsKey("route")) {
                walk.wrong(entry, "must be - route: with an id and a from");
            }
            return List.of();
        }
        var parts = walk.fields(route, "a route", Grammar.ROUTE);
        var id = walk.text(parts.get("id"));
        if (id == null) {
            walk.wrong(route, "a route must have an id of its own");
        } else if (!ID.matcher(id).matches()) {
            walk.wrong(parts.get("id"), "the id must be of letters, digits, - _ and .");
        }
        walk.from(route, parts.get("from"), id);
        walk.errorHandler(parts.get("errorHandler"));
        return id == null ? List.of() : List.of(new RouteText(id, RouteWalk.line(entry), walk.endpoints()));
    }

    private static void repeatedIds(List<RouteText> routes, List<Mistake> mistakes) {
        var seen = new HashSet<String>();
        for (var route : routes) {
            if (!seen.add(route.id())) {
                mistakes.add(new Mistake(route.line(), "the id %s is there twice".formatted(route.id())));
            }
        }
    }
}
