package io.waypost.platform;

import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What text from outside must be before it is stored, since no database keeps NUL or half a character; and how an error
 * reads in a line of the log.
 */
public final class Texts {

    /** Marks, embeddings, overrides and isolates of bidirectional text; and what ends a line or a paragraph in Unicode. */
    private static final String DIRECTIONS =
            "\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069";

    private Texts() {}

    /**
     * What is wrong with the text as one line: it must not be empty, nor longer than {@code max} characters, nor hold
     * control characters. Null if nothing is.
     */
    public static @Nullable String lineFault(String text, int max) {
        if (text.isEmpty()) {
            return "must not be empty";
        }
        var fault = textFault(text, max);
        return fault == null && text.chars().anyMatch(Character::isISOControl)
                ? "must not hold control characters"
                : fault;
    }

    /** What is wrong with the text: longer than {@code max} characters, or not storable. Null if nothing is. */
    public static @Nullable String textFault(String text, int max) {
        if (text.codePointCount(0, text.length()) > max) {
            return "must have at most " + max + " characters";
        }
        return text.indexOf('\0') >= 0 || hasLoneSurrogate(text) ? "must not hold NUL or half a surrogate pair" : null;
    }

    /** What an error comes from, the innermost that says anything, in one line: what wraps it repeats whole statements. */
    public static String cause(Throwable e) {
        var told = e;
        for (var cause = e.getCause(); cause != null; cause = cause.getCause()) {
            told = cause.getMessage() == null ? told : cause;
        }
        return told.toString().lines().collect(Collectors.joining(" "));
    }

    /**
     * The text as one line that does nothing but stand there, whatever it is shown on: what a terminal obeys (control
     * characters, among them the 8-bit ones), what ends a line and what turns the order of writing around is written as
     * {@code \u005cu001b}, and so is what no database keeps.
     */
    public static String visible(String text) {
        return visible(text, false);
    }

    /** The same of a text that may have several lines, and tabs. */
    public static String visibleLines(String text) {
        return visible(text, true);
    }

    private static String visible(String text, boolean lines) {
        if (text.chars().noneMatch(c -> isActive((char) c, lines))) {
            return text;
        }
        var shown = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            var c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                shown.append(c).append(text.charAt(++i));
            } else if (isActive(c, lines)) {
                shown.append("\\u%04x".formatted((int) c));
            } else {
                shown.append(c);
            }
        }
        return shown.toString();
    }

    private static boolean isActive(char c, boolean lines) {
        return Character.isISOControl(c)
                ? !lines || (c != '\n' && c != '\r' && c != '\t')
                : Character.isSurrogate(c) || DIRECTIONS.indexOf(c) >= 0;
    }

    private static boolean hasLoneSurrogate(String text) {
        return text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }
}
