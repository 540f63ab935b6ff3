package io.waypost.subscription;

import io.waypost.subscription.Subscription.SigningSecret;
import io.waypost.subscription.Subscription.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Subscriptions in memory; a test can come between a look and an update. */
final class MemorySubscriptionStore implements SubscriptionStore {

    final List<Subscription> rows = new ArrayList<>();
    private long revision;
    Runnable beforeUpdate = () -> {};

    @Override
    public Subscription create(
            String id, Subscription.Definition definition, List<SigningSecret> secrets, Instant now) {
        var row = new Subscription(rows.size() + 1, id, ++revision, definition, State.ACTIVE, secrets, now, now);
        rows.add(row);
        return row;
    }

    @Override
    public Made createUnless(
            Predicate<Subscription> rival,
            String id,
            Subscription.Definition definition,
            List<SigningSecret> secrets,
            Instant now) {
        return rows.stream()
                .filter(rival)
                .findFirst()
                .map(there -> new Made(there, false))
                .orElseGet(() -> new Made(create(id, definition, secrets, now), true));
    }

    @Override
    public Optional<Subscription> find(String id) {
        return rows.stream().filter(s -> s.id().equals(id)).findFirst();
    }

    @Override
    public Optional<Subscription> find(long no) {
        return rows.stream().filter(s -> s.no() == no).findFirst();
    }

    @Override
    public Optional<Subscription> update(
            Subscription seen, Subscription.Definition definition, List<SigningSecret> secrets, Instant now) {
        beforeUpdate.run();
        beforeUpdate = () -> {};
        return find(seen.no())
                .filter(s -> s.revision() == seen.revision())
                .map(s -> replaced(new Subscription(
                        s.no(), s.id(), ++revision, definition, s.state(), secrets, s.createdAt(), now)));
    }

    @Override
    public Optional<Subscription> changeState(long no, State.Kind expected, State to, Instant now) {
        return find(no).map(s -> replaced(Examples.inState(s, ++revision, to)));
    }

    private Subscription replaced(Subscription by) {
        rows.replaceAll(s -> s.no() == by.no() ? by : s);
        return by;
    }

    @Override
    public boolean delete(String id, Instant now) {
        return rows.removeIf(s -> s.id().equals(id));
    }

    @Override
    public List<Subscription> list(Query query) {
        return rows;
    }

    @Override
    public List<Change> changesAfter(long revision, int most) {
        return List.of();
    }
}
