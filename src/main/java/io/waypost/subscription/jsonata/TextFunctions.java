package io.waypost.subscription.jsonata;

import com.dashjoin.jsonata.Functions;
import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Utils;
import com.google.re2j.Matcher;
import io.waypost.subscription.jsonata.BuiltIn.Arguments;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Functions that could make a long text out of little, or search one for ever. */
final class TextFunctions {

    private TextFunctions() {}

    static @Nullable Object string(Arguments arguments) {
        var pretty = Boolean.TRUE.equals(arguments.get(1));
        if (pretty) {
            bounds().checked(bounds().indented(arguments.get(0)));
        }
        return Functions.string(arguments.get(0), pretty);
    }

    static @Nullable Object pad(Arguments arguments) {
        var text = arguments.text(0);
        var width = arguments.number(1);
        if (text == null || width == null) {
            return null;
        }
        bounds().checked(Math.abs(width.longValue()));
        var wanted = width.intValue();
        var missing = Math.abs(wanted) - text.codePointCount(0, text.length());
        var filler = arguments.text(2);
        var fill = filler == null || filler.isEmpty() ? " " : filler;
        var padding = new StringBuilder();
        var points = fill.codePoints().toArray();
        for (int i = 0; i < missing; i++) {
            padding.appendCodePoint(points[i % points.length]);
        }
        return wanted < 0 ? padding + text : text + padding;
    }

    static @Nullable Object join(Arguments arguments) {
        if (!(arguments.get(0) instanceof List<?> parts)) {
            return arguments.get(0);
        }
        var separator = arguments.text(1);
        var text = new StringBuilder();
        for (int i = 0; i < parts.size(); i++) {
            if (i > 0 && separator != null) {
                text.append(separator);
            }
            text.append(parts.get(i));
            bounds().checked(text.length());
        }
        return text.toString();
    }

    static @Nullable Object contains(Arguments arguments) {
        var text = arguments.text(0);
        if (text == null) {
            return null;
        }
        return arguments.get(1) instanceof String part
                ? (Object) text.contains(part)
                : regex("contains", arguments.get(1)).matcher(text).find();
    }

    static @Nullable Object match(Arguments arguments) {
        var text = arguments.text(0);
        if (text == null) {
            return null;
        }
        var limit = limit(arguments.number(2), "D3040");
        var matcher = regex("match", arguments.get(1)).matcher(text);
        var matches = Utils.createSequence();
        while (matches.size() < limit && matcher.find()) {
            var match = new LinkedHashMap<String, Object>();
            match.put("match", matcher.group());
            match.put("index", matcher.start());
            match.put("groups", Regex.groups(matcher));
            matches.add(match);
            bounds().checkedItems(matches.size());
            bounds().tick();
        }
        return matches;
    }

    static @Nullable Object split(Arguments arguments) {
        var text = arguments.text(0);
        if (text == null) {
            return null;
        }
        var limit = limit(arguments.number(2), "D3020");
        var parts = new ArrayList<Object>();
        if (arguments.get(1) instanceof String separator) {
            splitAt(text, separator, limit, parts);
        } else {
            var matcher = regex("split", arguments.get(1)).matcher(text);
            int from = 0;
            while (parts.size() < limit && matcher.find()) {
                add(parts, text.substring(from, matcher.start()));
                from = matcher.end();
            }
            if (parts.size() < limit) {
                add(parts, text.substring(from));
            }
        }
        return parts;
    }

    private static void splitAt(String text, String separator, int limit, List<Object> parts) {
        int from = 0;
        while (parts.size() < limit && from <= text.length()) {
            if (separator.isEmpty() && from == text.length()) {
                return;
            }
            var to = separator.isEmpty() ? text.offsetByCodePoints(from, 1) : text.indexOf(separator, from);
            add(parts, text.substring(from, to < 0 ? text.length() : to));
            from = to < 0 ? text.length() + 1 : to + separator.length();
        }
    }

    private static void add(List<Object> parts, String part) {
        parts.add(part);
        bounds().checkedItems(parts.size());
    }

    static @Nullable Object replace(Arguments arguments) throws Throwable {
        var text = arguments.text(0);
        var replacement = arguments.get(2);
        if (text == null || replacement == null) {
            return null;
        }
        var limit = limit(arguments.number(3), "D3011");
        if (arguments.get(1) instanceof String part) {
            return replaceText(text, part, replacement, limit);
        }
        var matcher = regex("replace", arguments.get(1)).matcher(text);
        var result = new StringBuilder();
        int from = 0;
        for (int i = 0; i < limit && matcher.find(); i++) {
            result.append(text, from, matcher.start()).append(replacement(matcher, replacement));
            from = matcher.end();
            bounds().checked(result.length());
            bounds().tick();
        }
        return result.append(text, from, text.length()).toString();
    }

    private static String replaceText(String text, String part, Object replacement, int limit) {
        if (part.isEmpty()) {
            throw new JException("The second argument of $replace must not be an empty string", -1);
        }
        if (!(replacement instanceof String by)) {
            throw new JException("D3012", -1);
        }
        var result = new StringBuilder();
        int from = 0;
        for (int i = 0; i < limit; i++) {
            var at = text.indexOf(part, from);
            if (at < 0) {
                break;
            }
            result.append(text, from, at).append(by);
            from = at + part.length();
            bounds().checked(result.length());
        }
        return result.append(text, from, text.length()).toString();
    }

    private static String replacement(Matcher matcher, Object replacement) throws Throwable {
        if (replacement instanceof String template) {
            return filled(matcher, template);
        }
        if (Regex.apply(replacement, matcher) instanceof String text) {
            return text;
        }
        throw new JException("D3012", -1);
    }

    /** {@code $$} is a dollar sign, {@code $0} the match, {@code $N} what the N-th parentheses caught. */
    private static String filled(Matcher matcher, String template) {
        var text = new StringBuilder();
        for (int i = 0; i < template.length(); i++) {
            var c = template.charAt(i);
            if (c != '$' || i + 1 == template.length()) {
                text.append(c);
            } else if (template.charAt(i + 1) == '$') {
                text.append('$');
                i++;
            } else {
                i += group(matcher, template, i + 1, text);
            }
        }
        return text.toString();
    }

    /** @return how many digits were the number of a group; 0 if there was none and the sign stands for itself */
    private static int group(Matcher matcher, String template, int at, StringBuilder text) {
        var most = String.valueOf(Math.max(1, matcher.groupCount())).length();
        int digits = 0;
        while (digits < most && at + digits < template.length() && isDigit(template.charAt(at + digits))) {
            digits++;
        }
        if (digits == 0) {
            text.append('$');
            return 0;
        }
        while (digits > 1 && Integer.parseInt(template.substring(at, at + digits)) > matcher.groupCount()) {
            digits--;
        }
        var number = Integer.parseInt(template.substring(at, at + digits));
        if (number <= matcher.groupCount() && matcher.group(number) != null) {
            text.append(matcher.group(number));
        }
        return digits;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static int limit(@Nullable Number limit, String error) {
        if (limit == null) {
            return Integer.MAX_VALUE;
        }
        if (limit.doubleValue() < 0) {
            throw new JException(error, -1, limit);
        }
        return limit.intValue();
    }

    private static Regex regex(String function, @Nullable Object value) {
        if (value instanceof Regex regex) {
            return regex;
        }
        throw new JException("The second argument of $%s must be a regular expression".formatted(function), -1);
    }

    private static Bounds bounds() {
        return Bounds.CURRENT.get();
    }
}
