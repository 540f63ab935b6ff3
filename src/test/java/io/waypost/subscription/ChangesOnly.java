package io.waypost.subscription;

import io.waypost.subscription.Subscription.Definition;
import io.waypost.subscription.Subscription.SigningSecret;
import io.waypost.subscription.Subscription.State;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** A store that has nothing but changes to tell. */
record ChangesOnly(List<SubscriptionStore.Change> changes) implements SubscriptionStore {

    @Override
    public List<Change> changesAfter(long revision, int most) {
        return changes.stream().filter(c -> c.revision() > revision).limit(most).toList();
    }

    @Override
    public Subscription create(String id, Definition definition, List<SigningSecret> secrets, Instant now) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Made createUnless(
            Predicate<Subscription> rival, String id, Definition definition, List<SigningSecret> secrets, Instant now) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<Subscription> find(String id) {
        return Optional.empty();
    }

    @Override
    public Optional<Subscription> find(long no) {
        return Optional.empty();
    }

    @Override
    public Optional<Subscription> update(
            Subscription seen, Definition definition, List<SigningSecret> secrets, Instant now) {
        return Optional.empty();
    }

    @Override
    public Optional<Subscription> changeState(long no, State.Kind expected, State to, Instant now) {
        return Optional.empty();
    }

    @Override
    public boolean delete(String id, Instant now) {
        return false;
    }

    @Override
    public List<Subscription> list(Query query) {
        return List.of();
    }
}
