package io.waypost.subscription.jsonata;

import com.dashjoin.jsonata.Functions;
import com.dashjoin.jsonata.Jsonata.Fn0;
import com.dashjoin.jsonata.Jsonata.JFunction;
import com.google.re2j.Matcher;
import io.waypost.platform.LinearPattern;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A literal regular expression. As a function it takes a text and gives the first match, with a way to the next. */
final class Regex extends JFunction {

    private final LinearPattern pattern;

    /**
     * In place of what the library has read, which its engine would run without any bound.
     *
     * @throws IllegalArgumentException if it cannot be used
     */
    Regex(Pattern read) {
        super((input, args) -> null, "<s-:o>");
        this.pattern = LinearPattern.of(
                read.pattern(),
                (read.flags() & Pattern.CASE_INSENSITIVE) != 0,
                (read.flags() & Pattern.MULTILINE) != 0);
    }

    /** A matcher that the end of the evaluation's time stops, even within one search. */
    Matcher matcher(String text) {
        return pattern.matcher(text, Bounds.CURRENT.get()::tick);
    }

    @Override
    @SuppressWarnings("rawtypes") // as the library has it
    public @Nullable Object call(@Nullable Object input, List args) {
        return args.isEmpty() || !(args.getFirst() instanceof String text) ? null : next(matcher(text));
    }

    private static @Nullable Map<String, Object> next(Matcher matcher) {
        if (!matcher.find()) {
            return null;
        }
        var match = new LinkedHashMap<String, Object>();
        match.put("match", matcher.group());
        match.put("start", matcher.start());
        match.put("end", matcher.end());
        match.put("groups", groups(matcher));
        match.put("next", (Fn0<@Nullable Object>) () -> next(matcher));
        return match;
    }

    /** What the parentheses caught; a part that took no part is missing. */
    static List<@Nullable Object> groups(Matcher matcher) {
        var groups = new ArrayList<@Nullable Object>();
        for (int i = 1; i <= matcher.groupCount(); i++) {
            groups.add(matcher.group(i));
        }
        return groups;
    }

    /** Calls a function of the expression with a match. */
    static @Nullable Object apply(Object function, Matcher matcher) throws Throwable {
        var match = new LinkedHashMap<String, Object>();
        match.put("match", matcher.group());
        match.put("index", matcher.start());
        match.put("groups", groups(matcher));
        return Functions.funcApply(function, new ArrayList<>(List.of(match)));
    }
}
