package io.waypost.connector.http;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/** How long the other side asks us to wait. */
public final class RetryAfter {

    /** The longest that anybody may make us wait. */
    public static final Duration MOST = Duration.ofHours(24);

    private RetryAfter() {}

    /**
     * What a {@code Retry-After} header means, seconds or a date; at most 24 h.
     *
     * @return null if there is none, it lies in the past or cannot be read
     */
    public static @Nullable Duration parse(@Nullable String header, Instant now) {
        if (header == null || header.isBlank()) {
            return null;
        }
        var text = header.strip();
        return Character.isDigit(text.charAt(0)) ? seconds(text, 1000) : untilDate(text, now);
    }

    /**
     * A number of seconds or milliseconds, with fractions; at most 24 h.
     *
     * @param millisPerUnit 1000 for seconds, 1 for milliseconds
     */
    static @Nullable Duration seconds(String number, int millisPerUnit) {
        if (number.length() > 20 || !number.matches("[0-9]+(\\.[0-9]+)?")) {
            return null;
        }
        var millis = new BigDecimal(number).multiply(BigDecimal.valueOf(millisPerUnit));
        return millis.compareTo(BigDecimal.valueOf(MOST.toMillis())) >= 0
                ? MOST
                : Duration.ofMillis(millis.setScale(0, RoundingMode.CEILING).longValueExact());
    }

    /**
     * From now to a point in time; at most 24 h.
     *
     * @param epoch seconds or milliseconds since 1970
     * @return null if it lies in the past or cannot be read
     */
    static @Nullable Duration until(String epoch, Instant now) {
        if (!epoch.matches("[0-9]{9,13}")) {
            return null;
        }
        var number = Long.parseLong(epoch);
        return between(now, epoch.length() > 11 ? Instant.ofEpochMilli(number) : Instant.ofEpochSecond(number));
    }

    private static @Nullable Duration untilDate(String date, Instant now) {
        try {
            return between(
                    now,
                    ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant());
        } catch (DateTimeException _) {
            return null; // not a date either: as if the header were not there
        }
    }

    private static @Nullable Duration between(Instant now, Instant then) {
        var wait = Duration.between(now, then);
        if (wait.isNegative()) {
            return null;
        }
        return wait.compareTo(MOST) > 0 ? MOST : wait;
    }
}
