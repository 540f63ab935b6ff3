package io.waypost.intake.source;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A query or a form: {@code a=1&b[c]=2}. */
public final class Parameters {

    /** The parameter that proves the sender, and is kept nowhere. */
    public static final String SECRET = "secret";

    private static final int MOST = 1_000;
    private static final int DEEPEST = 10;
    private static final Pattern STEP = Pattern.compile("\\[([^\\[\\]]*)]");

    /** One of them, decoded. */
    public record Parameter(String name, String value) {}

    private Parameters() {}

    /**
     * In the order they came.
     *
     * @throws Refused (malformed) if the text is not encoded well; (too large) if there are too many
     */
    public static List<Parameter> of(String text) {
        var found = new ArrayList<Parameter>();
        if (text.isEmpty()) {
            return found;
        }
        for (var pair : text.split("&")) {
            var equals = pair.indexOf('=');
            found.add(new Parameter(
                    decode(equals < 0 ? pair : pair.substring(0, equals)),
                    decode(equals < 0 ? "" : pair.substring(equals + 1))));
            if (found.size() > MOST) {
                throw Refused.tooLarge("There may be %d parameters".formatted(MOST));
            }
        }
        return found;
    }

    /** The text without what would prove the sender. */
    public static String withoutSecret(String text) {
        return List.of(text.split("&")).stream().filter(pair -> !isSecret(pair)).collect(Collectors.joining("&"));
    }

    private static boolean isSecret(String pair) {
        try {
            return decode(pair.split("=", 2)[0]).equals(SECRET);
        } catch (Refused _) {
            return false;
        }
    }

    /**
     * As an object: {@code a[b]=1} is an object in an object, {@code a[]=1} an element of an array, and of several with one
     * name the last one counts.
     */
    public static ObjectNode object(List<Parameter> parameters) {
        var object = Json.object();
        for (var parameter : parameters) {
            var name = parameter.name();
            var bracket = name.indexOf('[');
            var path = bracket > 0 ? path(name, bracket) : List.of(name);
            put(object, path, parameter.value());
        }
        return object;
    }

    private static List<String> path(String name, int bracket) {
        var path = new ArrayList<String>();
        path.add(name.substring(0, bracket));
        var rest = name.substring(bracket);
        var steps = STEP.matcher(rest);
        var end = 0;
        while (steps.find() && steps.start() == end) {
            path.add(steps.group(1));
            end = steps.end();
        }
        return end == rest.length() && path.size() <= DEEPEST ? path : List.of(name);
    }

    private static void put(ObjectNode object, List<String> path, String value) {
        var at = object;
        for (int i = 0; i < path.size() - 1; i++) {
            var name = path.get(i);
            if (i == path.size() - 2 && path.getLast().isEmpty()) {
                (at.get(name) instanceof ArrayNode list ? list : at.putArray(name)).add(value);
                return;
            }
            at = at.get(name) instanceof ObjectNode inner ? inner : at.putObject(name);
        }
        at.put(path.getLast(), value);
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            throw Refused.malformed("It is not well encoded: a % must be followed by two hexadecimal digits");
        }
    }
}
