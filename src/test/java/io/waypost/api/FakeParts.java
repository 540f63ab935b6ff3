package io.waypost.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Connector;
import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.ConnectorDescription;
import io.waypost.connector.Failure;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.delivery.circuit.CircuitState;
import io.waypost.delivery.log.Delivery;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryQuery;
import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.event.EventType;
import io.waypost.event.EventTypeStore;
import io.waypost.event.Receipt;
import io.waypost.intake.Intake;
import io.waypost.platform.Fields;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.platform.Violation;
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
import io.waypost.subscription.SubscriptionStore;
import io.waypost.subscription.Subscriptions;
import io.waypost.subscription.Subscriptions.Check;
import io.waypost.tenancy.ApiKey;
import io.waypost.tenancy.ApiKeyStore;
import io.waypost.tenancy.IdempotencyStore;
import io.waypost.tenancy.Tenant;
import io.waypost.tenancy.TenantStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** The parts behind the API, in memory: enough to be asked, nothing that decides. */
public final class FakeParts {

    public static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

    public final List<Event> events = new CopyOnWriteArrayList<>();
    public final List<Subscription> all = new CopyOnWriteArrayList<>();
    public final List<Delivery> made = new CopyOnWriteArrayList<>();
    public final List<String> asked = new CopyOnWriteArrayList<>();
    public final Map<Long, CircuitState> circuits = new ConcurrentHashMap<>();
    public final Set<String> tenants = ConcurrentHashMap.newKeySet();

    /** Run by the intake before it stores; may throw. */
    public volatile Runnable onPublish = () -> {};

    private final List<EventType> types = new CopyOnWriteArrayList<>();
    private final Map<String, ApiKey> keys = new ConcurrentHashMap<>();
    private final Map<String, IdempotencyStore.Entry> requests = new ConcurrentHashMap<>();

    void clear() {
        events.clear();
        all.clear();
        made.clear();
        circuits.clear();
        asked.clear();
        requests.clear();
        types.clear();
        tenants.add("default");
        onPublish = () -> {};
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

    List<Event> list(EventLog.Query query) {
        return events.stream()
                .filter(e -> query.tenant() == null || query.tenant().equals(e.tenant()))
                .filter(e -> query.type() == null || query.type().equals(e.type()))
                .filter(e -> e.seq() < query.before())
                .sorted(Comparator.comparing(Event::seq).reversed())
                .limit(query.limit())
                .toList();
    }

    Subscriptions subscriptions() {
        return new FakeSubscriptions();
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
            public List<Delivery> list(DeliveryQuery query) {
                return made.stream()
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
            public long replay(
                    Subscription subscription,
                    Instant since,
                    Instant until,
                    Set<String> types,
                    boolean onlyFailed,
                    boolean dryRun) {
                asked.add("replay %s %s %s %s %s".formatted(since, until, types, onlyFailed, dryRun));
                return 3;
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

    TenantStore tenantStore() {
        return new TenantStore() {
            @Override
            public Optional<Tenant> create(String id, String name, Instant now) {
                return tenants.add(id) ? Optional.of(new Tenant(tenants.size(), id, name, now)) : Optional.empty();
            }

            @Override
            public boolean exists(String id) {
                return tenants.contains(id);
            }

            @Override
            public List<Tenant> list(long before, int limit) {
                var sorted = tenants.stream().sorted().toList();
                return Stream.iterate(sorted.size() - 1, i -> i >= 0, i -> i - 1)
                        .map(i -> new Tenant(i, sorted.get(i), null, NOON))
                        .filter(tenant -> tenant.no() < before)
                        .limit(limit)
                        .toList();
            }
        };
    }

    EventTypeStore typeStore() {
        return new EventTypeStore() {
            @Override
            public List<EventType> list(String tenant) {
                return types.stream().filter(t -> tenant.equals(t.tenant())).toList();
            }

            @Override
            public Optional<EventType> find(String tenant, String name) {
                return list(tenant).stream().filter(t -> t.name().equals(name)).findFirst();
            }

            @Override
            public String version(String tenant) {
                return Integer.toString(types.hashCode());
            }

            @Override
            public void put(EventType type) {
                delete(String.valueOf(type.tenant()), type.name());
                types.add(type);
            }

            @Override
            public boolean delete(String tenant, String name) {
                return types.removeIf(t -> tenant.equals(t.tenant()) && t.name().equals(name));
            }
        };
    }

    ApiKeyStore keyStore() {
        return new ApiKeyStore() {
            @Override
            public void create(ApiKey key, String hash) {
                keys.put(hash, key);
            }

            @Override
            public Optional<ApiKey> findByHash(String hash) {
                return Optional.ofNullable(keys.get(hash));
            }

            @Override
            public List<ApiKey> list(String tenant) {
                return keys.values().stream()
                        .filter(key -> key.tenant().equals(tenant))
                        .toList();
            }

            @Override
            public boolean delete(String tenant, String id) {
                return keys.values().removeIf(key -> key.id().equals(id));
            }
        };
    }

    IdempotencyStore idempotencyStore() {
        return new IdempotencyStore() {
            @Override
            public boolean insert(Entry entry) {
                return requests.putIfAbsent(entry.id(), entry) == null;
            }

            @Override
            public Optional<Entry> find(String id) {
                return Optional.ofNullable(requests.get(id));
            }

            @Override
            public boolean replace(long token, Entry entry) {
                return requests.computeIfPresent(entry.id(), (_, old) -> old.token() == token ? entry : old) == entry;
            }

            @Override
            public void delete(String id, long token) {
                requests.computeIfPresent(id, (_, old) -> old.token() == token ? null : old);
            }

            @Override
            public int purge(Instant before) {
                throw new UnsupportedOperationException();
            }
        };
    }

    private final class FakeSubscriptions implements Subscriptions {

        @Override
        public List<Violation> violations(String tenant, JsonNode body) {
            return List.of();
        }

        @Override
        public Subscription create(String tenant, JsonNode body) {
            var fields = Fields.of(body);
            fields.any("tenant");
            fields.any("event");
            fields.any("url");
            var secret = fields.line("secret", 200);
            fields.done();
            return subscribe(tenant, State.ACTIVE, secret == null ? "whsec_c2VjcmV0" : secret);
        }

        @Override
        public Subscription get(String id) {
            return all.stream().filter(s -> s.id().equals(id)).findFirst().orElseThrow(() -> Refused.notFound(id));
        }

        @Override
        public Subscription patch(String id, JsonNode patch) {
            asked.add("patch %s %s".formatted(id, patch));
            return get(id);
        }

        @Override
        public void delete(String id) {
            all.removeIf(s -> s.id().equals(id));
        }

        @Override
        public List<Subscription> list(SubscriptionStore.Query query) {
            asked.add(query.toString());
            return all.stream()
                    .filter(s -> query.tenant() == null || query.tenant().equals(s.tenant()))
                    .filter(s -> query.active() == null || query.active() == s.active())
                    .filter(s -> s.no() < query.before())
                    .sorted(Comparator.comparing(Subscription::no).reversed())
                    .limit(query.limit())
                    .toList();
        }

        @Override
        public Subscription rotateSecret(String id, Duration grace) {
            asked.add("rotate %s %s".formatted(id, grace));
            return get(id);
        }

        @Override
        public ObjectNode toJson(Definition definition) {
            var json = Json.object().put("app", definition.app()).put("connector", definition.connector());
            json.putObject("deactivation").put("afterFailures", 10).put("over", "1h");
            json.putObject("replayBuffer").put("window", "5d").put("concurrency", 1);
            return json;
        }

        @Override
        public List<Check> explain(Subscription subscription, Event event) {
            return List.of(new Check("events", true, "named"), new Check("active", false, "paused"));
        }

        @Override
        public Preview preview(String tenant, JsonNode body, Event event) {
            asked.add("preview %s %s %s".formatted(tenant, body, Objects.requireNonNullElse(event.sourceId(), "-")));
            Fields.of(body).object("config");
            return new Preview(
                    List.of(new Check("events", true, "named")),
                    new Connector.PreparedRequest("POST", "https://example.com", Map.of("webhook-id", "x"), "{}"));
        }
    }

    private static final class FakeCatalog implements ConnectorCatalog {

        @Override
        public List<ConnectorDescription> all() {
            return List.of(description("slack", "line 3: no"), description("http", null));
        }

        private static ConnectorDescription description(String name, String error) {
            return new ConnectorDescription(
                    name, name, "d", null, Json.object().put("type", "object"), Set.of(), null, Json.object(), error);
        }

        @Override
        public Optional<Connector> find(String name) {
            return name.equals("http") ? Optional.of(new FakeConnector()) : Optional.empty();
        }

        @Override
        public List<Violation> violations(String connector, ObjectNode config) {
            return config.has("url") ? List.of() : new ArrayList<>(List.of(new Violation("/url", "is required")));
        }
    }

    private static final class FakeConnector implements Connector {

        @Override
        public ConnectorDescription description() {
            return FakeCatalog.description("http", null);
        }

        @Override
        public Outcome send(Message message) {
            throw new UnsupportedOperationException();
        }

        @Override
        public PreparedRequest prepare(Message message) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CheckResult check(ObjectNode config) {
            return new CheckResult(true, "answered 200");
        }
    }
}
