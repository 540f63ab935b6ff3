package io.waypost.event;

import java.util.regex.Pattern;

/** The rule for names of types: segments of letters, digits, {@code _} and {@code -}, separated by dots. */
public final class TypeName {

    public static final int MAX_LENGTH = 255;

    /** The rule as the end of a sentence that begins with the name of a field. */
    public static final String RULE =
            "must be segments of letters, digits, _ and -, parted by dots, like order.created";

    private static final Pattern RULED = Pattern.compile("[A-Za-z0-9_-]+(?:\\.[A-Za-z0-9_-]+)*");

    private TypeName() {}

    public static boolean isOne(String text) {
        return text.length() <= MAX_LENGTH && RULED.matcher(text).matches();
    }
}
