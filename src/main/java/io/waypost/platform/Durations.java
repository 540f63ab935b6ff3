package io.waypost.platform;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 250ms}, {@code 5s}, {@code 10m}, {@code 2h}, {@code 5d}, or ISO-8601. */
public final class Durations {

    private static final Pattern SHORT = Pattern.compile("(\\d{1,15})(ms|s|m|h|d)");

    /** From the largest, so that the first that divides is the one to print. */
    private enum Unit {
        D(86_400_000),
        H(3_600_000),
        M(60_000),
        S(1_000),
        MS(1);

        private final long millis;

        Unit(long millis) {
            this.millis = millis;
        }
    }

    private Durations() {}

    /**
     * Reads either form.
     *
     * @throws IllegalArgumentException if it is neither, negative, or beyond what a long of milliseconds holds; the
     *     message says what it must be
     */
    public static Duration parse(String text) {
        var matcher = SHORT.matcher(text);
        try {
            var duration = matcher.matches()
                    ? Duration.ofMillis(
                            Math.multiplyExact(Long.parseLong(matcher.group(1)), unit(matcher.group(2)).millis))
                    : Duration.parse(text);
            if (!duration.isNegative() && duration.toMillis() >= 0) {
                return duration;
            }
        } catch (DateTimeParseException | ArithmeticException _) {
            // The one message below serves all forms of wrong.
        }
        throw new IllegalArgumentException("must be a duration such as 250ms, 5s, 10m, 2h, 5d or PT5S");
    }

    /** The short form, in the largest unit that divides: 24 h is {@code 1d}, 90 s is {@code 90s}, nothing is {@code 0s}. */
    public static String format(Duration duration) {
        var millis = duration.toMillis();
        if (millis == 0) {
            return "0s";
        }
        for (var unit : Unit.values()) {
            if (millis % unit.millis == 0) {
                return millis / unit.millis + unit.name().toLowerCase(Locale.ROOT);
            }
        }
        throw new IllegalStateException("every number of milliseconds is divided by 1");
    }

    private static Unit unit(String name) {
        return Unit.valueOf(name.toUpperCase(Locale.ROOT));
    }
}
