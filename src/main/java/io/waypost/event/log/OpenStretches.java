package io.waypost.event.log;

import io.waypost.event.Appends;
import io.waypost.event.EventLog;
import io.waypost.event.Stretch;
import io.waypost.platform.Memory;
import io.waypost.platform.WaypostProperties;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** The stretches this node is working on: bounds how much of the log is in memory at once, and keeps the leases alive. */
@Component
public class OpenStretches implements Appends.Taker {

    /** With 4 MiB of events in a stretch at the most, 64 MiB, or a sixteenth of the heap if that is less. */
    private static final int MOST = (int) Math.max(2, Memory.share(64L * 1024 * 1024, 16) / (4 * 1024 * 1024));

    private final EventLog eventLog;
    private final Clock clock;
    private final Duration lease;
    private final Semaphore room = new Semaphore(MOST);
    private final Set<Stretch.Key> open = ConcurrentHashMap.newKeySet();
    private final Queue<Stretch> handed = new ConcurrentLinkedQueue<>();
    private volatile boolean caughtUp;
    private Instant extendAt = Instant.MIN;

    OpenStretches(EventLog eventLog, Appends appends, Clock clock, WaypostProperties properties) {
        this.eventLog = eventLog;
        this.clock = clock;
        this.lease = properties.log().lease();
        // Where nodes share a database, they share the work by claiming what any of them has stored.
        if (!properties.db().shared()) {
            appends.takenBy(this);
        }
    }

    @Override
    public int reserve(int most) {
        var places = 0;
        while (caughtUp && places < most && room.tryAcquire()) {
            places++;
        }
        return places;
    }

    @Override
    public void hand(List<Stretch> taken, int reserved) {
        for (var stretch : taken) {
            opened(stretch.key());
            handed.add(stretch);
        }
        room.release(reserved - taken.size());
    }

    /** The next one that the writer has handed over; it has a place, and is open. */
    @Nullable
    Stretch handed() {
        return handed.poll();
    }

    /** @param all whether everything in the log has been taken, so that what comes next may be taken as it is stored */
    void caughtUp(boolean all) {
        caughtUp = all;
    }

    /** @return false if there is none after {@code most} */
    boolean awaitRoom(Duration most) throws InterruptedException {
        return room.tryAcquire(most.toMillis(), TimeUnit.MILLISECONDS);
    }

    void giveBackRoom() {
        room.release();
    }

    void opened(Stretch.Key stretch) {
        open.add(stretch);
    }

    /**
     * Leaves what is in the stretch beyond {@code last} to be claimed, by this node or another. Until it has been, nothing
     * that comes after it is taken straight from the writer.
     *
     * @throws IllegalStateException if another node has taken the stretch over
     */
    public void cut(Stretch stretch, long last) {
        caughtUp = false;
        if (!eventLog.cut(stretch, last)) {
            throw new IllegalStateException("Another node has taken over the events from " + stretch.first() + " on");
        }
    }

    /** To be called once for each stretch, when everything in it is accounted for, or when it is given up. */
    public void closed(Stretch.Key stretch) {
        if (open.remove(stretch)) {
            room.release();
        }
    }

    /** Moves the ends of the leases ahead, if a third of their time is over. */
    @Scheduled(fixedDelayString = "${waypost.log.extend-every:1s}")
    synchronized void extendLeases() {
        var now = clock.instant();
        if (!now.isBefore(extendAt)) {
            eventLog.extend(List.copyOf(open), now.plus(lease));
            extendAt = now.plus(lease.dividedBy(3));
        }
    }
}
