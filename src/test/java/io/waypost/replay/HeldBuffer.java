package io.waypost.replay;

import io.waypost.delivery.MissedRange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Groups that a test puts here, without Camel. */
final class HeldBuffer extends ReplayBuffer {

    final Map<Long, MissedRange> ranges = new HashMap<>();
    final List<Long> completed = new ArrayList<>();
    boolean ready = true;
    boolean fails;

    HeldBuffer() {
        super(null, null, null);
    }

    @Override
    boolean ready() {
        return ready;
    }

    @Override
    Optional<MissedRange> range(long subscription) {
        if (fails) {
            throw new IllegalStateException("cannot be read");
        }
        return Optional.ofNullable(ranges.get(subscription));
    }

    @Override
    boolean complete(long subscription) {
        if (fails) {
            throw new IllegalStateException("cannot be read");
        }
        completed.add(subscription);
        return ranges.remove(subscription) != null;
    }
}
