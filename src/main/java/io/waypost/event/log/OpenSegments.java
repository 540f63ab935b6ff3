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

/** The segments this node is working on. Bounds how much of the log is in memory at once, and extends the leases. */
@Component
public class OpenSegments implements Appends.Taker {

    private static final Logger log = LoggerFactory.getLogger(OpenSegments.class);

    /** A segment that is open for longer is logged. */
    private static final Duration LONG = Duration.ofMinutes(5);

    private static final long MIB = 1024 * 1024;

    /** A segment has at most 4 MiB of events. */
    private static final int LARGEST = 4;

    /** What the events of all of them take at most, in MiB: 64, or a sixteenth of the heap if that is less. */
    private static final int MOST = (int) Math.max(2 * LARGEST, Memory.share(64 * MIB, 16) / MIB);

    /** Where nodes share a database: what is beyond that is left in the log, where the others find it. */
    private static final int MOST_HANDED_OVER = 8;

    private final EventLog eventLog;
    private final Clock clock;
    private final SteadyClock steady;
    private final Duration lease;
    /** In MiB. Each segment takes one at least, before it is known how large it is {@link #LARGEST}. */
    private final Semaphore room = new Semaphore(MOST);

    private final Map<LogSegment.Key, Open> open = new ConcurrentHashMap<>();

    private final Set<LogSegment.Key> logged = new HashSet<>();
    private final Queue<LogSegment> handedOver = new ConcurrentLinkedQueue<>();
    private final Set<LogSegment.Key> givenUp = ConcurrentHashMap.newKeySet();
    private final int mostHandedOver;
    private volatile boolean caughtUp;
    private Instant extendAt = Instant.MIN;

    /**
     * A segment this node works on.
     *
     * @param since by the steady clock
     * @param size the room it takes
     */
    private record Open(Instant since, int size) {}

    OpenSegments(EventLog eventLog, Appends appends, Clock clock, WaypostProperties properties) {
        this.eventLog = eventLog;
        this.clock = clock;
        this.steady = SteadyClock.of(clock);
        this.lease = properties.log().lease();
        this.mostHandedOver = properties.db().shared() ? MOST_HANDED_OVER : Integer.MAX_VALUE;
        appends.setTaker(this);
    }

    @Override
    public int reserve(int most) {
        var places = 0;
        while (caughtUp && handedOver.size() + places < mostHandedOver && places < most && room.tryAcquire(LARGEST)) {
            places++;
        }
        return places;
    }

    @Override
    public void handOver(List<LogSegment> segments, int reserved) {
        for (var segment : segments) {
            opened(segment);
            handedOver.add(segment);
        }
        room.release((reserved - segments.size()) * LARGEST);
    }

    /** The next segment the writer has handedOver over, which is open already; null if there is none. */
    @Nullable
    LogSegment pollHandedOver() {
        return handedOver.poll();
    }

    /**
     * @param all whether everything in the log has been claimed, so that new events may be taken straight from the writer
     */
    void caughtUp(boolean all) {
        caughtUp = all;
    }

    /** False also after a segment of this node was cut or given up, until it has been claimed. */
    boolean isCaughtUp() {
        return caughtUp;
    }

    /**
     * Takes the room for one more open segment.
     *
     * @return false if there is none after {@code most}
     */
    boolean awaitRoom(Duration most) throws InterruptedException {
        return room.tryAcquire(LARGEST, most.toMillis(), TimeUnit.MILLISECONDS);
    }

    void giveBackRoom() {
        room.release(LARGEST);
    }

    /** Gives back what it does not need of the room that was taken for it. */
    void opened(LogSegment segment) {
        var bytes = segment.events().stream()
                .mapToLong(event -> event.data().length())
                .sum();
        var size = (int) Math.clamp((bytes + MIB - 1) / MIB, 1, LARGEST);
        open.put(segment.key(), new Open(steady.now(), size));
        room.release(LARGEST - size);
    }

    /**
     * Cuts the segment: the events beyond {@code last} can be claimed by any node. Until they have been, later events are
     * not taken straight from the writer.
     *
     * @throws IllegalStateException if another node has taken the segment over
     */
    public void cut(LogSegment segment, long last) {
        caughtUp = false;
        if (!eventLog.cut(segment, last)) {
            throw new IllegalStateException("Another node has taken over the events from " + segment.first() + " on");
        }
    }

    /** To be called once for each segment: when each of its deliveries has ended or has a row, or when it is given up. */
    public void closed(LogSegment.Key segment) {
        var closed = open.remove(segment);
        if (closed != null) {
            room.release(closed.size);
        }
    }

    /**
     * As {@link #closed}, for a segment that was not processed because of a transient fault: its lease is ended as soon as
     * the database answers, so that any node can claim it again.
     */
    void givenUp(LogSegment.Key segment) {
        givenUp.add(segment);
        caughtUp = false;
        closed(segment);
    }

    /** Ends the leases of the segments that were given up. */
    void release() {
        for (var some = List.copyOf(givenUp); !some.isEmpty(); some = List.copyOf(givenUp)) {
            eventLog.extend(some, Instant.EPOCH);
            givenUp.removeAll(some);
        }
    }

    /** Extends the leases when a third of their time is over. */
    @Scheduled(fixedDelayString = "${waypost.log.extend-every:1s}")
    synchronized void extendLeases() {
        var now = steady.now();
        if (!now.isBefore(extendAt)) {
            eventLog.extend(List.copyOf(open.keySet()), clock.instant().plus(lease));
            extendAt = now.plus(lease.dividedBy(3));
            logOldOnes(now);
        }
    }

    /**
     * Slow deliveries become rows within seconds, so a segment that stays open hints at a fault. Its lease is extended all
     * the same, so that no delivery is lost or made twice.
     */
    private void logOldOnes(Instant now) {
        logged.retainAll(open.keySet());
        open.forEach((segment, opened) -> {
            if (now.isAfter(opened.since.plus(LONG)) && logged.add(segment)) {
                log.warn(
                        "The events from {} on have been worked on since {}; their lease is kept up",
                        segment.first(),
                        steady.date(opened.since));
            }
        });
    }
}
