package io.waypost.event.log;

import io.waypost.event.Stretch;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.springframework.stereotype.Component;

/** The stretches this node is working on. Bounds how much of the log is in memory at once. */
@Component
public class OpenStretches {

    /** With 4 MiB of events in a stretch at the most, 64 MiB. */
    private static final int MOST = 16;

    private final Semaphore room = new Semaphore(MOST);
    private final ConcurrentHashMap<Stretch.Key, Boolean> open = new ConcurrentHashMap<>();

    void awaitRoom() throws InterruptedException {
        room.acquire();
    }

    void giveBackRoom() {
        room.release();
    }

    void opened(Stretch.Key stretch) {
        open.put(stretch, true);
    }

    /** To be called once for each stretch, when everything in it is accounted for, or when it is given up. */
    public void closed(Stretch.Key stretch) {
        if (open.remove(stretch) != null) {
            room.release();
        }
    }

    /** For extending their leases. */
    List<Stretch.Key> all() {
        return List.copyOf(open.keySet());
    }
}
