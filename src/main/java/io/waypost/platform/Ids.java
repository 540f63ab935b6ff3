package io.waypost.platform;

import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;

/** Ids as the outside sees them: a prefix, an underscore, and text that sorts by time. */
public final class Ids {

    private static final SecureRandom RANDOM = new SecureRandom();

    private Ids() {}

    /** A new id: the time in microseconds, then 64 random bits. */
    public static String next(String prefix, Instant now) {
        return of(prefix, micros(now), RANDOM.nextLong());
    }

    /** An id that can be computed again from the same numbers. */
    public static String of(String prefix, long... numbers) {
        return prefix + "_" + Base32.encode(numbers);
    }

    /**
     * The numbers an id was made of.
     *
     * @throws Refused (not found) if the text is no id with this prefix
     */
    public static long[] numbers(String prefix, String id, int count) {
        if (id.startsWith(prefix + "_")) {
            try {
                return Base32.decode(id.substring(prefix.length() + 1), count);
            } catch (IllegalArgumentException _) {
                // Reported below: for the caller an id we never gave out does not exist.
            }
        }
        throw Refused.notFound(id.length() > 100 ? "The id" : id);
    }

    /** Microseconds since 1970, the finest step every supported database keeps. */
    public static long micros(Instant at) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, at);
    }

    public static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    /**
     * Crockford's base 32 in lower case, written so that the text sorts as the bytes do.
     *
     * @see <a href="https://www.crockford.com/base32.html">Crockford, Base 32</a>
     */
    private static final class Base32 {

        private static final char[] DIGITS = "0123456789abcdefghjkmnpqrstvwxyz".toCharArray();
        private static final byte[] VALUES = new byte[128];

        static {
            Arrays.fill(VALUES, (byte) -1);
            for (byte i = 0; i < DIGITS.length; i++) {
                VALUES[DIGITS[i]] = i;
            }
        }

        private Base32() {}

        /** The longs, big-endian, as 13 characters each. */
        static String encode(long... values) {
            var text = new char[13 * values.length];
            for (int v = 0; v < values.length; v++) {
                for (int i = 12, shift = 0; i >= 0; i--, shift += 5) {
                    text[13 * v + i] = DIGITS[(int) (values[v] >>> shift) & 31];
                }
            }
            return new String(text);
        }

        /**
         * Reads what {@link #encode} wrote.
         *
         * @throws IllegalArgumentException if the text is anything else
         */
        static long[] decode(String text, int count) {
            if (text.length() != 13 * count) {
                throw new IllegalArgumentException("not an id");
            }
            var values = new long[count];
            for (int i = 0; i < text.length(); i++) {
                var c = text.charAt(i);
                var value = c < 128 ? VALUES[c] : -1;
                if (value < 0 || (i % 13 == 0 && value > 15)) {
                    throw new IllegalArgumentException("not an id");
                }
                values[i / 13] = values[i / 13] << 5 | value;
            }
            return values;
        }
    }
}
