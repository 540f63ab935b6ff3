package io.waypost.delivery;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.waypost.connector.Connector;
import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.ConnectorDescription;
import io.waypost.connector.Credential;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.connector.connection.Credentials;
import io.waypost.delivery.circuit.Circuits;
import io.waypost.delivery.circuit.TestCircuits;
import io.waypost.delivery.limit.ConcurrencyLimit;
import io.waypost.delivery.limit.ConcurrencyLimit.Load;
import io.waypost.delivery.limit.Shares;
import io.waypost.delivery.limit.TestLimits;
import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog.Claimed;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.delivery.log.DeliveryUpdate.Effect;
import io.waypost.delivery.log.DueSignal;
import io.waypost.event.Event;
import io.waypost.platform.Json;
import io.waypost.platform.SettableClock;
import io.waypost.platform.TestProperties;
import io.waypost.platform.Violation;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.node.Nodes;
import io.waypost.platform.node.TestNodes;
import io.waypost.subscription.DeliveryProfile;
import io.waypost.subscription.Evaluations.Patience;
import io.waypost.subscription.Runs;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.Batch;
import io.waypost.subscription.Subscription.Buffer;
import io.waypost.subscription.Subscription.Deactivation;
import io.waypost.subscription.Subscription.Definition;
import io.waypost.subscription.Subscription.RateLimit;
import io.waypost.subscription.Subscription.Retry;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.SubscriptionIndex;
import io.waypost.subscription.SubscriptionStore;
import io.waypost.subscription.TestEvaluations;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.camel.CamelContext;
import org.jspecify.annotations.Nullable;

/** What the parts of this package stand on, in memory: one node, one connector, and a clock that stands still. */
public final class Fakes {

    static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    static final String TENANT = "acme";

    /** The subscription that tests deliver to unless they need another. */
    public static final long NO = 7;

    final SettableClock clock = new SettableClock(NOON.toString());
    final WaypostProperties properties;
    public final Index index = new Index();

    /** Subscriptions that this node has not heard of. */
    final Map<Long, Subscription> stored = new ConcurrentHashMap<>();

    public final Receiver receiver = new Receiver();
    public final Set<String> unreadableConnections = ConcurrentHashMap.newKeySet();
    final Records recorder;
    final Signal due = new Signal();
    public final TestNodes database = new TestNodes();
    final Nodes nodes = database.join();

    /** What transforms make of an event. */
    volatile String transformed = "made of it";

    /** Thrown by transforms, if there is one. */
    volatile @Nullable ExpressionFailed transformFails;

    final TestEvaluations evaluations = new TestEvaluations(_ -> {
        if (transformFails != null) {
            throw transformFails;
        }
        return TextNode.valueOf(transformed);
    });
    final Circuits circuits = TestCircuits.of(index, clock);
    final ConcurrencyLimit limit;
    public final Shares shares;
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final DeliveryMetrics metrics = new DeliveryMetrics(meters);
    final Redeliveries redeliveries = new Redeliveries();

    public Fakes() {
        this(Map.of());
    }

    /** @param settings beside those without which tests would depend on chance */
    Fakes(Map<String, String> settings) {
        var all = new HashMap<>(Map.of("waypost.delivery.jitter", "0"));
        all.putAll(settings);
        properties = TestProperties.of(all);
        recorder = new Records(clock, properties);
        limit = TestLimits.permits(clock, properties);
        shares = TestLimits.shares(index, receiver, new Connections(), nodes);
    }

    Courier courier() {
        var store = port(
                SubscriptionStore.class,
                (method, arguments) -> method.equals("find") ? Optional.ofNullable(stored.get(arguments[0])) : null);
        return new Courier(
                index,
                store,
                receiver,
                evaluations,
                recorder,
                circuits,
                shares,
                limit,
                due,
                clock,
                properties,
                metrics);
    }

    DeliveryQueues queues(CamelContext camel) {
        return new DeliveryQueues(
                index, shares, recorder, circuits, clock, camel, limit, due, redeliveries, evaluations, metrics);
    }

    double count(String counter, String tag, String value) {
        return meters.get(counter).tag(tag, value).counter().count();
    }

    double parked(DeliveryMetrics.Parked why) {
        return count("waypost.deliveries.parked", "why", why.name().toLowerCase(Locale.ROOT));
    }

    /** How a fake port answers: by the name of the method, and its arguments. */
    interface Answers {
        @Nullable
        Object to(String method, @Nullable Object[] arguments);
    }

    static <T> T port(Class<T> port, Answers answers) {
        return port.cast(Proxy.newProxyInstance(
                port.getClassLoader(),
                new Class<?>[] {port},
                (_, method, arguments) -> answers.to(method.getName(), arguments == null ? new Object[0] : arguments)));
    }

    static Event event(long seq) {
        return event(seq, "{\"number\":%d}".formatted(seq));
    }

    static Event event(long seq, String data) {
        return new Event(seq, NOON, TENANT, "order.created", "/", null, null, NOON, false, null, data, false);
    }

    /** An event whose memory is counted. */
    static Event large(long seq) {
        return event(seq, "\"" + "x".repeat(1024 * 1024) + "\"");
    }

    static Claimed claimed(long seq) {
        return claimed(event(seq), false);
    }

    /** The first attempt of a row of the subscription {@link #NO}. */
    static Claimed claimed(Event event, boolean ordered) {
        return claimed(event, NO, 0, ordered);
    }

    static Claimed claimed(Event event, long subscription, int attempts, boolean ordered) {
        return new Claimed(
                new DeliveryKey(event.receivedAt(), event.seq(), subscription),
                event,
                attempts,
                attempts,
                3,
                false,
                null,
                ordered);
    }

    static InFlightDelivery fresh(long seq) {
        return InFlightDelivery.fresh(event(seq), NO, true, () -> {});
    }

    static InFlightDelivery row(long seq) {
        return InFlightDelivery.claimed(claimed(seq), null);
    }

    public static Wish wish() {
        return new Wish();
    }

    /** A subscription that wants all events, with what a test asks for. */
    public static final class Wish {

        private long no = NO;
        private State state = State.ACTIVE;
        private @Nullable String condition;
        private @Nullable String filter;
        private @Nullable String connection;
        private @Nullable String transform;
        private @Nullable String unreadable;
        private int concurrency = 10;
        private @Nullable RateLimit rate;
        private boolean ordered;
        private Retry retry = new Retry(null, List.of(Duration.ofSeconds(5), Duration.ofMinutes(5)));
        private @Nullable Batch batch;
        private String connector = Receiver.NAME;

        public Wish no(long number) {
            no = number;
            return this;
        }

        public Wish state(State other) {
            state = other;
            return this;
        }

        public Wish paused() {
            return state(new State(State.Kind.PAUSED, NOON, "requested", null));
        }

        public Wish condition(String text) {
            condition = text;
            return this;
        }

        public Wish filter(String text) {
            filter = text;
            return this;
        }

        public Wish transform(String text) {
            transform = text;
            return this;
        }

        public Wish connection(String id) {
            connection = id;
            return this;
        }

        public Wish unreadable() {
            unreadable = "has another key";
            return this;
        }

        public Wish concurrency(int places) {
            concurrency = places;
            return this;
        }

        public Wish perSecond(double most) {
            rate = new RateLimit(most);
            return this;
        }

        public Wish ordered() {
            ordered = true;
            return this;
        }

        public Wish schedule(Duration... waits) {
            retry = new Retry(null, List.of(waits));
            return this;
        }

        public Wish profile(DeliveryProfile profile) {
            retry = new Retry(profile, null);
            return this;
        }

        public Wish inRuns() {
            retry = retry.in(new Runs(null));
            return this;
        }

        public Wish batch() {
            batch = Batch.DEFAULT;
            return this;
        }

        public Wish connector(String name) {
            connector = name;
            return this;
        }

        public Subscription made() {
            var definition = new Definition(
                    TENANT,
                    null,
                    null,
                    List.of("**"),
                    filter,
                    condition,
                    connector,
                    Json.object(),
                    connection,
                    transform,
                    Duration.ofSeconds(15),
                    concurrency,
                    rate,
                    ordered,
                    retry,
                    Deactivation.DEFAULT,
                    Buffer.DEFAULT,
                    batch);
            return new Subscription(no, "sub_" + no, 1, definition, state, List.of(), NOON, NOON, unreadable);
        }
    }

    /** Knows what it is told of. */
    public static final class Index implements SubscriptionIndex {

        final Map<Long, Subscription> known = new ConcurrentHashMap<>();

        /** Which events are wanted; empty if that takes long. */
        volatile Function<Event, Optional<Boolean>> wanted = _ -> Optional.of(true);

        final List<Event> asked = new CopyOnWriteArrayList<>();

        @Override
        public List<Subscription> matching(Event event) {
            return List.copyOf(known.values());
        }

        @Override
        public List<Candidate> candidates(Event event) {
            return known.values().stream().map(s -> new Candidate(s, true)).toList();
        }

        @Override
        public Optional<Boolean> wants(Subscription subscription, Event event, Patience patience) {
            asked.add(event);
            return wanted.apply(event);
        }

        @Override
        public Optional<Subscription> current(long no) {
            return Optional.ofNullable(known.get(no));
        }

        @Override
        public List<Subscription> unreadable(int most) {
            return List.of();
        }

        @Override
        public void put(Subscription subscription) {
            known.put(subscription.no(), subscription);
        }

        @Override
        public void remove(long no) {
            known.remove(no);
        }

        @Override
        public void refresh() {
            // There is nothing else to read.
        }

        @Override
        public void refreshTo(long revision) {
            // There is nothing else to read.
        }

        @Override
        public void readAgain() {
            // There is nothing else to read.
        }
    }

    /** The one connector there is, and its catalogue. */
    public static final class Receiver implements Connector, ConnectorCatalog {

        static final String NAME = "fake";

        volatile Function<Message, Outcome> answers = _ -> new Outcome.Succeeded(200, "ok");
        public volatile boolean everywhere = true;
        public volatile boolean here = true;
        public volatile @Nullable Double perSecond;
        final List<Message> received = new CopyOnWriteArrayList<>();

        @Override
        public ConnectorDescription description() {
            return new ConnectorDescription(
                    NAME, NAME, "", null, Json.object(), Set.of(), perSecond, Json.object(), null);
        }

        @Override
        public Outcome send(Message message) {
            received.add(message);
            return answers.apply(message);
        }

        @Override
        public @Nullable PreparedRequest prepare(Message message) {
            return null;
        }

        @Override
        public boolean isHere(ObjectNode config) {
            return here;
        }

        @Override
        public boolean isEverywhere() {
            return everywhere;
        }

        @Override
        public CheckResult check(ObjectNode config) {
            return new CheckResult(true, "");
        }

        @Override
        public List<ConnectorDescription> all() {
            return List.of(description());
        }

        @Override
        public Optional<Connector> find(String name) {
            return name.equals(NAME) ? Optional.of(this) : Optional.empty();
        }

        @Override
        public List<Violation> violations(String connector, ObjectNode config) {
            return List.of();
        }
    }

    private final class Connections implements Credentials {

        @Override
        public Optional<Credential> find(String tenant, String connection) {
            return Optional.empty();
        }

        @Override
        public Set<String> unreadable() {
            return unreadableConnections;
        }
    }

    /** A recorder whose disk is at once as long as a test does not say otherwise. */
    static final class Records extends Recorder {

        final List<DeliveryUpdate> written = new CopyOnWriteArrayList<>();

        /** Those that the next delivery waits for. */
        final List<DeliveryUpdate> urgent = new CopyOnWriteArrayList<>();

        /** What is told when something was handed in that somebody waits for. */
        volatile CompletableFuture<Void> disk = CompletableFuture.completedFuture(null);

        @SuppressWarnings("NullAway") // Nothing of it is used.
        Records(SettableClock clock, WaypostProperties properties) {
            super(null, null, null, null, null, null, null, null, clock, properties);
        }

        @Override
        public void record(DeliveryUpdate update) {
            written.add(update);
        }

        @Override
        public CompletableFuture<Void> recordAndTell(DeliveryUpdate update) {
            return recordAndTell(update, false);
        }

        @Override
        CompletableFuture<Void> recordAndTell(DeliveryUpdate update, boolean isUrgent) {
            written.add(update);
            if (isUrgent) {
                urgent.add(update);
            }
            return disk;
        }

        DeliveryUpdate only() {
            if (written.size() != 1) {
                throw new AssertionError("written: " + written);
            }
            return written.getFirst();
        }

        List<DeliveryUpdate> of(long seq) {
            return written.stream().filter(update -> update.key().seq() == seq).toList();
        }

        List<Status> statuses(long seq) {
            return of(seq).stream().map(DeliveryUpdate::status).toList();
        }
    }

    /** Counts who wakes, and who waits. */
    static final class Signal extends DueSignal {

        final AtomicInteger woken = new AtomicInteger();
        final AtomicInteger waited = new AtomicInteger();

        @Override
        public void await(Duration most) throws InterruptedException {
            waited.incrementAndGet();
            super.await(most);
        }

        @Override
        public void wake() {
            woken.incrementAndGet();
            super.wake();
        }
    }

    /** Ends a delivery well, as the last step of its attempt does. */
    void succeeds(InFlightDelivery delivery) {
        var now = clock.instant();
        var attempt = new Attempt(delivery.key(), delivery.attempts() + 1, now, 0, 200, null, null, null);
        delivery.attempted(null);
        delivery.close(hadRow -> delivery.written(recorder.recordAndTell(
                delivery.update(delivery.progress().ended(Status.SUCCEEDED, now), attempt, Effect.SUCCESS)
                        .withRow(hadRow),
                delivery.othersFollow())));
    }

    /** Takes all the memory there is for large events that wait, and gives one of what took it. */
    Load fillWaitingMemory() {
        for (var tenant : List.of(TENANT, "others")) {
            var taken = 0;
            while (taken < 1_000 && limit.beginWaiting(new Load(tenant, 1024 * 1024))) {
                taken++;
            }
        }
        return new Load(TENANT, 1024 * 1024);
    }
}
