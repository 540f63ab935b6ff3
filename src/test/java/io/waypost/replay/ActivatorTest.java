package io.waypost.replay;

import static io.waypost.replay.Given.NOON;
import static io.waypost.replay.Given.event;
import static io.waypost.replay.Given.paused;
import static io.waypost.replay.Given.row;
import static io.waypost.replay.Given.subscription;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.delivery.MissedRange;
import io.waypost.delivery.log.Buffers.BufferSize;
import io.waypost.platform.SettableClock;
import io.waypost.platform.due.TestDue;
import io.waypost.replay.ReplayStore.LeftBehind;
import io.waypost.replay.ReplayStore.Mode;
import io.waypost.replay.ReplayStore.Replay;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.Definition;
import io.waypost.subscription.Subscription.SigningSecret;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.SubscriptionStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

class ActivatorTest {

    private final SettableClock clock = new SettableClock("2026-03-01T12:00:00Z");
    private final MemoryIndex index = new MemoryIndex();
    private final MemoryDeliveries deliveries = new MemoryDeliveries();
    private final MemoryReplays replays = new MemoryReplays();
    private final HeldBuffer buffer = new HeldBuffer();
    private final States states = new States();
    private final List<String> told = new ArrayList<>();
    private final TestDue due = new TestDue();
    private final Activator activator = new Activator(
            states,
            index,
            deliveries,
            replays,
            buffer,
            (s, kept) -> {
                assertThat(TransactionSynchronizationManager.isActualTransactionActive())
                        .isTrue();
                told.add(s.id() + " " + s.state().kind() + " " + (kept == null ? null : kept.count()));
            },
            new TransactionTemplate(new NoDatabase()),
            due,
            clock);

    private static Subscription deactivated(Subscription subscription) {
        return Given.in(subscription, new State(State.Kind.DEACTIVATED, NOON.minusSeconds(60), "failures", "timeout"));
    }

    private Subscription stored(Subscription subscription) {
        states.all.put(subscription.no(), subscription);
        return subscription;
    }

    @Test
    void whatIsActivatedWithItsEventsSendsThem() {
        var paused = stored(paused(subscription(7, "**")));
        buffer.ranges.put(7L, MissedRange.of(7, 1, 1, 9, 4, 0));

        var active = activator.activate(paused, true);

        assertThat(active.state()).isEqualTo(State.activated(NOON));
        assertThat(index.current(7)).contains(active);
        assertThat(deliveries.noted).containsExactly("health [7]");
        assertThat(replays.noted).containsExactly("decide 7 REPLAY");
        assertThat(buffer.completed).containsExactly(7L);
        assertThat(told).as("who paused it knows").isEmpty();
    }

    @Test
    void whatIsActivatedWithoutThemDiscardsThem() {
        var paused = stored(paused(subscription(7, "**")));

        activator.activate(paused, false);

        assertThat(deliveries.noted).containsExactly("health [7]", "discard 7");
        assertThat(replays.noted)
                .as("there was no group to let out")
                .containsExactly("decide 7 DISCARD", "begin 7 without range");
    }

    @Test
    void theOwnerOfOneTheGatewayHadSwitchedOffIsToldWhatWasKept() {
        var deactivated = stored(deactivated(subscription(7, "**")));
        buffer.ranges.put(7L, MissedRange.of(7, 1, 1, 9, 4, 0));

        activator.activate(deactivated, true);

        assertThat(told).containsExactly("sub_7 ACTIVE 4");
    }

    @Test
    void thatItsBufferCannotBeReadKeepsNobodyFromSwitchingItOn() {
        var deactivated = stored(deactivated(subscription(7, "**")));
        buffer.fails = true;

        assertThat(activator.activate(deactivated, true).active()).isTrue();

        assertThat(told).containsExactly("sub_7 ACTIVE null");
        assertThat(replays.noted).containsExactly("decide 7 REPLAY");
    }

    @Test
    void whatIsActiveAlreadyIsLeftAsItIs() {
        var seen = paused(subscription(7, "**"));
        var meanwhile = stored(Given.in(seen, State.activated(NOON.minusSeconds(5))));

        assertThat(activator.activate(seen, false)).isEqualTo(meanwhile);

        assertThat(deliveries.noted).isEmpty();
        assertThat(replays.noted).isEmpty();
        assertThat(buffer.completed).isEmpty();
        assertThat(index.current(7)).isEmpty();
    }

    @Test
    void ofOneThatIsGoneNothingIsChanged() {
        var gone = paused(subscription(7, "**"));

        assertThat(activator.activate(gone, true)).isEqualTo(gone);
        assertThat(activator.pause(gone)).isEqualTo(gone);
        assertThat(replays.noted).isEmpty();
    }

    @Test
    void anActivationThatMeetsAnotherTransactionIsMadeAgain() {
        var paused = stored(paused(subscription(7, "**")));
        states.collisions = 1;

        assertThat(activator.activate(paused, true).active()).isTrue();
        assertThat(replays.noted).startsWith("decide 7 REPLAY");
    }

    @Test
    void whatIsOnItsBackupGoesBackToItsOwnUrlAndHasNoBuffer() {
        var onBackup = stored(Given.in(subscription(7, "**"), State.onBackup(NOON.minusSeconds(60), "timeout")));

        var back = activator.activate(onBackup, true);

        assertThat(back.onBackup()).isFalse();
        assertThat(back.state()).isEqualTo(State.activated(NOON));
        assertThat(index.current(7)).contains(back);
        assertThat(replays.noted).isEmpty();

        states.all.clear();
        assertThat(activator.activate(onBackup, true)).as("is gone").isEqualTo(onBackup);
    }

    @Test
    void whatIsPausedIsSwitchedOffWithAReason() {
        var active = stored(subscription(7, "**"));
        deliveries.deactivated = Optional.of(paused(active));

        assertThat(activator.pause(active)).isEqualTo(paused(active));
        assertThat(index.current(7)).contains(paused(active));
        activator.pause(active, "moved");

        assertThat(deliveries.noted).containsExactly("deactivate 7 PAUSED requested", "deactivate 7 PAUSED moved");
    }

    @Test
    void whatIsOffAlreadyStaysAsItIs() {
        var off = stored(deactivated(subscription(7, "**")));

        assertThat(activator.pause(subscription(7, "**"))).isEqualTo(off);
        assertThat(index.current(7)).isEmpty();
    }

    @Test
    void aBufferIsItsGroupItsRowsAndWhatIsLeftOfReplays() {
        buffer.ranges.put(7L, MissedRange.of(7, 1, 1, 9, 4, 3));
        deliveries.buffered.add(row(event(1), 7, 1));
        replays.open.add(new Replay(1, 7, Mode.REPLAY, 1, 9, 2, 10, 1));
        replays.open.add(new Replay(2, 7, Mode.REPLAY, 10, 99, 0, 20, 1));

        assertThat(activator.bufferSize(paused(subscription(7, "**")))).isEqualTo(new BufferSize(35, 3));
        assertThat(activator.bufferSize(subscription(7, "**"))).isEqualTo(new BufferSize(31, 0));
        assertThat(activator.bufferSize(paused(subscription(8, "**")))).isEqualTo(new BufferSize(0, 0));
    }

    @Test
    void whatWasLeftBehindIsLetOutOrForgotten() {
        buffer.ranges.put(7L, MissedRange.of(7, 1, 1, 9, 4, 0));
        replays.leftBehind = List.of(new LeftBehind(7, false), new LeftBehind(8, true));
        replays.waiting = List.of(9L);
        deliveries.stranded = List.of(10L);

        activator.tidy();

        var overdue = NOON.minusSeconds(2);
        assertThat(deliveries.noted).containsExactly("strays " + overdue, "discard late 10");
        assertThat(buffer.completed).containsExactly(7L, 9L);
        assertThat(replays.noted)
                .containsExactly("forget 8", "waiting since " + overdue, "begin 9 without range", "send rows 10");
    }

    @Test
    void whatCannotBeLetOutNowKeepsNothingElseWaiting() {
        buffer.fails = true;
        replays.leftBehind = List.of(new LeftBehind(7, false), new LeftBehind(8, true));

        activator.tidy();

        assertThat(replays.noted).contains("forget 8");
    }

    @Test
    void whereNothingIsOverdueOrKeptNobodyIsAsked() {
        replays.leftBehind = List.of(new LeftBehind(8, true));
        due.found(TestDue.deliveries(NOON.minusSeconds(2)));
        activator.tidy();
        assertThat(deliveries.noted).isEmpty();
        assertThat(replays.noted).isEmpty();

        due.found(TestDue.deliveries(NOON.minusSeconds(2).minusNanos(1)));
        activator.tidy();
        assertThat(deliveries.noted).containsExactly("strays " + NOON.minusSeconds(2));
        assertThat(replays.noted).isEmpty();

        due.found(TestDue.KEPT);
        activator.tidy();
        assertThat(deliveries.noted).hasSize(1);
        assertThat(replays.noted).contains("forget 8");
    }

    @Test
    void beforeTheRoutesHaveStartedNothingIsTidied() {
        buffer.ready = false;
        replays.leftBehind = List.of(new LeftBehind(8, true));

        activator.tidy();

        assertThat(deliveries.noted).isEmpty();
        assertThat(replays.noted).isEmpty();
    }

    /** Subscriptions and their states. */
    private static final class States implements SubscriptionStore {

        private final Map<Long, Subscription> all = new HashMap<>();
        private int collisions;

        @Override
        public Optional<Subscription> changeState(long no, State.Kind expected, State to, Instant now) {
            if (collisions-- > 0) {
                throw new CannotAcquireLockException("another was first");
            }
            var changed = find(no).filter(s -> s.state().kind() == expected).map(s -> Given.in(s, to));
            changed.ifPresent(s -> all.put(no, s));
            return changed;
        }

        @Override
        public Optional<Subscription> find(long no) {
            return Optional.ofNullable(all.get(no));
        }

        @Override
        public Optional<Subscription> find(String id) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Subscription create(String id, Definition definition, List<SigningSecret> secrets, Instant now) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Made createUnless(
                Predicate<Subscription> rival,
                String id,
                Definition definition,
                List<SigningSecret> secrets,
                Instant now) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<Subscription> update(
                Subscription seen, Definition definition, List<SigningSecret> secrets, Instant now) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean delete(String id, Instant now) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<Subscription> list(Query query) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<Change> changesAfter(long revision, int most) {
            throw new UnsupportedOperationException();
        }
    }

    /** Transactions of nothing. */
    private static final class NoDatabase extends AbstractPlatformTransactionManager {

        @Override
        protected Object doGetTransaction() {
            return this;
        }

        @Override
        protected void doBegin(Object transaction, TransactionDefinition definition) {}

        @Override
        protected void doCommit(DefaultTransactionStatus status) {}

        @Override
        protected void doRollback(DefaultTransactionStatus status) {}
    }
}
