package io.waypost.subscription.jsonata;

import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Jsonata;
import io.waypost.subscription.jsonata.BuiltIn.Body;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All functions an expression may call. Those that could make much out of little are ours, the rest the library's. */
final class BuiltIns {

    /** @param added whether JSONata does not have it */
    private record Named(String name, BuiltIn function, boolean added) {}

    private static final List<Named> ALL = new ArrayList<>();

    /** Methods of the library that stand for those it has not got, to tell the evaluator how many parameters they take. */
    private static final String ONE = "type";

    private static final String TWO = "lookup";
    private static final String THREE = "pad";
    private static final String FOUR = "replace";

    static {
        numbers();
        texts();
        lists();
        ours("eval", "<sx?:x>", "functionEval", _ -> {
            throw new JException("The function $eval is not available here", -1);
        });
        theirs("boolean", "<x-:b>", "toBoolean");
        theirs("not", "<x-:b>", "not");
        theirs("exists", "<x:b>", "exists");
        theirs("error", "<s?:x>", "error");
        theirs("assert", "<bs?:x>", "assertFn");
        theirs("type", "<x:s>", "type");
        more();
    }

    private BuiltIns() {}

    /** Puts them in the place of the library's. */
    static void register(Jsonata expression) {
        ALL.forEach(f -> expression.registerFunction(f.name, f.function));
    }

    /** The names of those JSONata does not have. */
    static List<String> added() {
        return ALL.stream().filter(Named::added).map(Named::name).toList();
    }

    private static void numbers() {
        theirs("sum", "<a<n>:n>", "sum");
        theirs("count", "<a:n>", "count");
        theirs("max", "<a<n>:n>", "max");
        theirs("min", "<a<n>:n>", "min");
        theirs("average", "<a<n>:n>", "average");
        theirs("number", "<(nsb)-:n>", "number");
        theirs("floor", "<n-:n>", "floor");
        theirs("ceil", "<n-:n>", "ceil");
        theirs("sqrt", "<n-:n>", "sqrt");
        theirs("power", "<n-n:n>", "power");
        theirs("random", "<:n>", "random");
        ours("abs", "<n-:n>", "abs", NumberFunctions::abs);
        ours("round", "<n-n?:n>", "round", NumberFunctions::round);
        ours("formatNumber", "<n-so?:s>", "formatNumber", NumberFunctions::formatNumber);
        ours("formatBase", "<n-n?:s>", "formatBase", NumberFunctions::formatBase);
        ours("formatInteger", "<n-s:s>", "formatInteger", NumberFunctions::formatInteger);
        ours("parseInteger", "<s-s:n>", "parseInteger", NumberFunctions::parseInteger);
        ours("toMillis", "<s-s?:n>", "dateTimeToMillis", NumberFunctions::toMillis);
        ours("fromMillis", "<n-s?s?:s>", "dateTimeFromMillis", NumberFunctions::fromMillis);
        ours("now", "<s?s?:s>", "now", NumberFunctions::now);
        ours("millis", "<:n>", "millis", NumberFunctions::millis);
    }

    private static void texts() {
        theirs("substring", "<s-nn?:s>", "substring");
        theirs("substringBefore", "<s-s:s>", "substringBefore");
        theirs("substringAfter", "<s-s:s>", "substringAfter");
        theirs("lowercase", "<s-:s>", "lowercase");
        theirs("uppercase", "<s-:s>", "uppercase");
        theirs("length", "<s-:n>", "length");
        theirs("trim", "<s-:s>", "trim");
        theirs("base64encode", "<s-:s>", "base64encode");
        theirs("base64decode", "<s-:s>", "base64decode");
        theirs("encodeUrlComponent", "<s-:s>", "encodeUrlComponent");
        theirs("encodeUrl", "<s-:s>", "encodeUrl");
        theirs("decodeUrlComponent", "<s-:s>", "decodeUrlComponent");
        theirs("decodeUrl", "<s-:s>", "decodeUrl");
        ours("string", "<x-b?:s>", "string", TextFunctions::string);
        ours("pad", "<s-ns?:s>", "pad", TextFunctions::pad);
        ours("join", "<a<s>s?:s>", "join", TextFunctions::join);
        ours("contains", "<s-(sf):b>", "contains", TextFunctions::contains);
        ours("match", "<s-f<s:o>n?:a<o>>", "match", TextFunctions::match);
        ours("split", "<s-(sf)n?:a<s>>", "split", TextFunctions::split);
        ours("replace", "<s-(sf)(sf)n?:s>", "replace", TextFunctions::replace);
    }

    private static void lists() {
        theirs("map", "<af>", "map");
        theirs("zip", "<a+>", "zip");
        theirs("filter", "<af>", "filter");
        theirs("single", "<af?>", "single");
        theirs("reduce", "<afj?:j>", "foldLeft");
        theirs("sift", "<o-f?:o>", "sift");
        theirs("each", "<o-f:a>", "each");
        theirs("keys", "<x-:a<s>>", "keys");
        theirs("lookup", "<x-s:x>", "lookup");
        theirs("append", "<xx:a>", "append");
        theirs("merge", "<a<o>:o>", "merge");
        theirs("reverse", "<a:a>", "reverse");
        theirs("shuffle", "<a:a>", "shuffle");
        ours("sort", "<af?:a>", "sort", ListFunctions::sort);
        ours("spread", "<x-:a<o>>", "spread", ListFunctions::spread);
        ours("distinct", "<x:x>", "distinct", ListFunctions::distinct);
        ours("clone", "<(oa)-:o>", "functionClone", ListFunctions::copy);
    }

    /**
     * What JSONata does not have; each is told in docs/expressions.md. They take anything and say themselves what is wrong
     * with it: what the library says of a signature tells nobody what to do.
     */
    private static void more() {
        added("date", "<x-xx?x?:s>", FOUR, FormatFunctions::date);
        added("currency", "<x-xx?:s>", THREE, FormatFunctions::currency);
        added("truncate", "<x-xx?:s>", THREE, MessageFunctions::truncate);
        added("default", "<xx:x>", TWO, MessageFunctions::otherwise);
        added("translate", "<xxx?:x>", THREE, MessageFunctions::translate);
        added("slackEscape", "<x-:s>", ONE, MessageFunctions::slackEscape);
        added("htmlEscape", "<x-:s>", ONE, MessageFunctions::htmlEscape);
        added("summary", "<x-:s>", ONE, MessageFunctions::summary);
        added("details", "<x-:a<o>>", ONE, MessageFunctions::details);
    }

    private static void theirs(String name, String signature, String method) {
        ALL.add(new Named(name, new BuiltIn(name, signature, method, null), false));
    }

    private static void ours(String name, String signature, String method, @Nullable Body body) {
        ALL.add(new Named(name, new BuiltIn(name, signature, method, body), false));
    }

    private static void added(String name, String signature, String method, Body body) {
        ALL.add(new Named(name, new BuiltIn(name, signature, method, body), true));
    }
}
