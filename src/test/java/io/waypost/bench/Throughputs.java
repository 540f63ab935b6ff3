package io.waypost.bench;

import io.waypost.testing.Hostile;
import io.waypost.testing.Receiver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.IntStream;

/** How much goes through a running gateway. */
final class Throughputs {

    static final int SMALL = 1_000;
    static final int LARGE = 20_000;

    private static final int MOST_AT_ONCE = 1_000;

    /** So many events are buffered, or delivered to compare. */
    private static final int BUFFERED = 50_000;

    private static final Duration LONG = Duration.ofMinutes(5);

    private final Subject gateway;
    private final FastReceiver receiver;
    private final int seconds;
    private int types;
    private Map<String, Long> parked = Map.of();

    Throughputs(Subject gateway, FastReceiver receiver, int seconds) {
        this.gateway = gateway;
        this.receiver = receiver;
        this.seconds = seconds;
    }

    /**
     * A load of events.
     *
     * @param atOnce so many in a request
     * @param perSecond so many deliveries go through in a second, about: decides how many events a case has
     */
    record Load(int atOnce, int connections, int bytes, int perSecond) {

        static final Load SINGLES = new Load(1, 64, SMALL, 2_500);
        static final Load BATCHES = new Load(100, 8, SMALL, 10_000);
        static final Load LARGE_BATCHES = new Load(10, 8, LARGE, 2_000);
    }

    /** Lets the compiler see everything. */
    void warmUp(int time) {
        flood(Load.SINGLES, 1, time / 2);
        flood(Load.BATCHES, 1, time / 4);
        flood(Load.BATCHES, 10, time / 4);
    }

    /**
     * Deliveries a second: publishers publish so many events as fast as they are answered, and the clock stops when the last
     * delivery has arrived. So what is accepted faster than delivered counts for nothing.
     */
    double delivered(Load load, int subscriptions) {
        return flood(load, subscriptions, seconds).perSecond;
    }

    /**
     * What a flood of events has shown.
     *
     * @param perSecond as {@link #delivered}
     * @param micros processor time of the gateway for each delivery, its part of publishing included
     */
    record Flood(double perSecond, double micros) {}

    /** As {@link #delivered}, with what it cost. */
    Flood flood(Load load, int subscriptions) {
        return flood(load, subscriptions, seconds);
    }

    private Flood flood(Load load, int subscriptions, int time) {
        var type = nextType();
        var made = gateway.subscribe(type, urls("/ok/", subscriptions), "");
        var before = receiver.answered();
        var events = Math.max(MOST_AT_ONCE, time * load.perSecond / subscriptions);
        var cpu = gateway.cpu();
        var begin = System.nanoTime();
        publisher(type, load).publish(load.connections, events);
        awaitAnswered(before + (long) events * subscriptions);
        var deliveries = (double) events * subscriptions;
        var rate = deliveries / ((System.nanoTime() - begin) / 1e9);
        var micros = gateway.cpu().minus(cpu).toNanos() / 1e3 / deliveries;
        gateway.delete(made);
        return new Flood(rate, micros);
    }

    /** Processor time of the gateway for each of so many single events, from the publish call to the stored outcome. */
    double microsEach(int events) {
        var type = nextType();
        var made = gateway.subscribe(type, urls("/ok/", 1), "");
        var before = receiver.answered();
        var cpu = gateway.cpu();
        publisher(type, Load.SINGLES).publish(32, events);
        awaitAnswered(before + events);
        var micros = gateway.cpu().minus(cpu).toNanos() / 1e3 / events;
        gateway.delete(made);
        return micros;
    }

    /** Publishes single events for so many seconds as a case has, about, until all are delivered. */
    void singles(int publishers) {
        var type = nextType();
        var made = gateway.subscribe(type, urls("/ok/", 1), "");
        var before = receiver.answered();
        var events = seconds * Load.SINGLES.perSecond;
        publisher(type, Load.SINGLES).publish(publishers, events);
        awaitAnswered(before + events);
        gateway.delete(made);
    }

    /** How many deliveries have become rows although nothing had failed since this was asked last; says why. */
    long parked() {
        var now = gateway.parked();
        var more = new TreeMap<String, Long>();
        now.forEach((why, count) -> more.put(why, count - parked.getOrDefault(why, 0L)));
        parked = now;
        System.out.println("  parked: " + more);
        return more.values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * So many events at once to one subscription, until all have succeeded.
     *
     * @param path what the receiver does
     * @param more fields of the subscription
     * @return in seconds, from the first publish call
     */
    double untilDelivered(String path, String more, int events) {
        var type = nextType();
        var made = gateway.subscribe(type, urls(path, 1), more);
        var before = receiver.answered();
        var begin = System.nanoTime();
        publisher(type, Load.BATCHES).publish(Load.BATCHES.connections, events);
        awaitAnswered(before + events);
        var time = (System.nanoTime() - begin) / 1e9;
        gateway.delete(made);
        return time;
    }

    /**
     * Single events at a rate, for so many seconds as a case has.
     *
     * @param path what the receiver does
     * @return how long after the last of them all had succeeded, in seconds
     */
    double behindAfter(String path, int perSecond) {
        var type = nextType();
        var made = gateway.subscribe(type, urls(path, 1), "");
        var before = receiver.answered();
        var publisher = publisher(type, Load.SINGLES);
        try (var _ = publisher.start(8, perSecond)) {
            Measure.pause(Duration.ofSeconds(seconds));
        }
        var end = System.nanoTime();
        awaitAnswered(before + publisher.accepted());
        gateway.delete(made);
        return (System.nanoTime() - end) / 1e9;
    }

    /** How long single events take from publisher to receiver, at a rate that is no load. */
    Latencies latencies(int perSecond) {
        var type = nextType();
        var made = gateway.subscribe(type, urls("/ok/", 1), "");
        var latencies = new Latencies(perSecond * seconds);
        try (var _ = publisher(type, Load.SINGLES).start(8, perSecond)) {
            Measure.pause(Duration.ofSeconds(2));
            receiver.measure(latencies);
            Measure.await(() -> latencies.count() == perSecond * seconds, Duration.ofSeconds(3L * seconds));
        } finally {
            receiver.measure(Latencies.NONE);
        }
        gateway.delete(made);
        return latencies;
    }

    /** The same while another tenant has the gateway compute that, twenty times a second. */
    Latencies latenciesBeside(Hostile kind, int perSecond) {
        return latenciesBeside("hostile-" + kind.ordinal(), kind::subscriptions, kind.event(), perSecond);
    }

    /** The same beside as many events and deliveries of another tenant that take no time to compute. */
    Latencies latenciesBesideOthers(int perSecond) {
        return latenciesBeside(
                "others",
                url -> IntStream.range(0, 10)
                        .mapToObj(_ -> "{\"events\":[\"hostile\"],\"config\":{\"url\":\"%s\"}}".formatted(url))
                        .toList(),
                "{\"type\":\"hostile\",\"data\":{}}",
                perSecond);
    }

    private Latencies latenciesBeside(
            String tenant, Function<String, List<String>> subscriptions, String event, int perSecond) {
        var admin = gateway.client().api();
        admin.post("/v1/tenants", "{\"id\":\"%s\"}".formatted(tenant)).expect(201);
        var key = admin.post(
                        "/v1/tenants/%s/keys".formatted(tenant),
                        "{\"name\":\"bench\",\"scopes\":[\"publish\",\"manage\",\"read\"]}")
                .expect(201)
                .json()
                .path("key")
                .textValue();
        var hostile = admin.with(key);
        var goesOn = new AtomicBoolean(true);
        try (var elsewhere = new Receiver()) {
            subscriptions.apply(elsewhere.url()).forEach(body -> hostile.post("/v1/subscriptions", body)
                    .expect(201));
            var publishing = Thread.ofVirtual().start(() -> {
                while (goesOn.get()) {
                    hostile.post("/v1/events", event);
                    LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
                }
            });
            try {
                return latencies(perSecond);
            } finally {
                goesOn.set(false);
                publishing.join();
                hostile.get("/v1/subscriptions?limit=250")
                        .json()
                        .path("data")
                        .forEach(one -> hostile.delete(
                                "/v1/subscriptions/" + one.path("id").textValue()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** How long the very first delivery of each of so many Slack subscriptions takes, one after the other. */
    Latencies firstToSlack(int count) {
        var type = nextType();
        var api = gateway.client().api();
        IntStream.range(0, count).forEach(i -> api.post(
                        "/v1/subscriptions",
                        "{\"event\":\"%s.n%d\",\"connector\":\"slack\",\"config\":{\"webhookUrl\":\"%s\"}}"
                                .formatted(type, i, receiver.url("/services/" + i)))
                .expect(201));
        var latencies = new Latencies(count);
        for (int i = 0; i < count; i++) {
            var before = receiver.answered();
            var begin = System.nanoTime();
            api.post("/v1/events", "{\"type\":\"%s.n%d\",\"data\":{}}".formatted(type, i))
                    .expect(202);
            while (receiver.answered() == before) {
                require(System.nanoTime() - begin < LONG.toNanos(), "a first delivery arrives");
                LockSupport.parkNanos(100_000);
            }
            latencies.record(System.nanoTime() - begin);
        }
        require(api.get("/v1/deliveries?status=retrying").json().path("data").isEmpty(), "none is tried again");
        return latencies;
    }

    /** What the others get while some receivers misbehave. */
    record Shared(double perSecond, Latencies latencies) {}

    /**
     * A hundred subscriptions to the same events, at a rate of events that leaves room.
     *
     * @param hanging so many of them have a receiver that never answers
     * @param dripping so many have one that answers without an end
     */
    Shared beside(int hanging, int dripping, int perSecond) {
        var type = nextType();
        var urls = new ArrayList<>(urls("/ok/", 100 - hanging - dripping));
        urls.addAll(urls("/hang/", hanging));
        urls.addAll(urls("/drip/", dripping));
        var made = gateway.subscribe(type, urls, "\"timeout\":\"10s\",\"deactivation\":{\"afterFailures\":0}");
        var most = perSecond * seconds * (100 - hanging - dripping);
        var latencies = new Latencies(most);
        try (var _ = publisher(type, Load.SINGLES).start(8, perSecond)) {
            Measure.pause(Duration.ofSeconds(5));
            receiver.measure(latencies);
            var rate = Measure.perSecond(receiver::answered, 0, seconds);
            return new Shared(rate, latencies);
        } finally {
            receiver.measure(Latencies.NONE);
            gateway.delete(made);
        }
    }

    /**
     * What buffering costs, and how fast a buffer is caught up on.
     *
     * @param bufferedPart the processor time for an event that is buffered, in parts of that for one that is delivered;
     *     both less what storing it costs
     * @param live deliveries a second, one subscription
     * @param replayed the same of the replay
     */
    record Buffering(double bufferedPart, double live, double replayed) {}

    Buffering buffering() {
        var stored = cost(List.of(), () -> {});
        var type = nextType();
        var active = gateway.subscribe(type, urls("/ok/", 1), "");
        var before = receiver.answered();
        var begin = System.nanoTime();
        var delivered = cost(List.of(type), () -> awaitAnswered(before + BUFFERED));
        var live = BUFFERED / ((System.nanoTime() - begin) / 1e9);
        gateway.delete(active);

        var otherType = nextType();
        var inactive = gateway.subscribe(otherType, urls("/ok/", 1), "").getFirst();
        gateway.client().deactivate(inactive);
        var buffered = cost(List.of(otherType), () -> awaitBuffered(inactive));
        var answered = receiver.answered();
        var replayBegin = System.nanoTime();
        gateway.client().activateWithReplay(inactive);
        awaitAnswered(answered + BUFFERED);
        var replayed = BUFFERED / ((System.nanoTime() - replayBegin) / 1e9);
        gateway.delete(List.of(inactive));
        return new Buffering((buffered - stored) / (delivered - stored), live, replayed);
    }

    /** Processor time of the gateway for publishing so many events of the type, until they are dealt with. */
    private double cost(List<String> type, Runnable dealtWith) {
        var before = gateway.cpu();
        var publisher = publisher(type.isEmpty() ? nextType() : type.getFirst(), Load.BATCHES);
        publisher.publish(Load.BATCHES.connections, BUFFERED);
        dealtWith.run();
        return gateway.cpu().minus(before).toNanos() / (double) BUFFERED;
    }

    private void awaitBuffered(String subscription) {
        var done = Measure.await(
                () -> gateway.client()
                                .subscription(subscription)
                                .at("/replayBuffer/count")
                                .intValue()
                        == BUFFERED,
                LONG);
        require(done, "everything is buffered");
    }

    private void awaitAnswered(long count) {
        require(Measure.await(() -> receiver.answered() >= count, LONG), "everything is delivered");
    }

    private static void require(boolean done, String what) {
        if (!done) {
            throw new IllegalStateException("It is not so that " + what + " in time");
        }
    }

    private Publisher publisher(String type, Load load) {
        return new Publisher(gateway.port(), Subject.KEY, type, load.atOnce, load.bytes);
    }

    private String nextType() {
        return "bench.case" + ++types;
    }

    private List<String> urls(String path, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> receiver.url(path + types + "/" + i))
                .toList();
    }
}
