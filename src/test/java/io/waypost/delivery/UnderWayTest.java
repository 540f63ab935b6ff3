package io.waypost.delivery;

import static io.waypost.delivery.Fakes.fresh;
import static io.waypost.testing.Delays.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class UnderWayTest {

    private final UnderWay underWay = new UnderWay();
    private final AtomicBoolean goesOn = new AtomicBoolean(true);

    private Thread watcher() {
        return Thread.ofPlatform().start(() -> underWay.awaitSome(goesOn::get));
    }

    private static void awaitRest(Thread watcher) {
        await().atMost(SOON).until(() -> watcher.getState() == Thread.State.WAITING);
    }

    @Test
    void whoWatchesRestsUntilThereIsOne() throws InterruptedException {
        var watcher = watcher();
        awaitRest(watcher);

        var delivery = fresh(1);
        underWay.add(delivery);

        assertThat(watcher.join(SOON)).isTrue();
        assertThat(underWay.all()).containsExactly(delivery);
        assertThat(watcher().join(SOON)).as("there still is one").isTrue();

        underWay.remove(delivery);
        assertThat(underWay.all()).isEmpty();
    }

    @Test
    void whoNeedNotGoOnDoesNotRest() throws InterruptedException {
        var watcher = watcher();
        awaitRest(watcher);
        underWay.wake();
        awaitRest(watcher);

        goesOn.set(false);
        underWay.wake();

        assertThat(watcher.join(SOON)).isTrue();
    }
}
