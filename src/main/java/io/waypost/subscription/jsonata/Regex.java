package io.waypost.subscription.jsonata;

import com.dashjoin.jsonata.Functions;
import com.dashjoin.jsonata.Jsonata.Fn0;
import com.dashjoin.jsonata.Jsonata.JFunction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A literal regular expression. As a function it takes a text and gives the first match, with a way to the next. */
final class Regex extends JFunction {

    private final Pattern pattern;

    Regex(Pattern pattern) {
        super((input, args) -> null, "<s-:o>");
        this.pattern = pattern;
    }

    /** A matcher that the end of the evaluation's time stops, even within one search. */
    Matcher matcher(String text) {
        return pattern.matcher(new Watched(text, Bounds.CURRENT.get()));
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

    /** A text that looks at the time now and then while it is read. */
    private record Watched(String text, Bounds bounds, int[] reads) implements CharSequence {

        Watched(String text, Bounds bounds) {
            this(text, bounds, new int[1]);
        }

        @Override
        public char charAt(int index) {
            if ((++reads[0] & 0x3ff) == 0) {
                bounds.tick();
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int from, int to) {
            return text.substring(from, to);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
