package io.waypost.route.check;

import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** What the texts in a flow may hold: placeholders of the settings for flows, and the harmless part of Simple. */
final class Values {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\??[A-Za-z0-9._-]{1,100}(:[^{}]*)?");

    /** What Camel looks up elsewhere than in the settings for flows. */
    private static final Set<String> ELSEWHERE = Set.of(
            "env",
            "sys",
            "service",
            "service.name",
            "service.host",
            "service.port",
            "bean",
            "camelContext",
            "ref",
            "type",
            "secret",
            "configmap",
            "aws",
            "gcp",
            "azure",
            "hashicorp",
            "ibm",
            "spring-cloud-config");

    private static final Pattern SIMPLE = Pattern.compile("\\$[A-Za-z]*\\{");

    private static final Pattern STEP =
            Pattern.compile("\\??\\.[A-Za-z_][A-Za-z0-9_-]*\\??|\\??\\[[^\\[\\]{}$()]{1,200}]");

    /** Functions of Simple that take a path into what the exchange carries. */
    private static final Pattern CARRIED = Pattern.compile(
            "(body|headers?|variables?|exchangeProperty)(?=$|[.?\\[:])(:[A-Za-z0-9_-]+)?(.*)", Pattern.DOTALL);

    private static final Pattern OTHER = Pattern.compile(
            "exchangeId|messageId|messageTimestamp|routeId|fromRouteId|stepId|id|null|empty|uuid|bodyOneLine|prettyBody"
                    + "|exception\\.message"
                    + "|bodyAs\\((String|int|long|byte\\[])\\)"
                    + "|date:[A-Za-z0-9.+-]+(:[^{}$]*)?|date-with-timezone:[A-Za-z0-9.+-]+:[^{}$]*"
                    + "|random\\([0-9]+(,[0-9]+)?\\)|collate\\([0-9]+\\)|skip\\([0-9]+\\)");

    /** Parts of a path that lead out of the data. */
    private static final Set<String> OUT = Set.of(
            "class", "classloader", "context", "camelcontext", "exchange", "unitofwork", "fromendpoint", "registry");

    private Values() {}

    /** Reports what is wrong with a text; {@code simple}: whether Simple may look at it. */
    static void check(String text, boolean simple, Consumer<String> problems) {
        placeholders(text, problems);
        if (text.matches("(?s)\\s*#(class|type|bean|property|autowired|valueAs).*") || text.contains("=#class:")) {
            problems.accept("a reference to a class or bean is not allowed");
        }
        if (text.stripLeading().startsWith("resource:")) {
            problems.accept("a text of a file or URL (resource:) is not allowed");
        }
        if (simple) {
            functions(text, problems);
        }
    }

    private static void placeholders(String text, Consumer<String> problems) {
        for (int at = text.indexOf("{{"); at >= 0; at = text.indexOf("{{", at + 2)) {
            var end = text.indexOf("}}", at);
            var inner = end < 0 ? "" : text.substring(at + 2, end);
            var name = inner.replaceFirst("^\\?", "").split(":", 2)[0].strip();
            if (ELSEWHERE.contains(name)) {
                problems.accept("{{%s:…}} is not allowed; flows see only the settings below waypost.flows.properties"
                        .formatted(name));
            } else if (!PLACEHOLDER.matcher(inner).matches()) {
                problems.accept("{{ must be followed by the name of a setting below waypost.flows.properties and }}");
            }
        }
    }

    private static void functions(String text, Consumer<String> problems) {
        var starts = SIMPLE.matcher(text);
        while (starts.find()) {
            var end = text.indexOf('}', starts.end());
            var inner = end < 0 ? "" : text.substring(starts.end(), end);
            if (starts.group().equals("$init{") || !allowed(inner)) {
                problems.accept(
                        "%s%s} is not allowed; a flow sees the body, headers, variables and exchange properties by name"
                                .formatted(starts.group(), inner));
            }
        }
    }

    private static boolean allowed(String function) {
        if (OTHER.matcher(function).matches()) {
            return true;
        }
        var carried = CARRIED.matcher(function);
        return carried.matches() && isPath(carried.group(3));
    }

    private static boolean isPath(String path) {
        var steps = STEP.matcher(path);
        int at = 0;
        while (steps.lookingAt()) {
            at = steps.end();
            var name = steps.group().replaceAll("[^A-Za-z]", "").toLowerCase(java.util.Locale.ROOT);
            if (steps.group().contains(".") && (OUT.contains(name) || OUT.contains(name.replaceFirst("^get", "")))) {
                return false;
            }
            steps.region(at, path.length());
        }
        return at == path.length();
    }
}
