package io.waypost.replay;

import io.waypost.delivery.MissedRange;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/** Replays in memory. What is claimed is there to be claimed again, as if its claim had ended at once. */
final class MemoryReplays implements ReplayStore {

    /** A step of a replay that was written down. */
    record Saved(long next, long remaining, Instant leaseEnd) {}

    final List<Replay> open = new CopyOnWriteArrayList<>();
    final List<Saved> saved = new CopyOnWriteArrayList<>();

    /** What else was done, in order. */
    final List<String> noted = new CopyOnWriteArrayList<>();

    List<Need> needs = new ArrayList<>();
    List<LeftBehind> leftBehind = new ArrayList<>();
    List<Long> waiting = new ArrayList<>();
    Map<Long, Long> largest = new LinkedHashMap<>();
    volatile boolean takenOver;
    volatile boolean fails;

    @Override
    public List<Replay> claim(Instant now, Duration lease, Predicate<Replay> wanted) {
        return open.stream().filter(wanted).toList();
    }

    @Override
    public boolean progress(Replay replay, long next, long remaining, long made, Instant leaseEnd) {
        saved.add(new Saved(next, remaining - made, leaseEnd));
        return !takenOver;
    }

    @Override
    public void delete(Replay replay) {
        open.removeIf(r -> r.id() == replay.id());
        noted.add("delete " + replay.id());
    }

    @Override
    public List<Replay> sending(long subscription) {
        return open.stream()
                .filter(r -> r.subscription() == subscription && r.mode() == Mode.REPLAY)
                .toList();
    }

    @Override
    public void decide(long subscription, Mode mode, Instant now) {
        noted.add("decide %d %s".formatted(subscription, mode));
    }

    @Override
    public boolean letOut(MissedRange range, long version, Instant now) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void beginWithoutRange(long subscription, Instant now) {
        if (fails) {
            throw new IllegalStateException("the database is away");
        }
        noted.add("begin %d without range".formatted(subscription));
    }

    @Override
    public void sendRows(long subscription, Instant now) {
        noted.add("send rows " + subscription);
    }

    @Override
    public List<Long> waiting(Instant olderThan) {
        noted.add("waiting since " + olderThan);
        return waiting;
    }

    @Override
    public void forget(long subscription) {
        noted.add("forget " + subscription);
    }

    @Override
    public List<Need> needs(long before) {
        return needs;
    }

    @Override
    public Map<Long, Long> largest(int most) {
        noted.add("largest " + most);
        return largest;
    }

    @Override
    public List<LeftBehind> leftBehind() {
        return leftBehind;
    }
}
