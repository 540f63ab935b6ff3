package io.waypost.delivery.circuit;

import io.waypost.connector.Failure;
import io.waypost.connector.Outcome;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Clock;
import java.util.stream.IntStream;

/** Circuits for tests of other packages. */
public final class TestCircuits {

    private TestCircuits() {}

    public static Circuits of(SubscriptionIndex index, Clock clock) {
        return new Circuits(index, clock);
    }

    /** As when its receiver has not answered several times in a row. */
    public static void open(Circuits circuits, long subscription) {
        var silence = new Outcome.Failed(Failure.TIMEOUT, "no answer");
        IntStream.range(0, Circuit.OPENS_AFTER).forEach(_ -> circuits.attempted(subscription, silence));
    }
}
