package io.waypost.delivery.batch;

import static org.awaitility.Awaitility.await;

import io.waypost.platform.storage.StorageWatch;
import io.waypost.testing.Delays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class GathererTest {

    private final List<Long> added = new CopyOnWriteArrayList<>();

    /** The group of subscription 1 cannot be read. */
    private final BatchGroups groups = new BatchGroups(null, null, null) {
        @Override
        void add(PendingBatch gathering) {
            if (gathering.subscription() == 1) {
                throw new IllegalStateException("not readable");
            }
            added.add(gathering.subscription());
        }

        @Override
        void forget(long subscription) {}
    };

    @Test
    void aGroupThatCannotBeAddedToKeepsNoOtherFromBeingCounted() {
        var gatherer = new Gatherer(null, groups, new Noted(), null, new StorageWatch(null, null));
        for (long subscription = 1; subscription <= 3; subscription++) {
            gatherer.begin(new PendingBatch(subscription, 1, 1, 1, 10));
        }

        gatherer.start();
        try {
            await().atMost(Delays.PAUSE).until(() -> added.containsAll(List.of(2L, 3L)));
        } finally {
            gatherer.stop();
        }
    }
}
