package io.waypost.event;

import java.util.regex.Pattern;

/** What a type may be called: segments of letters, digits, {@code _} and {@code -}, parted by dots. */
public final class TypeName {

    public static final int MAX_LENGTH = 255;

    /** The rule in words, to be said after the name of a field. */
    public static final String RULE =
            "must be segments of letters, digits, _ and -, parted by dots, like order.created";

    private static final Pattern RULED = Pattern.compile("[A-Za-z0-9_-]+(?:\\.[A-Za-z0-9_-]+)*");

    private TypeName() {}

    public static boolean isOne(String text) {
        return text.length() <= MAX_LENGTH && RULED.matcher(text).matches();
    }
}
