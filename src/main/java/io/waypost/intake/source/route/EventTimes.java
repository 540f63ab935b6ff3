package io.waypost.intake.source.route;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.platform.Fields;
import io.waypost.platform.Refused;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * When something happened, as vendors write it: seconds since 1970, a time with its zone, or one without, in the zone of
 * the source.
 */
final class EventTimes {

    /** Seconds of the year 5138, milliseconds of 1973: what is more than this counts milliseconds. */
    private static final BigDecimal MOST_SECONDS = BigDecimal.valueOf(100_000_000_000L);

    private static final DateTimeFormatter LOCAL = new DateTimeFormatterBuilder()
            .append(DateTimeFormatter.ISO_LOCAL_DATE)
            .appendPattern("['T'][' ']HH:mm[:ss]")
            .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
            .toFormatter(Locale.ROOT)
            .withResolverStyle(ResolverStyle.STRICT);

    private static final DateTimeFormatter OFFSET = new DateTimeFormatterBuilder()
            .append(LOCAL)
            .appendPattern("[' '][XXX][XX][X]")
            .toFormatter(Locale.ROOT)
            .withResolverStyle(ResolverStyle.STRICT);

    private EventTimes() {}

    /**
     * The instant, cut to microseconds.
     *
     * @param time a number; a text; {@code {text, pattern}} for a form that is none of ISO 8601 (pattern as of
     *     {@link DateTimeFormatter}, English); null or empty if the vendor does not say
     * @param otherwise the answer then
     * @throws Refused (malformed) if it is none of these
     */
    static Instant of(@Nullable JsonNode time, ZoneId zone, Instant otherwise) {
        if (time == null
                || time.isNull()
                || (time.isTextual() && time.textValue().isBlank())) {
            return otherwise;
        }
        try {
            var instant = read(time, zone);
            // Through text, for the years and digits that every event's time may have.
            var read = instant == null ? null : Fields.parseInstant(instant.toString());
            if (read != null) {
                return read;
            }
        } catch (ArithmeticException | DateTimeException _) {
            // Said below.
        }
        throw Refused.malformed("The time %s is none that can be read".formatted(time));
    }

    private static @Nullable Instant read(JsonNode time, ZoneId zone) {
        if (time.isNumber()) {
            return ofNumber(time.decimalValue());
        }
        if (time.isTextual()) {
            return ofText(time.textValue().strip(), zone);
        }
        var text = time.path("text").asText().strip();
        var pattern = DateTimeFormatter.ofPattern(time.path("pattern").asText(), Locale.ENGLISH)
                .withResolverStyle(ResolverStyle.STRICT);
        return text.isEmpty()
                ? null
                : LocalDateTime.parse(text, pattern).atZone(zone).toInstant();
    }

    private static Instant ofNumber(BigDecimal number) {
        var seconds = number.abs().compareTo(MOST_SECONDS) > 0 ? number.movePointLeft(3) : number;
        var whole = seconds.toBigInteger().longValueExact();
        return Instant.ofEpochSecond(
                whole,
                seconds.subtract(BigDecimal.valueOf(whole)).movePointRight(9).longValue());
    }

    private static Instant ofText(String text, ZoneId zone) {
        var known = Fields.parseInstant(text);
        if (known != null) {
            return known;
        }
        try {
            return OFFSET.parse(text, Instant::from);
        } catch (DateTimeParseException _) {
            return LocalDateTime.parse(text, LOCAL).atZone(zone).toInstant();
        }
    }
}
