package io.waypost.platform;

import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

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
        throw Refused.notFound(id.length() > 100 ? prefix : id);
    }

    /** Microseconds since 1970, the finest step every supported database keeps. */
    public static long micros(Instant at) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, at);
    }

    public static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
