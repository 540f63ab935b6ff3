package io.waypost.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryLog.Failing;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.delivery.log.DeliveryUpdate.Effect;
import io.waypost.delivery.log.DueSignal;
import io.waypost.delivery.log.TestUpdates;
import io.waypost.event.EventLog;
import io.waypost.event.log.OpenSegments;
import io.waypost.platform.Json;
import io.waypost.platform.SettableClock;
import io.waypost.platform.TestProperties;
import io.waypost.platform.storage.StorageWatch;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.Buffer;
import io.waypost.subscription.Subscription.Deactivation;
import io.waypost.subscription.Subscription.Definition;
import io.waypost.subscription.Subscription.Retry;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.SubscriptionIndex;
import io.waypost.subscription.SubscriptionStore;
import io.waypost.testing.Delays;
import io.waypost.testing.Gateway;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;

class HealthJudgeTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final long NO = 7;

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private Optional<Subscription> known = Optional.of(subscription());
    private Runnable whileSettling = () -> {};

    private final DeliveryLog deliveries = fake(DeliveryLog.class, method -> {
        asked.add(method);
        if (method.equals("settle")) {
            whileSettling.run();
        }
        return method.equals("failing") ? new Failing(Set.of(NO), 1) : method.equals("health") ? Map.of() : null;
    });
    private final SubscriptionIndex index =
            fake(SubscriptionIndex.class, method -> method.equals("current") ? known : null);
    private final HealthJudge health = new HealthJudge(deliveries, fake(SubscriptionStore.class, _ -> null), index);

    private Recorder recorder() {
        var clock = new SettableClock("2026-03-01T12:00:00Z");
        var events = fake(EventLog.class, _ -> null);
        var open = Gateway.shared().bean(OpenSegments.class);
        var transaction = new TransactionTemplate(new NoTransactions());
        return new Recorder(
                deliveries,
                events,
                open,
                index,
                health,
                transaction,
                new DueSignal(),
                new StorageWatch(null, clock),
                clock,
                TestProperties.of(Map.of()));
    }

    private static <T> T fake(Class<T> port, Function<String, Object> answers) {
        return port.cast(Proxy.newProxyInstance(
                port.getClassLoader(), new Class<?>[] {port}, (_, method, _) -> answers.apply(method.getName())));
    }

    private static Subscription subscription() {
        var definition = new Definition(
                "acme",
                null,
                null,
                List.of("**"),
                null,
                null,
                "webhook",
                Json.object(),
                null,
                null,
                null,
                10,
                null,
                false,
                new Retry(null, null),
                Deactivation.DEFAULT,
                Buffer.DEFAULT);
        return new Subscription(NO, "sub_7", 1, definition, State.activated(NOON), List.of(), NOON, NOON);
    }

    private static DeliveryUpdate success() {
        return settled(Effect.SUCCESS, null);
    }

    private static DeliveryUpdate settled(Effect effect, Instant stateSince) {
        var key = new DeliveryKey(NOON, 1, NO);
        return TestUpdates.update(
                key,
                "acme",
                false,
                1,
                Status.SUCCEEDED,
                1,
                1,
                null,
                null,
                NOON,
                null,
                false,
                null,
                effect,
                List.of(),
                stateSince);
    }

    @Test
    void whoFailedAndIsGoneIsForgotten() {
        health.follow();
        assertThat(health.isConcernedWith(List.of(success()))).isTrue();

        known = Optional.empty();
        health.forget();

        assertThat(health.isConcernedWith(List.of(success()))).isFalse();
    }

    /** As when several are refused at once: the first lets the backup take over, the others had gone to the old URL too. */
    @Test
    void whatWasSentInAnEarlierStateDoesNotCountHoweverLateItsAnswerIsJudged() {
        assertThat(health.isConcernedWith(List.of(settled(Effect.GONE, null)))).isFalse();
        assertThat(health.isConcernedWith(List.of(settled(Effect.GONE, NOON.minusMillis(1)))))
                .isFalse();
        assertThat(health.isConcernedWith(List.of(settled(Effect.GONE, NOON)))).isTrue();

        // Not either if it is written together with one that counts.
        asked.clear();
        health.judge(List.of(settled(Effect.FAILURE, NOON), settled(Effect.GONE, null)), NOON);

        assertThat(asked).contains("saveHealth").doesNotContain("deactivate");
    }

    /** The lock comes before all rows; taken after them, or not at all, two nodes would wait for each other or lose a count. */
    @Test
    void whatBecomesAConcernWhileOutcomesAreWrittenIsNotJudgedWithoutTheLock() {
        whileSettling = health::follow;
        var recorder = recorder();
        recorder.start();
        try {
            recorder.recordAndTell(success()).orTimeout(5, TimeUnit.SECONDS).join();
            assertThat(asked).contains("settle", "failing").doesNotContain("lockHealth", "saveHealth");

            recorder.recordAndTell(success()).orTimeout(5, TimeUnit.SECONDS).join();
            await().atMost(Delays.PAUSE).until(() -> asked.containsAll(List.of("lockHealth", "saveHealth")));
        } finally {
            recorder.stop();
        }
    }

    @Test
    void whoWaitsForWhatIsNeverWrittenIsToldAtTheEnd() throws Exception {
        whileSettling = () -> {
            throw new DataAccessResourceFailureException("away");
        };
        var recorder = recorder();
        recorder.start();
        var handedIn = recorder.recordAndTell(success());
        await().atMost(Delays.PAUSE).until(() -> asked.contains("settle"));

        recorder.stop();

        assertThat(handedIn.orTimeout(20, TimeUnit.SECONDS)).isCancelled();
        assertThat(recorder.recordAndTell(success()).orTimeout(20, TimeUnit.SECONDS))
                .isCancelled();
    }

    /** As if there were any. */
    private static final class NoTransactions extends AbstractPlatformTransactionManager {

        private static final long serialVersionUID = 1;

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
