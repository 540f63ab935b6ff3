package io.waypost.event.log;

import io.waypost.event.Appends;
import io.waypost.event.EventLog;
import io.waypost.event.LogSegment;
import io.waypost.platform.Memory;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.clock.SteadyClock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** The segments this node is working on: bounds how much of the log is in memory at once, and keeps the leases alive. */
@Component
public class OpenSegments implements Appends.Taker {

    private static final Logger log = LoggerFactory.getLogger(OpenSegments.class);

    /** A segment that is worked on for longer is told of. */
    private static final Duration LONG = Duration.ofMinutes(5);

    /** With 4 MiB of events in a segment at the most, 64 MiB, or a sixteenth of the heap if that is less. */
    private static final int MOST = (int) Math.max(2, Memory.share(64L * 1024 * 1024, 16) / (4 * 1024 * 1024));

    private final EventLog eventLog;
    private final Clock clock;
    private final SteadyClock steady;
    private final Duration lease;
    private final Semaphore room = new Semaphore(MOST);
    /** And since when. */
    private final Map<LogSegment.Key, Instant> open = new ConcurrentHashMap<>();

    private final Set<LogSegment.Key> told = new HashSet<>();
    private final Queue<LogSegment> handed = new ConcurrentLinkedQueue<>();
    private final Set<LogSegment.Key> givenUp = ConcurrentHashMap.newKeySet();
    private volatile boolean caughtUp;
    private Instant extendAt = Instant.MIN;

    OpenSegments(EventLog eventLog, Appends appends, Clock clock, WaypostProperties properties) {
        this.eventLog = eventLog;
        this.clock = clock;
        this.steady = SteadyClock.of(clock);
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
    public void hand(List<LogSegment> taken, int reserved) {
        for (var segment : taken) {
            opened(segment.key());
            handed.add(segment);
        }
        room.release(reserved - taken.size());
    }

    /** The next one that the writer has handed over; it has a place, and is open. */
    @Nullable
    LogSegment handed() {
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

    void opened(LogSegment.Key segment) {
        open.put(segment, steady.now());
    }

    /**
     * Leaves what is in the segment beyond {@code last} to be claimed, by this node or another. Until it has been, nothing
     * that comes after it is taken straight from the writer.
     *
     * @throws IllegalStateException if another node has taken the segment over
     */
    public void cut(LogSegment segment, long last) {
        caughtUp = false;
        if (!eventLog.cut(segment, last)) {
            throw new IllegalStateException("Another node has taken over the events from " + segment.first() + " on");
        }
    }

    /** To be called once for each segment, when everything in it is accounted for, or when it is given up. */
    public void closed(LogSegment.Key segment) {
        if (open.remove(segment) != null) {
            room.release();
        }
    }

    /**
     * As {@link #closed}, for a segment of which nothing has been handed out, because of something that passes: as soon as it
     * has, the segment is there to be claimed again, by this node or another.
     */
    void givenUp(LogSegment.Key segment) {
        givenUp.add(segment);
        closed(segment);
    }

    /** Ends the leases of what was given up. */
    void release() {
        for (var some = List.copyOf(givenUp); !some.isEmpty(); some = List.copyOf(givenUp)) {
            eventLog.extend(some, Instant.EPOCH);
            givenUp.removeAll(some);
        }
    }

    /** Moves the ends of the leases ahead, if a third of their time is over. */
    @Scheduled(fixedDelayString = "${waypost.log.extend-every:1s}")
    synchronized void extendLeases() {
        var now = steady.now();
        if (!now.isBefore(extendAt)) {
            eventLog.extend(List.copyOf(open.keySet()), clock.instant().plus(lease));
            extendAt = now.plus(lease.dividedBy(3));
            tellOldOnes(now);
        }
    }

    /** What is slow leaves its segment within seconds. One that stays has lost something, and its lease is kept for it. */
    private void tellOldOnes(Instant now) {
        told.retainAll(open.keySet());
        open.forEach((segment, since) -> {
            if (now.isAfter(since.plus(LONG)) && told.add(segment)) {
                log.warn(
                        "The events from {} on have been worked on since {}; their lease is kept up",
                        segment.first(),
                        steady.date(since));
            }
        });
    }
}
