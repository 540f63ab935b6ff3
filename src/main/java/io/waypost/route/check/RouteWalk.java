package io.waypost.route.check;

import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Expressions;
import io.waypost.route.check.RouteFile.Place;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Goes through one route and notes what is not allowed in it. */
final class RouteWalk {

    private static final Set<String> ENDPOINTS = Set.of("to", "wireTap", "poll");
    private static final Set<String> BY_EXPRESSION = Set.of("enrich", "pollEnrich");
    private static final String DURABLE = "#durable-";
    private static final String GROUPED = "#groupedBody";

    private final List<Mistake> mistakes;
    private final List<ScalarNode> literals;
    private final Expressions expressions;
    private final List<Place> endpoints = new ArrayList<>();
    private final Set<Node> met = Collections.newSetFromMap(new IdentityHashMap<>());
    private String route = "";
    private boolean durable;

    /** @param literals gets the values of parameters that Camel must not take apart */
    RouteWalk(List<Mistake> mistakes, List<ScalarNode> literals, Expressions expressions) {
        this.mistakes = mistakes;
        this.literals = literals;
        this.expressions = expressions;
    }

    List<Place> endpoints() {
        return List.copyOf(endpoints);
    }

    static int line(@Nullable Node node) {
        return node == null
                ? 1
                : node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
    }

    void wrong(@Nullable Node at, String detail) {
        mistakes.add(new Mistake(line(at), detail));
    }

    @Nullable
    String text(@Nullable Node node) {
        return node instanceof ScalarNode scalar && !scalar.getValue().isBlank() ? scalar.getValue() : null;
    }

    /** The fields of an object by name; what is unknown, there twice or refused is noted and left out. */
    Map<String, Node> fields(@Nullable Node node, String where, Set<String> known) {
        var fields = new LinkedHashMap<String, Node>();
        if (!(node instanceof MappingNode mapping)) {
            return fields;
        }
        for (var pair : mapping.getValue()) {
            var name = pair.getKeyNode() instanceof ScalarNode key ? key.getValue() : "?";
            if (!known.contains(name)) {
                var why = Grammar.WHY.getOrDefault(name, "is not known in " + where);
                wrong(pair.getKeyNode(), "%s %s".formatted(name, why));
            } else if (!met.add(pair.getValueNode())) {
                wrong(pair.getKeyNode(), "anchors and aliases are not allowed");
            } else if (fields.put(name, pair.getValueNode()) != null) {
                wrong(pair.getKeyNode(), name + " is there twice");
            }
        }
        return fields;
    }

    void from(Node route, @Nullable Node from, @Nullable String id) {
        this.route = id == null ? "" : id;
        var parts = fields(from, "from", Grammar.FROM);
        var uri = text(parts.get("uri"));
        if (uri == null) {
            wrong(from == null ? route : from, "a route must have a from with a uri");
        } else {
            endpoint(parts.get("uri"), uri, true);
        }
        parameters(parts.get("parameters"), Schemes.ours(uri));
        steps(from == null ? route : from, parts.get("steps"));
    }

    void errorHandler(@Nullable Node handler) {
        if (handler != null) {
            words("errorHandler", handler);
        }
    }

    private void steps(Node at, @Nullable Node steps) {
        if (!(steps instanceof SequenceNode list)) {
            wrong(at, "must have steps, as a list");
            return;
        }
        for (var step : list.getValue()) {
            if (!(step instanceof MappingNode mapping) || mapping.getValue().size() != 1) {
                wrong(step, "a step must be an object of one field, its kind");
            } else {
                fields(step, "a flow", Grammar.STEPS).forEach(this::step);
            }
        }
    }

    private void step(String kind, Node node) {
        if (ENDPOINTS.contains(kind) && node instanceof ScalarNode target) {
            endpoint(target, target.getValue(), false);
        } else if (BY_EXPRESSION.contains(kind)) {
            fetched(node);
        } else {
            words(kind, node);
        }
    }

    /** Of what is asked the target must be known: a constant, or a text of Simple without a function. */
    private void fetched(Node node) {
        var fields = fields(node, "this step", Grammar.WORDS);
        var expression = fields.remove("expression");
        var language = expression == null ? fields : fields(expression, "an expression", Set.of("constant", "simple"));
        var target = language.containsKey("constant") ? language.remove("constant") : language.remove("simple");
        if (target instanceof MappingNode) {
            target = fields(target, "an expression", Set.of("expression", "id", "trim"))
                    .get("expression");
        }
        var uri = text(target);
        if (uri == null || target == null) {
            wrong(node, "the target must be known before it runs: constant: and an endpoint");
        } else {
            endpoint(target, uri, false);
        }
        words(fields);
    }

    private void words(String kind, Node node) {
        switch (node) {
            case MappingNode _ -> words(fields(node, kind, Grammar.WORDS));
            case SequenceNode list -> list.getValue().forEach(item -> words(kind, item));
            case ScalarNode scalar -> value(kind, scalar);
            default -> wrong(node, "anchors and aliases are not allowed");
        }
    }

    private void words(Map<String, Node> fields) {
        var parameters = fields.remove("parameters");
        parameters(parameters, Schemes.ours(text(fields.get("uri"))));
        fields.forEach(this::word);
    }

    private void word(String name, Node node) {
        switch (name) {
            case "steps" -> steps(node, node);
            case "language" -> language(node);
            case "uri", "deadLetterUri" -> {
                var uri = text(node);
                if (uri == null) {
                    wrong(node, name + " must be an endpoint");
                } else {
                    endpoint(node, uri, false);
                }
            }
            default -> words(name, node);
        }
    }

    private void language(Node node) {
        var fields = fields(node, "language", Set.of("language", "expression", "id", "trim", "resultType"));
        var name = text(fields.get("language"));
        if (name == null || !Grammar.LANGUAGES.contains(name)) {
            wrong(node, "language must be one of " + String.join(", ", new java.util.TreeSet<>(Grammar.LANGUAGES)));
            return;
        }
        var expression = fields.remove("expression");
        if (expression instanceof ScalarNode scalar) {
            // JSONata has a meaning of its own for ${, and Camel looks for placeholders in it all the same.
            Values.check(scalar.getValue(), name.equals("simple"), problem -> wrong(scalar, problem));
            if (name.equals("jsonata")) {
                parse(scalar);
            }
        } else {
            wrong(node, "language must have an expression");
        }
        fields.remove("language");
        fields.forEach(this::word);
    }

    private void parse(ScalarNode jsonata) {
        try {
            expressions.check(jsonata.getValue());
        } catch (ExpressionFailed e) {
            wrong(jsonata, "is no JSONata expression: " + e.getMessage());
        }
    }

    private void parameters(@Nullable Node node, boolean literal) {
        if (!(node instanceof MappingNode mapping)) {
            if (node != null) {
                wrong(node, "parameters must be an object");
            }
            return;
        }
        var seen = new LinkedHashMap<String, Node>();
        for (var pair : mapping.getValue()) {
            var name = text(pair.getKeyNode());
            if (name == null || seen.put(name, pair.getValueNode()) != null) {
                wrong(pair.getKeyNode(), "a parameter must have a name of its own");
            } else if (pair.getValueNode() instanceof ScalarNode value && met.add(value)) {
                Values.check(value.getValue(), true, problem -> wrong(value, problem));
                if (literal) {
                    literals.add(value);
                }
            } else {
                wrong(pair.getKeyNode(), "the value of %s must be a text or a number".formatted(name));
            }
        }
    }

    private void endpoint(@Nullable Node at, String uri, boolean from) {
        var problem = Schemes.problem(uri, from);
        if (problem == null) {
            endpoints.add(new Place(uri, line(at)));
        } else {
            wrong(at, problem);
        }
        Values.check(uri, true, found -> wrong(at, found));
    }

    private void value(String name, ScalarNode scalar) {
        var text = scalar.getValue();
        switch (name) {
            case "type", "resultType" -> {
                if (!Grammar.TYPES.contains(text)) {
                    wrong(scalar, "%s %s is not one of a flow's".formatted(name, text));
                }
            }
            case "exceptionType", "exception" -> {
                if (!text.matches("java\\.(lang|io|net|util|sql)\\.[A-Za-z.]*Exception")) {
                    wrong(scalar, "%s must be an exception of Java's own".formatted(name));
                }
            }
            case "aggregationStrategy" -> {
                if (!text.equals(GROUPED)) {
                    wrong(scalar, "the aggregationStrategy of a flow is " + GROUPED);
                }
            }
            case "aggregationRepository" -> repository(scalar);
            default -> Values.check(text, !name.equals("constant"), problem -> wrong(scalar, problem));
        }
    }

    /** Its groups are kept under the name, so that no two may share it. */
    private void repository(ScalarNode scalar) {
        if (!scalar.getValue().equals(DURABLE + route) || durable) {
            wrong(scalar, "the aggregationRepository must be %s%s, once in the route".formatted(DURABLE, route));
        }
        durable = true;
    }
}
