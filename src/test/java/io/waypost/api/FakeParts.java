package io.waypost.api;

import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.Failure;
import io.waypost.delivery.circuit.CircuitState;
import io.waypost.delivery.log.Delivery;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryQuery;
import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.event.Receipt;
import io.waypost.intake.Intake;
import io.waypost.platform.Json;
import io.waypost.platform.Part;
import io.waypost.replay.Activation;
import io.waypost.replay.Deliveries;
import io.waypost.replay.Replays;
import io.waypost.replay.TestSend;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.Buffer;
import io.waypost.subscription.Subscription.Deactivation;
import io.waypost.subscription.Subscription.Definition;
import io.waypost.subscription.Subscription.Retry;
import io.waypost.subscription.Subscription.SigningSecret;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.Subscriptions;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** The parts behind the API, in memory: enough to be asked, nothing that decides. */
public final class FakeParts {

    public static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

    public final List<Event> events = new CopyOnWriteArrayList<>();
    public final List<Subscription> all = new CopyOnWriteArrayList<>();
    public final List<Delivery> made = new CopyOnWriteArrayList<>();
    /** Of each event that was published, also of those that were not stored then. */
    public final List<String> repeatKeys = new CopyOnWriteArrayList<>();

    public final List<String> asked = new CopyOnWriteArrayList<>();
    public final Map<Long, CircuitState> circuits = new ConcurrentHashMap<>();
    public final Set<String> tenants = ConcurrentHashMap.newKeySet();

    /** Run by the intake before it stores; may throw. */
    public volatile Runnable onPublish = () -> {};

    public volatile Runnable onList = () -> {};

    final FakeStores stores = new FakeStores(tenants);

    void clear() {
        events.clear();
        all.clear();
        made.clear();
        circuits.clear();
        repeatKeys.clear();
        asked.clear();
        stores.clear();
        tenants.add("default");
        onPublish = () -> {};
        onList = () -> {};
    }

    public Event add(String tenant, String type, String data) {
        var seq = events.size() + 1L;
        var event =
                new Event(seq, NOON.plusSeconds(seq), tenant, type, "/", null, null, NOON, false, null, data, false);
        events.add(event);
        return event;
    }

    public Subscription subscribe(String tenant, State state, String secret) {
        var no = all.size() + 1L;
        var definition = new Definition(
                tenant,
                "crm",
                null,
                List.of("message.opened"),
                null,
                null,
                "webhook",
                Json.object().put("url", "https://example.com/hook"),
                null,
                null,
                null,
                10,
                null,
                false,
                new Retry(null, null),
                Deactivation.DEFAULT,
                Buffer.DEFAULT);
        var subscription = new Subscription(
                no, "sub_" + no, no, definition, state, List.of(new SigningSecret(secret, null)), NOON, NOON);
        all.add(subscription);
        return subscription;
    }

    public Delivery deliver(Event event, Subscription to, Delivery.Status status) {
        var key = new DeliveryKey(event.receivedAt(), event.seq(), to.no());
        var delivery = new Delivery(key, event.id(), event.type(), to.id(), to.tenant(), status, 1, null, NOON, false);
        made.add(delivery);
        return delivery;
    }

    Intake intake() {
        return published -> {
            published.forEach(e -> repeatKeys.add(e.repeatKey()));
            onPublish.run();
            return published.stream()
                    .map(e -> {
                        var event = Event.of(e, events.size() + 1L, NOON);
                        events.add(event);
                        return new Receipt(event.id(), false);
                    })
                    .toList();
        };
    }

    /** Only the two methods that the API calls. */
    EventLog log() {
        return (EventLog) Proxy.newProxyInstance(
                EventLog.class.getClassLoader(), new Class<?>[] {EventLog.class}, (_, method, args) -> {
                    try {
                        return FakeParts.class
                                .getDeclaredMethod(method.getName(), method.getParameterTypes())
                                .invoke(this, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    Optional<Event> find(long seq) {
        return events.stream().filter(e -> e.seq() == seq).findFirst();
    }

    Part<Event, Long> list(EventLog.Query query) {
        onList.run();
        var found = events.stream()
                .filter(e -> query.tenant() == null || query.tenant().equals(e.tenant()))
                .filter(e -> query.type() == null || query.type().equals(e.type()))
                .filter(e -> e.seq() < query.before())
                .sorted(Comparator.comparing(Event::seq).reversed())
                .limit(query.limit())
                .toList();
        return new Part<>(
                found, found.size() < query.limit() ? null : found.getLast().seq());
    }

    Subscriptions subscriptions() {
        return new FakeSubscriptions(this);
    }

    Activation activation() {
        return new Activation() {
            @Override
            public Subscription activate(Subscription subscription, boolean replayEvents) {
                asked.add("activate %s %s".formatted(subscription.id(), replayEvents));
                return subscription;
            }

            @Override
            public Subscription pause(Subscription subscription, String reason) {
                asked.add("pause " + subscription.id());
                return subscription;
            }

            @Override
            public BufferSize bufferSize(Subscription subscription) {
                return subscription.active() ? new BufferSize(0, 0) : new BufferSize(7, 2);
            }
        };
    }

    Deliveries deliveries() {
        return new Deliveries() {
            @Override
            public Part<Delivery, DeliveryKey> list(DeliveryQuery query) {
                var found = made.stream()
                        .filter(d -> query.tenant() == null || query.tenant().equals(d.tenant()))
                        .filter(d ->
                                query.seq() == null || query.seq() == d.key().seq())
                        .filter(d -> query.subscription() == null
                                || query.subscription() == d.key().subscription())
                        .filter(d -> query.status() == null || query.status() == d.status())
                        .filter(d -> query.before() == null || d.key().compareTo(query.before()) < 0)
                        .sorted(Comparator.comparing(Delivery::key).reversed())
                        .limit(query.limit())
                        .toList();
                return new Part<>(
                        found,
                        found.size() < query.limit() ? null : found.getLast().key());
            }

            @Override
            public Optional<Delivery.WithAttempts> find(DeliveryKey key) {
                return made.stream()
                        .filter(d -> d.key().equals(key))
                        .findFirst()
                        .map(d -> new Delivery.WithAttempts(d, List.of(attempt(key))));
            }

            @Override
            public void retry(DeliveryKey key) {
                asked.add("retry " + key.id());
            }
        };
    }

    private static Delivery.Attempt attempt(DeliveryKey key) {
        return new Delivery.Attempt(key, 1, NOON, 12, 500, Failure.HTTP_STATUS, "answered 500", "oops");
    }

    Replays replays() {
        return new Replays() {
            @Override
            public int replay(Event event, List<Subscription> to) {
                asked.add("replay %s to %s"
                        .formatted(
                                event.seq(),
                                to == null
                                        ? "all"
                                        : to.stream().map(Subscription::id).toList()));
                return 1;
            }

            @Override
            public Count replay(
                    Subscription subscription,
                    Instant since,
                    Instant until,
                    Set<String> types,
                    boolean onlyFailed,
                    boolean dryRun) {
                asked.add("replay %s %s %s %s %s".formatted(since, until, types, onlyFailed, dryRun));
                return new Count(3, null);
            }
        };
    }

    TestSend testSend() {
        return (subscription, type) -> {
            asked.add("test %s %s".formatted(subscription.id(), type));
            return attempt(new DeliveryKey(NOON, 1, subscription.no()));
        };
    }

    ConnectorCatalog catalog() {
        return new FakeCatalog();
    }
}
