package io.waypost.replay;

import io.waypost.delivery.log.Delivery;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryQuery;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.delivery.log.Health;
import io.waypost.platform.Part;
import io.waypost.subscription.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongFunction;
import java.util.function.LongToIntFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Rows in memory, those that a test puts here and what is settled. What changes many at once is only noted down. */
final class MemoryDeliveries implements DeliveryLog {

    /** Rows in buffers. */
    final List<Claimed> buffered = new CopyOnWriteArrayList<>();

    /** All updates, in order. */
    final List<DeliveryUpdate> settled = new CopyOnWriteArrayList<>();

    /** What changed many rows, or the health, in order. */
    final List<String> noted = new CopyOnWriteArrayList<>();

    /** Events that every subscription has had. */
    final Set<Long> had = new HashSet<>();

    /** Events that a replay has sent to every subscription before. */
    final Set<Long> replayed = new HashSet<>();

    final Map<Long, Status> latest = new HashMap<>();

    /** Rows that lists show, newest first, and the end of what they show. */
    List<Delivery> rows = new ArrayList<>();

    @Nullable
    DeliveryKey reached;

    List<DeliveryKey> old = new ArrayList<>();
    List<Long> stranded = List.of();
    Optional<Subscription> deactivated = Optional.empty();
    Optional<Claimed> claimable = Optional.empty();
    boolean canBeMadeDue = true;
    Backlog backlog = new Backlog(0, null);
    Runnable whenBacklogIsRead = () -> {};

    List<String> statuses() {
        return settled.stream().map(u -> u.key().seq() + " " + u.status()).toList();
    }

    @Override
    public void settle(List<DeliveryUpdate> updates) {
        for (var update : updates) {
            settled.add(update);
            buffered.removeIf(row -> row.key().equals(update.key()));
        }
    }

    @Override
    public List<Claimed> buffered(long subscription, long fromSeq, int most) {
        return buffered.stream()
                .filter(row ->
                        row.key().subscription() == subscription && row.key().seq() >= fromSeq)
                .sorted(Comparator.comparingLong(row -> row.key().seq()))
                .limit(most)
                .toList();
    }

    @Override
    public long countBuffered(long subscription) {
        return buffered.stream()
                .filter(row -> row.key().subscription() == subscription)
                .count();
    }

    @Override
    public Map<Long, Boolean> had(long subscription, long first, long last) {
        var all = new HashSet<>(had);
        all.addAll(replayed);
        settled.stream()
                .map(DeliveryUpdate::key)
                .filter(key -> key.subscription() == subscription)
                .map(DeliveryKey::seq)
                .forEach(all::add);
        buffered.forEach(row -> all.add(row.key().seq()));
        return all.stream()
                .filter(seq -> first <= seq && seq <= last)
                .collect(Collectors.toMap(seq -> seq, replayed::contains));
    }

    @Override
    public Map<Long, Status> latest(long subscription, long first, long last) {
        return latest.entrySet().stream()
                .filter(e -> first <= e.getKey() && e.getKey() <= last)
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    @Override
    public Optional<Delivery.WithAttempts> find(DeliveryKey key) {
        return rows.stream()
                .filter(row -> row.key().equals(key))
                .map(row -> new Delivery.WithAttempts(row, List.of()))
                .findFirst();
    }

    @Override
    public Part<Delivery, DeliveryKey> list(DeliveryQuery query) {
        return new Part<>(rows, reached);
    }

    @Override
    public boolean makeDue(DeliveryKey key, Instant now) {
        noted.add("due %d at %s".formatted(key.seq(), now));
        return canBeMadeDue;
    }

    @Override
    public Optional<Claimed> claim(DeliveryKey key, Instant now, Duration lease) {
        noted.add("claim %d for %s".formatted(key.seq(), lease));
        return claimable;
    }

    @Override
    public void saveHealth(Map<Long, Health> health) {
        noted.add("health " + health.keySet());
    }

    @Override
    public Optional<Subscription> deactivate(long subscription, Subscription.State state, Instant now) {
        noted.add("deactivate %d %s %s".formatted(subscription, state.kind(), state.reason()));
        return deactivated;
    }

    @Override
    public int bufferStrays(Instant dueBefore) {
        noted.add("strays " + dueBefore);
        return 0;
    }

    @Override
    public int discardBuffered(long subscription, Instant now) {
        noted.add("discard " + subscription);
        return 0;
    }

    @Override
    public int discardLate(long subscription, Instant now) {
        noted.add("discard late " + subscription);
        return 0;
    }

    @Override
    public List<Long> stranded() {
        return stranded;
    }

    /** All of those that are old may go, 500 at a time. */
    @Override
    public Purged purge(Instant olderThan, Instant from) {
        noted.add("purge from " + from);
        var step = old.stream().limit(500).toList();
        old = old.subList(step.size(), old.size());
        return new Purged(step.size(), old.isEmpty() ? null : old.getFirst().createdAt());
    }

    @Override
    public Backlog backlog() {
        whenBacklogIsRead.run();
        return backlog;
    }

    @Override
    public List<Claimed> claimDue(
            Instant now, LongFunction<Duration> lease, LongToIntFunction room, long settledTo, int most) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Map<Long, Set<Long>> fannedOut(long first, long last) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Map<Long, Health> health(Collection<Long> subscriptions) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void lockHealth() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Failing failing(long after) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<Subscription> toBackup(long subscription, Subscription.State dead, Instant now) {
        throw new UnsupportedOperationException();
    }
}
