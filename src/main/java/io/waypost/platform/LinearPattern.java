package io.waypost.platform;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayDeque;
import java.util.regex.MatchResult;

/**
 * A regular expression that somebody gave us. It is run by RE2/J, whose time grows with the text and the size of the
 * expression, never with the ways to read it; so there is no look-around, no back-reference and no possessive quantifier
 * (<a href="https://github.com/google/re2/wiki/Syntax">syntax</a>). Its size is bounded before anything is made of it.
 */
public final class LinearPattern {

    /** The most characters of an expression. */
    public static final int MAX_LENGTH = 1_000;

    /** The most steps that one character of a text can take, about: what repeats counts as often as it may. */
    static final int MAX_SIZE = 2_000;

    private static final int STEPS_BETWEEN_LOOKS = 20_000;

    /** JSONata and JSON Schema write their expressions as JavaScript does. */
    private static final java.util.regex.Pattern UNICODE_ESCAPE =
            java.util.regex.Pattern.compile("\\\\(?:u([0-9a-fA-F]{4})|.)", java.util.regex.Pattern.DOTALL);

    private final Pattern pattern;
    private final int readsBetweenLooks;

    private LinearPattern(Pattern pattern) {
        this.pattern = pattern;
        this.readsBetweenLooks = Math.max(1, STEPS_BETWEEN_LOOKS / pattern.programSize());
    }

    /**
     * Reads an expression.
     *
     * @throws IllegalArgumentException if it is too long, too large or cannot be used; says which and why
     */
    public static LinearPattern of(String regex, boolean ignoreCase, boolean multiline) {
        if (regex.length() > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "the regular expression must have at most %d characters".formatted(MAX_LENGTH));
        }
        if (size(regex) > MAX_SIZE) {
            throw new IllegalArgumentException(
                    "the regular expression repeats too much: with its counts multiplied out it must have at most %d parts"
                            .formatted(MAX_SIZE));
        }
        var flags = (ignoreCase ? Pattern.CASE_INSENSITIVE : 0) | (multiline ? Pattern.MULTILINE : 0);
        try {
            return new LinearPattern(
                    Pattern.compile(UNICODE_ESCAPE.matcher(regex).replaceAll(LinearPattern::escape), flags));
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "the regular expression cannot be used: %s near %s; look-around, back-references and possessive quantifiers are not supported"
                            .formatted(e.getDescription(), e.getPattern()));
        }
    }

    private static String escape(MatchResult escaped) {
        var code = escaped.group(1);
        return java.util.regex.Matcher.quoteReplacement(code == null ? escaped.group() : "\\x{" + code + "}");
    }

    /**
     * A matcher for the text.
     *
     * @param look called now and then while it works, every 20,000 steps or so; ends it by throwing
     */
    public Matcher matcher(String text, Runnable look) {
        return pattern.matcher(new Watched(text, look, readsBetweenLooks));
    }

    /**
     * How large the expression is with its counts multiplied out, at most. Groups and classes end here where RE2/J has them
     * end, or a count could be taken for that of less than it repeats.
     */
    private static long size(String regex) {
        var outer = new ArrayDeque<Long>();
        var sum = 0L;
        var last = 0L;
        for (int i = 0; i < regex.length(); i++) {
            switch (regex.charAt(i)) {
                case '(' -> {
                    outer.push(sum);
                    sum = 0;
                    last = 0;
                }
                case ')' -> {
                    last = sum + 2;
                    sum = last + (outer.isEmpty() ? 0 : outer.pop());
                }
                case '{' -> {
                    sum += last * (most(regex, i + 1) - 1);
                    last *= most(regex, i + 1);
                }
                case '[' -> {
                    i = endOfClass(regex, i);
                    last = 1;
                    sum++;
                }
                case '\\' -> {
                    i = endOfEscape(regex, i);
                    last = 1;
                    sum++;
                }
                default -> {
                    last = 1;
                    sum++;
                }
            }
            if (sum > MAX_SIZE) {
                return sum;
            }
        }
        return sum + outer.stream().mapToLong(Long::longValue).sum();
    }

    private static int endOfClass(String regex, int start) {
        var first = regex.startsWith("[^", start) ? start + 2 : start + 1;
        for (int i = first; i < regex.length(); i++) {
            if (regex.charAt(i) == '\\') {
                i++;
            } else if (regex.startsWith("[:", i) && regex.indexOf(":]", i + 2) > 0) {
                i = regex.indexOf(":]", i + 2) + 1;
            } else if (regex.charAt(i) == ']' && i > first) {
                return i;
            }
        }
        return regex.length();
    }

    private static int endOfEscape(String regex, int start) {
        if (regex.startsWith("\\Q", start)) {
            throw new IllegalArgumentException("the regular expression cannot be used: \\Q is not supported");
        }
        return regex.startsWith("\\x{", start) ? Math.max(start + 2, regex.indexOf('}', start)) : start + 1;
    }

    /** The largest number from there to the closing brace; 1 if there is none. */
    private static long most(String regex, int from) {
        var most = 1L;
        var number = 0L;
        for (int i = from; i < regex.length() && regex.charAt(i) != '}'; i++) {
            var digit = Character.digit(regex.charAt(i), 10);
            number = digit < 0 ? 0 : Math.min(Integer.MAX_VALUE, 10 * number + digit);
            most = Math.max(most, number);
        }
        return most;
    }

    /** A text that has somebody look now and then while it is read. */
    private static final class Watched implements CharSequence {

        private final String text;
        private final Runnable look;
        private final int between;
        private int left;

        Watched(String text, Runnable look, int between) {
            this.text = text;
            this.look = look;
            this.between = between;
            this.left = between;
        }

        @Override
        public char charAt(int index) {
            if (--left == 0) {
                left = between;
                look.run();
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
