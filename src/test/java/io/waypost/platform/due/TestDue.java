package io.waypost.platform.due;

import java.time.Clock;
import java.time.Instant;
import java.util.List;

/** What is due is what a test says. */
public final class TestDue extends DueWatch {

    private static final Instant NEVER = Instant.MAX;

    /** Nothing waits, and nothing has ever been changed. */
    public static final Due NOTHING = new Due(NEVER, NEVER, NEVER, NEVER, NEVER, false, false, false, false, 0);

    public static final Due KEPT = new Due(NEVER, NEVER, NEVER, NEVER, NEVER, false, false, false, true, 0);

    private volatile Due found = Due.ANYTHING;

    public TestDue() {
        super(() -> NOTHING, List.of(), null, Clock.systemUTC());
    }

    public static Due deliveries(Instant at) {
        return new Due(at, NEVER, NEVER, NEVER, NEVER, false, false, false, false, 0);
    }

    public static Due replays(Instant at) {
        return new Due(NEVER, NEVER, at, NEVER, NEVER, false, false, false, true, 0);
    }

    public static Due runs(Instant at, boolean held) {
        return new Due(NEVER, NEVER, NEVER, at, NEVER, false, held, false, false, 0);
    }

    public static Due segments(Instant leaseEnd, boolean unclaimed) {
        return new Due(NEVER, NEVER, NEVER, NEVER, leaseEnd, unclaimed, false, false, false, 0);
    }

    public static Due changed(long revision) {
        return new Due(NEVER, NEVER, NEVER, NEVER, NEVER, false, false, false, false, revision);
    }

    public void found(Due due) {
        found = due;
    }

    @Override
    public Due last() {
        return found;
    }
}
