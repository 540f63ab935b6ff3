package io.waypost.subscription;

import io.waypost.platform.Fields;
import java.time.Instant;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.support.CronExpression;

/**
 * How deliveries leave that are not sent at once: in runs, on command or at times of their own.
 *
 * @param cron five fields as cron has them, or six with seconds first, in UTC; null: on command only
 */
public record Runs(@Nullable String cron) {

    /** What waits for a run is due then: never by itself. */
    public static final Instant NOT_BY_ITSELF = Instant.parse("9999-12-31T00:00:00Z");

    private static final int LONGEST = 200;

    private enum Mode {
        INSTANT,
        SCHEDULED
    }

    /** Reads {@code dispatch}; null: at once. */
    static @Nullable Runs read(Fields fields) {
        var given = fields.object("dispatch");
        if (given == null) {
            return null;
        }
        var mode = given.oneOf("mode", Mode.class);
        var cron = given.line("cron", LONGEST);
        given.refuseUnknown();
        var fault = cron == null ? null : fault(cron);
        if (fault != null) {
            given.wrong("cron", fault);
        }
        if (mode == null && cron == null) {
            given.require("mode");
        }
        return mode == Mode.INSTANT ? null : new Runs(cron);
    }

    private static @Nullable String fault(String cron) {
        try {
            return parse(cron).next(Instant.EPOCH.atZone(ZoneOffset.UTC)) == null
                    ? "names a time that never comes"
                    : null;
        } catch (IllegalArgumentException e) {
            return "must be five fields as cron has them, such as */5 * * * *: " + e.getMessage();
        }
    }

    private static CronExpression parse(String cron) {
        return CronExpression.parse(cron.strip().split("\\s+").length == 5 ? "0 " + cron.strip() : cron);
    }

    /** When the first run after the time begins; null: none does by itself. */
    public @Nullable Instant next(Instant after) {
        var next = cron == null ? null : parse(cron).next(after.atZone(ZoneOffset.UTC));
        return next == null ? null : next.toInstant();
    }
}
