package io.waypost.subscription.jsonata;

import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Jsonata;
import io.waypost.subscription.jsonata.BuiltIn.Arguments;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.text.NumberFormat;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Currency;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Times and amounts as people write them, for which JSONata has no functions. */
final class FormatFunctions {

    private static final int MAX_PATTERN = 100;
    private static final int MAX_TIME = 60;
    private static final int MAX_DIGITS = 100;
    private static final int MAX_QUOTED = 60;

    private static final Pattern DECIMAL = Pattern.compile("[+-]?\\d{1,100}(\\.\\d{1,100})?");
    private static final Pattern SPACES = Pattern.compile("[\\u00a0\\u202f\\u2009]");
    private static final Set<String> LANGUAGES = Set.of(Locale.getISOLanguages());

    private FormatFunctions() {}

    /** {@code $date(time, pattern, zone, locale)}: a time in the words of a zone. */
    static @Nullable Object date(Arguments arguments) {
        var time = arguments.get(0);
        if (isNothing(time)) {
            return null;
        }
        var pattern = arguments.text(1);
        if (pattern == null || pattern.isEmpty() || pattern.length() > MAX_PATTERN) {
            throw failed(
                    "$date needs a pattern of 1 to %d characters, like \"dd.MM.yyyy HH:mm\"".formatted(MAX_PATTERN));
        }
        var locale = locale("$date", arguments.get(3));
        var moment = moment(time).withZoneSameInstant(zone(arguments.get(2)));
        try {
            return DateTimeFormatter.ofPattern(pattern, locale).format(moment);
        } catch (IllegalArgumentException | DateTimeException e) {
            throw failed(
                    "$date cannot use the pattern %s: %s. Write one like \"dd.MM.yyyy HH:mm\", words in single quotes"
                            .formatted(quoted(pattern), e.getMessage()));
        }
    }

    private static ZonedDateTime moment(@Nullable Object time) {
        try {
            if (time instanceof String text && text.length() <= MAX_TIME) {
                return read(text);
            }
            if (time instanceof Number number) {
                return Instant.ofEpochMilli(whole(number)).atZone(ZoneOffset.UTC);
            }
        } catch (DateTimeException | ArithmeticException _) {
            // Said below.
        }
        throw failed("$date needs an ISO time like \"2026-03-01T12:00:00Z\" or milliseconds since 1970; it got "
                + quoted(time));
    }

    /** Without an offset a time is in UTC; a day alone begins at midnight there. */
    private static ZonedDateTime read(String text) {
        if (text.length() == "2026-03-01".length()) {
            return LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC);
        }
        var read = DateTimeFormatter.ISO_DATE_TIME.parseBest(text, ZonedDateTime::from, LocalDateTime::from);
        return read instanceof LocalDateTime local ? local.atZone(ZoneOffset.UTC) : ZonedDateTime.from(read);
    }

    private static ZoneId zone(@Nullable Object zone) {
        try {
            if (isNothing(zone)) {
                return ZoneOffset.UTC;
            }
            if (zone instanceof String name) {
                return ZoneId.of(name);
            }
        } catch (DateTimeException _) {
            // Said below.
        }
        throw failed("$date does not know the zone %s. Write one like \"Europe/Berlin\", \"UTC\" or \"+02:00\""
                .formatted(quoted(zone)));
    }

    /** {@code $currency(amount, code, locale)}: an amount with all its digits, and at least those of the currency. */
    static @Nullable Object currency(Arguments arguments) {
        if (isNothing(arguments.get(0))) {
            return null;
        }
        var amount = amount(arguments.get(0));
        var currency = currency(arguments.get(1));
        var format = NumberFormat.getCurrencyInstance(locale("$currency", arguments.get(2)));
        var digits = Math.max(0, currency.getDefaultFractionDigits());
        format.setCurrency(currency);
        format.setRoundingMode(RoundingMode.UNNECESSARY);
        format.setMinimumFractionDigits(digits);
        format.setMaximumFractionDigits(Math.max(digits, amount.scale()));
        // Some languages set spaces that do not break, which a text message pays for with half its length.
        return SPACES.matcher(format.format(amount)).replaceAll(" ");
    }

    private static BigDecimal amount(@Nullable Object value) {
        if (value instanceof String text && DECIMAL.matcher(text).matches()) {
            return new BigDecimal(text);
        }
        if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
            var decimal = decimal(number);
            if (Math.abs(decimal.scale()) <= MAX_DIGITS && decimal.precision() <= MAX_DIGITS) {
                return decimal;
            }
        }
        throw failed("$currency needs a number, or text like \"1234.50\", of at most %d digits; it got %s"
                .formatted(MAX_DIGITS, quoted(value)));
    }

    private static Currency currency(@Nullable Object code) {
        try {
            return Currency.getInstance(String.valueOf(code));
        } catch (IllegalArgumentException _) {
            throw failed("$currency does not know the currency %s. Write the three letters of ISO 4217, like \"EUR\""
                    .formatted(quoted(code)));
        }
    }

    private static Locale locale(String function, @Nullable Object tag) {
        if (isNothing(tag)) {
            return Locale.US;
        }
        var locale =
                tag instanceof String text && text.length() <= MAX_QUOTED ? Locale.forLanguageTag(text) : Locale.ROOT;
        if (!LANGUAGES.contains(locale.getLanguage())) {
            throw failed("%s does not know the language %s. Write one like \"de-DE\" or \"en\""
                    .formatted(function, quoted(tag)));
        }
        return locale;
    }

    private static long whole(Number number) {
        // A fraction of a millisecond is no matter; more than a year of nine digits is.
        var decimal = decimal(number);
        if (Math.abs(decimal.scale()) > MAX_DIGITS) {
            throw new ArithmeticException();
        }
        return decimal.toBigInteger().longValueExact();
    }

    private static BigDecimal decimal(Number number) {
        return number instanceof BigDecimal decimal ? decimal : new BigDecimal(number.toString());
    }

    static boolean isNothing(@Nullable Object value) {
        return value == null || value == Jsonata.NULL_VALUE;
    }

    static JException failed(String message) {
        return new JException(message, -1);
    }

    static String quoted(@Nullable Object value) {
        var text =
                value instanceof String || value instanceof Number ? String.valueOf(value) : "a value of another kind";
        return "\"" + (text.length() > MAX_QUOTED ? text.substring(0, MAX_QUOTED) + "…" : text) + "\"";
    }
}
