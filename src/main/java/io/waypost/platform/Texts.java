package io.waypost.platform;

import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What text from outside must be before it is stored, since no database keeps NUL or half a character; and how an error
 * reads in a line of the log.
 */
public final class Texts {

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

    private static boolean hasLoneSurrogate(String text) {
        return text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }
}
