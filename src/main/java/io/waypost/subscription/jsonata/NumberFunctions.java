package io.waypost.subscription.jsonata;

import com.dashjoin.jsonata.Functions;
import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Utils;
import io.waypost.subscription.jsonata.BuiltIn.Arguments;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.text.ParseException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Functions over numbers and times whose pictures, places or exponents could ask for billions of digits. */
final class NumberFunctions {

    private static final int MAX_PICTURE = 200;
    private static final int MAX_PLACES = 400;
    private static final int MAX_ROMAN = 100_000;

    /** The width in a marker like {@code [Y,4-4]}. */
    private static final Pattern WIDE = Pattern.compile(",[^]]*\\d{3}");

    /** Markers that nothing but letters and digits keeps apart: there are many ways to share a text among them. */
    private static final Pattern ADJACENT = Pattern.compile("](?=[A-Za-z0-9]*\\[)");

    private static final int MAX_ADJACENT = 5;
    private static final int MAX_TIME = 40;

    private static final Pattern WITHOUT_ZONE =
            Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,9})?)?");

    private NumberFunctions() {}

    static @Nullable Object abs(Arguments arguments) {
        return switch (arguments.number(0)) {
            case null -> null;
            case BigDecimal number -> number.abs();
            case BigInteger number -> number.abs();
            case Number number -> Utils.convertNumber(Functions.abs(number));
        };
    }

    static @Nullable Object round(Arguments arguments) {
        var number = finite(arguments.number(0));
        var places = arguments.number(1);
        if (places != null && Math.abs(places.doubleValue()) > MAX_PLACES) {
            throw new JException("The second argument of $round must be from -400 to 400", -1);
        }
        return number == null ? null : Utils.convertNumber(Functions.round(number, places));
    }

    static @Nullable Object formatNumber(Arguments arguments) {
        var options = arguments.get(2) instanceof Map<?, ?> map ? map : null;
        return Functions.formatNumber(finite(arguments.number(0)), picture(arguments.text(1)), options);
    }

    static @Nullable Object formatBase(Arguments arguments) {
        return Functions.formatBase(finite(arguments.number(0)), arguments.number(1));
    }

    static @Nullable Object formatInteger(Arguments arguments) {
        var number = finite(arguments.number(0));
        var picture = picture(arguments.text(1));
        if (number != null && "I".equalsIgnoreCase(picture) && Math.abs(number.doubleValue()) > MAX_ROMAN) {
            throw new JException("A number above %d cannot be written in Roman numerals".formatted(MAX_ROMAN), -1);
        }
        return Functions.formatInteger(number, picture);
    }

    static @Nullable Object parseInteger(Arguments arguments) throws ParseException {
        return Functions.parseInteger(arguments.text(0), picture(arguments.text(1)));
    }

    static @Nullable Object toMillis(Arguments arguments) throws ParseException {
        var text = arguments.text(0);
        var picture = picture(arguments.text(1));
        if (text == null) {
            return null;
        }
        if (picture == null) {
            // The library would read it in the zone of the machine.
            return WITHOUT_ZONE.matcher(text).matches()
                    ? (Object)
                            LocalDateTime.parse(text).toInstant(ZoneOffset.UTC).toEpochMilli()
                    : Functions.dateTimeToMillis(text, null);
        }
        if (text.length() > MAX_TIME || ADJACENT.matcher(picture).results().count() > MAX_ADJACENT) {
            throw new JException("$toMillis cannot read this text by this picture", -1);
        }
        return Functions.dateTimeToMillis(text, picture);
    }

    static @Nullable Object fromMillis(Arguments arguments) {
        return Functions.dateTimeFromMillis(arguments.number(0), picture(arguments.text(1)), arguments.text(2));
    }

    static @Nullable Object now(Arguments arguments) {
        var now = Bounds.CURRENT.get().now().toEpochMilli();
        return Functions.dateTimeFromMillis(now, picture(arguments.text(0)), arguments.text(1));
    }

    static Object millis(Arguments arguments) {
        return Bounds.CURRENT.get().now().toEpochMilli();
    }

    private static @Nullable String picture(@Nullable String picture) {
        if (picture != null
                && (picture.length() > MAX_PICTURE || WIDE.matcher(picture).find())) {
            throw new JException("A picture must be at most 200 characters long and no field wider than 99", -1);
        }
        return picture;
    }

    /** Whole numbers and fractions of any length, but none whose exponent alone would fill the memory. */
    private static @Nullable Number finite(@Nullable Number number) {
        if (number != null && !Double.isFinite(number.doubleValue())) {
            throw new JException("D1001", -1, "beyond 1e308");
        }
        if (number instanceof BigDecimal decimal && decimal.scale() > MAX_PLACES) {
            return decimal.doubleValue();
        }
        return number;
    }
}
