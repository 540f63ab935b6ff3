package io.waypost.replay;

import io.waypost.event.Event;
import io.waypost.event.EventHead;
import io.waypost.event.EventLog;
import io.waypost.event.LogSegment;
import io.waypost.event.NewEvent;
import io.waypost.event.Receipt;
import io.waypost.platform.Part;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A log in memory, of which everything has been fanned out. */
final class MemoryEvents implements EventLog {

    private final TreeMap<Long, Event> events = new TreeMap<>();

    /** How often a part of it was read. */
    int reads;

    /** Run at each part that is read. */
    Runnable whenRead = () -> {};

    Backlog backlog = new Backlog(0, null);

    MemoryEvents(Event... stored) {
        add(stored);
    }

    void add(Event... more) {
        for (var event : more) {
            events.put(event.seq(), event);
        }
    }

    List<Long> seqs() {
        return List.copyOf(events.keySet());
    }

    @Override
    public Appending append(
            List<List<NewEvent>> batches, Instant now, Leases leases, Consumer<List<List<Receipt>>> ready) {
        var receipts = new ArrayList<List<Receipt>>();
        for (var batch : batches) {
            var its = new ArrayList<Receipt>();
            for (var event : batch) {
                var stored = Event.of(event, last() + 1, now);
                add(stored);
                its.add(new Receipt(stored.id(), false));
            }
            receipts.add(its);
        }
        return new Appending(receipts, List.of());
    }

    @Override
    public List<Event> read(String tenant, long first, long last, int most) {
        looked();
        return within(first, last)
                .filter(event -> event.tenant().equals(tenant))
                .limit(most)
                .toList();
    }

    @Override
    public List<Event> read(long first, long last, int most) {
        looked();
        return within(first, last).limit(most).toList();
    }

    private void looked() {
        reads++;
        whenRead.run();
    }

    private Stream<Event> within(long first, long last) {
        return first > last ? Stream.of() : events.subMap(first, true, last, true).values().stream();
    }

    @Override
    public Optional<Event> find(long seq) {
        return Optional.ofNullable(events.get(seq));
    }

    @Override
    public long last() {
        return events.isEmpty() ? 0 : events.lastKey();
    }

    @Override
    public long firstSince(Instant at) {
        return events.values().stream()
                .filter(event -> !event.receivedAt().isBefore(at))
                .mapToLong(Event::seq)
                .findFirst()
                .orElse(last() + 1);
    }

    /** By tenant and place, as many as the limit says. */
    @Override
    public Part<Event, Long> list(Query query) {
        looked();
        var found = events.headMap(query.before(), false).descendingMap().values().stream()
                .filter(event -> query.tenant() == null || query.tenant().equals(event.tenant()))
                .filter(event -> query.since() == null || !event.receivedAt().isBefore(query.since()))
                .filter(event -> query.until() == null || event.receivedAt().isBefore(query.until()))
                .limit(query.limit())
                .toList();
        return new Part<>(
                found,
                found.size() < query.limit() ? null : (Long) found.getLast().seq());
    }

    @Override
    public Backlog backlog() {
        looked();
        return backlog;
    }

    @Override
    public Purged purge(long from, long before, int most, Predicate<Place> needed) {
        looked();
        var next = Math.min(from + most, before);
        var unneeded = within(from, next - 1)
                .filter(event -> !needed.test(new Place(event.seq(), event.tenant(), event.type())))
                .map(Event::seq)
                .toList();
        unneeded.forEach(events::remove);
        return new Purged(unneeded.size(), next);
    }

    @Override
    public Map<Long, EventHead> heads(Collection<Long> seqs) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Map<Long, EventHead> heads(long first, long last) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<LogSegment> claim(Instant now, Duration lease, int most) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean cut(LogSegment segment, long last) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void finish(List<LogSegment.Key> segments) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void extend(List<LogSegment.Key> segments, Instant until) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long settled() {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<Event> readAll(List<Long> seqs) {
        throw new UnsupportedOperationException();
    }
}
