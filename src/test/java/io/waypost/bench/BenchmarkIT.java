package io.waypost.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.bench.Throughputs.Load;
import io.waypost.subscription.ManySubscriptions;
import io.waypost.testing.Hostile;
import io.waypost.testing.PostgresCounts;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/**
 * Measures what the gateway promises and writes {@code docs/benchmark.md}: {@code mvn -Pbench verify}. Everything (gateway,
 * database, publishers, receivers) shares one machine, so figures are compared with a bare client on the same machine in the
 * same run.
 */
@Tag("bench")
class BenchmarkIT {

    private static final int SECONDS = Integer.getInteger("bench.seconds", 15);
    private static final int WARM_UP = Integer.getInteger("bench.warm-up", 60);
    private static final int MOST_SUBSCRIPTIONS = Integer.getInteger("bench.subscriptions", 100_000);
    private static final int MOST_DELIVERIES = Integer.getInteger("bench.deliveries", 1_000_000);
    private static final int MOST_KEYS = Integer.getInteger("bench.keys", 3_000_000);
    private static final String ALL_PARTS = "h2,hostile,failing,start,idle,postgres,slack,matching,keys,stock";
    private static final int FAILING = 6_000;
    private static final int FIRST = 3_000;
    private static final int LATER = 15_000;
    private static final List<String> PARTS =
            List.of(System.getProperty("bench.parts", ALL_PARTS).split(","));
    private static final Path JAR = Path.of(System.getProperty("waypost.jar"));
    private static final Path DOCUMENT = Path.of("docs", "benchmark.md");
    private static final String MARK = "<!-- Below this line the benchmark writes. -->";

    private final FastReceiver receiver = new FastReceiver();
    private final List<Table> tables = new ArrayList<>();

    @Test
    void measure() throws IOException {
        var bare = bare(Throughputs.SMALL);
        part("h2", () -> onH2(bare, bare(Throughputs.LARGE)));
        part("hostile", () -> hostile());
        part("failing", () -> failing());
        part("start", () -> starts());
        part("idle", () -> idle());
        part("postgres", () -> onPostgres(bare));
        part("slack", () -> slack());
        part("matching", this::matching);
        part("keys", () -> keys());
        part("stock", () -> stocked(bare));
        assertThat(tables).hasSizeGreaterThanOrEqualTo(PARTS.size());
    }

    /** A run of some parts only prints its tables and leaves the document alone. */
    private void part(String name, Part part) throws IOException {
        if (PARTS.contains(name)) {
            part.measure();
            if (PARTS.size() == ALL_PARTS.split(",").length) {
                write();
            }
        }
    }

    private interface Part {
        void measure() throws IOException;
    }

    /** The best of three, because what it is compared with is to be no less than the machine can do. */
    private double bare(int bytes) {
        return IntStream.range(0, 3)
                .mapToDouble(_ -> BareLoop.perSecond(receiver, bytes, SECONDS))
                .max()
                .orElseThrow();
    }

    private Table table(String title) {
        var table = new Table(title);
        tables.add(table);
        return table;
    }

    private void onH2(double bare, double bareLarge) {
        var table = table("On H2");
        table.figure("bare HttpClient 5 loop, 1 KiB", Table.rate(bare));
        table.figure("bare HttpClient 5 loop, 20 KiB", Table.rate(bareLarge));
        try (var gateway = Subject.packaged(Starts.directory(), "1g")) {
            gateway.start();
            var throughputs = new Throughputs(gateway, receiver, SECONDS);
            throughputs.warmUp(WARM_UP);
            flood(table, throughputs, bare);
            table.figure(
                    "batches of 10, 20 KiB, 1 subscription, delivered",
                    Table.rate(throughputs.delivered(Load.LARGE_BATCHES, 1)));
            var latencies = throughputs.latencies(200);
            table.atMost("publish to receipt at 200/s, p50", latencies.millis(0.5), "ms", 10);
            table.atMost("publish to receipt at 200/s, p99", latencies.millis(0.99), "ms", 50);
            isolation(table, throughputs);
            var buffering = throughputs.buffering();
            table.atMost("buffering an event, in parts of delivering it", buffering.bufferedPart(), "", 0.2);
            table.atLeast("replay of a buffer", buffering.replayed(), "the live rate", buffering.live(), 0.5);
        }
    }

    private static void flood(Table table, Throughputs throughputs, double bare) {
        throughputs.parked();
        flood(table, "single publishes, 1 subscription", throughputs.flood(Load.SINGLES, 1), bare, 0.15);
        flood(table, "batches of 100, 1 subscription", throughputs.flood(Load.BATCHES, 1), bare, 0.35);
        flood(table, "batches of 100, 10 subscriptions", throughputs.flood(Load.BATCHES, 10), bare, 0.6);
        table.figure(
                "batches of 100, 100 subscriptions, delivered", Table.rate(throughputs.delivered(Load.BATCHES, 100)));
        table.atMost("deliveries parked as rows in these four cases", throughputs.parked(), "", 0);
    }

    private static void flood(Table table, String what, Throughputs.Flood flood, double bare, double goal) {
        table.atLeast(what + ", delivered", flood.perSecond(), "the bare loop", bare, goal);
        table.figure("processor time of the gateway for each of them", "%.0f µs".formatted(flood.micros()));
    }

    private static void isolation(Table table, Throughputs throughputs) {
        var all = throughputs.beside(0, 0, 10);
        var some = throughputs.beside(10, 5, 10);
        table.atLeast(
                "85 of 100 subscriptions while 10 receivers hang and 5 drip",
                some.perSecond() / 85,
                "the same alone, each",
                all.perSecond() / 100,
                0.9);
        table.atMost(
                "their p99 from publish to receipt",
                some.latencies().millis(0.99),
                "ms",
                "the same alone",
                all.latencies().millis(0.99),
                2);
    }

    /** Whatever one tenant has the gateway compute, another one's deliveries take no longer than twice as long. */
    private void hostile() {
        var table = table("Beside a hostile tenant, on H2");
        try (var gateway = Subject.packaged(Starts.directory(), "1g")) {
            gateway.start();
            var throughputs = new Throughputs(gateway, receiver, SECONDS);
            throughputs.warmUp(WARM_UP);
            var alone = throughputs.latencies(200);
            table.figure("publish to receipt at 200/s alone, p99", "%.1f ms".formatted(alone.millis(0.99)));
            var others = throughputs.latenciesBesideOthers(200);
            table.figure("p99 beside as many deliveries of another tenant", "%.1f ms".formatted(others.millis(0.99)));
            for (var kind : Hostile.values()) {
                table.atMost(
                        "p99 beside " + kind.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                        throughputs.latenciesBeside(kind, 200).millis(0.99),
                        "ms",
                        "as many deliveries",
                        others.millis(0.99),
                        2);
            }
        }
    }

    /** A receiver that fails gets its attempts all the same, and nobody has to wait longer than the schedule says. */
    private void failing() throws IOException {
        failing(table("A receiver that fails, on H2"), Subject.packaged(Starts.directory(), "1g"));
        try (var postgres = durable(EmbeddedPostgres.builder()).start()) {
            failing(table("A receiver that fails, on PostgreSQL"), onPostgres(postgres));
        }
    }

    private void failing(Table table, Subject subject) {
        try (subject) {
            subject.start();
            var throughputs = new Throughputs(subject, receiver, SECONDS);
            throughputs.warmUp(WARM_UP);
            throughputs.untilDelivered("/fail/", schedule(1), FAILING);
            var healthy = FAILING / throughputs.untilDelivered("/ok/", "", FAILING);
            // What lies between the first attempts and the second is no time of the gateway's: the wait, and the fifth
            // by which
            // it may be longer.
            for (int wait : new int[] {1, 5, 10}) {
                table.atLeast(
                        "attempts, %,d events that fail once, after %d s again".formatted(FAILING, wait),
                        2 * FAILING / (throughputs.untilDelivered("/fail/", schedule(wait), FAILING) - 1.2 * wait),
                        "one that takes all",
                        healthy,
                        0.33);
            }
            table.atLeast(
                    "the same with the default schedule, 5 s",
                    2 * FAILING / (throughputs.untilDelivered("/fail/", "", FAILING) - 6),
                    "one that takes all",
                    healthy,
                    0.33);
            table.atMost(
                    "2,000 events that fail once, default schedule: all succeeded after",
                    throughputs.untilDelivered("/fail/", "", 2_000),
                    "s",
                    9);
            table.atMost(
                    "one event in ten fails once, default schedule, 200/s: all succeeded after the last",
                    throughputs.behindAfter("/tenth/", 200),
                    "s",
                    7);
        }
    }

    private static String schedule(int seconds) {
        return "\"retry\":{\"schedule\":[\"%ds\",\"1m\"]}".formatted(seconds);
    }

    private static Subject onPostgres(EmbeddedPostgres postgres) {
        return Subject.packaged(Starts.directory(), "1g")
                .with("WAYPOST_DB_URL", postgres.getJdbcUrl("postgres", "postgres"))
                .with("WAYPOST_DB_USER", "postgres");
    }

    /** As PostgreSQL comes; the one for tests answers a commit before it is on disk, and never sees to it that it gets there. */
    private static EmbeddedPostgres.Builder durable(EmbeddedPostgres.Builder postgres) {
        return postgres.setServerConfig("synchronous_commit", "on").setServerConfig("fsync", "on");
    }

    private void onPostgres(double bare) throws IOException {
        var table = table("On PostgreSQL");
        try (var postgres = durable(EmbeddedPostgres.builder())
                        .setServerConfig("shared_preload_libraries", "pg_stat_statements")
                        .start();
                var gateway = onPostgres(postgres)) {
            gateway.start();
            PostgresCounts.prepare(postgres.getPostgresDatabase());
            var throughputs = new Throughputs(gateway, receiver, SECONDS);
            throughputs.warmUp(WARM_UP);
            flood(table, throughputs, bare);
            counts(table, throughputs, postgres.getPostgresDatabase());
        }
    }

    /** What a single event costs the database while 32 publishers are answered as fast as it goes. */
    private static void counts(Table table, Throughputs throughputs, DataSource database) {
        var before = settled(database);
        throughputs.singles(32);
        var counts = settled(database).minus(before);
        var events = (double) counts.events();
        table.figure("events an append, 32 publishers", "%.1f".formatted(events / counts.appends()));
        table.atMost("commits an event", counts.commits() / events, "", 0.15);
        table.figure("syncs of the write-ahead log an event", "%.2f".formatted(counts.syncs() / events));
        table.figure("statements an event", "%.2f".formatted(counts.statements() / events));
        table.figure("write-ahead log an event", "%.0f bytes".formatted(counts.walBytes() / events));
        table.atMost("events read back from the log", counts.blocksRead(), "", 0);
    }

    /** PostgreSQL's connections tell what they have done within a second or so. */
    private static PostgresCounts settled(DataSource database) {
        Measure.pause(Duration.ofSeconds(3));
        return PostgresCounts.of(database);
    }

    private void slack() {
        var table = table("Slack subscriptions, 10,000 of them, on H2");
        try (var gateway = Subject.packaged(Starts.directory(), "1g")) {
            gateway.start();
            var throughputs = new Throughputs(gateway, receiver, SECONDS);
            throughputs.warmUp(WARM_UP / 3);
            // The code on the way to Slack has to be compiled, too.
            throughputs.firstToSlack(WARM_UP * 100);
            var first = throughputs.firstToSlack(10_000);
            Map.of("p50", 0.5, "p99", 0.99, "p99.9", 0.999, "the longest", 1.0).entrySet().stream()
                    .sorted(Map.Entry.comparingByValue())
                    .forEach(part -> table.atMost(
                            "publish to receipt, the first delivery of each, " + part.getKey(),
                            first.millis(part.getValue()),
                            "ms",
                            50));
        }
    }

    /** In this process: only the index. */
    private void matching() {
        var table = table("Matching, in memory");
        for (int count = 10_000; count <= 1_000_000; count *= 10) {
            table.atMost(
                    "an event among %,d subscriptions, each to a type of its own".formatted(count),
                    ManySubscriptions.byType(count).microsPerEvent(SECONDS),
                    "µs",
                    50);
            table.atMost(
                    "an event among %,d subscriptions to one type, each to a list of its own".formatted(count),
                    ManySubscriptions.byList(count).microsPerEvent(SECONDS),
                    "µs",
                    50);
        }
    }

    private void keys() throws IOException {
        var file = Starts.directory().resolve("keys");
        keys(table("Keys of events, on H2"), "jdbc:h2:file:%s;WRITE_DELAY=0".formatted(file), "sa");
        try (var postgres = durable(EmbeddedPostgres.builder()).start()) {
            keys(table("Keys of events, on PostgreSQL"), postgres.getJdbcUrl("postgres", "postgres"), "postgres");
        }
    }

    private static void keys(Table table, String url, String user) {
        var connection = new SingleConnectionDataSource(url, user, "", true);
        for (var form : Keys.Form.values()) {
            var keys = new Keys(connection, form);
            for (int there : new int[] {100_000, MOST_KEYS}) {
                keys.fill(there);
                for (int inACommit : new int[] {100, 10}) {
                    table.figure(
                            "%s, %,d there, %d a commit".formatted(form.title(), there, inACommit),
                            "%.1f µs".formatted(keys.micros(20_000, inACommit)));
                }
            }
        }
        connection.destroy();
    }

    /** What many subscriptions, and a long history, cost. */
    private void stocked(double bare) {
        var table = table("With many subscriptions and a long history, on H2");
        var data = Starts.directory();
        try (var gateway = Subject.packaged(data, "1g")) {
            gateway.start();
            var throughputs = new Throughputs(gateway, receiver, SECONDS);
            gateway.subscribe("stock", List.of(receiver.url("/stock")), "");
            throughputs.warmUp(WARM_UP / 3);
            curve(table, throughputs, "1 subscription", bare);
        }
        for (int count = 100; count <= MOST_SUBSCRIPTIONS; count *= count == 100 ? 100 : 10) {
            withStock(data, table, "%,d subscriptions".formatted(count), bare, stock(count));
        }
        withStock(
                data,
                table,
                "%,d stored deliveries as well".formatted(MOST_DELIVERIES),
                bare,
                stock -> stock.deliveries(MOST_DELIVERIES));
    }

    private static Consumer<Stock> stock(int count) {
        return stock -> stock.subscriptions(count);
    }

    private void withStock(Path data, Table table, String what, double bare, Consumer<Stock> fill) {
        try (var stock = new Stock(data)) {
            fill.accept(stock);
        }
        try (var gateway = Subject.packaged(data, MOST_SUBSCRIPTIONS > 100_000 ? "4g" : "1g")
                // All of them are one tenant's.
                .with("WAYPOST_QUOTAS_SUBSCRIPTIONS", String.valueOf(10 * MOST_SUBSCRIPTIONS))) {
            table.figure(
                    "start with " + what, "%.1f s".formatted(gateway.start().toMillis() / 1e3));
            var throughputs = new Throughputs(gateway, receiver, SECONDS);
            throughputs.warmUp(WARM_UP / 3);
            curve(table, throughputs, what, bare);
        }
    }

    private static void curve(Table table, Throughputs throughputs, String what, double bare) {
        throughputs.parked();
        table.atLeast(
                "batches of 100, 1 of them wants it, " + what,
                throughputs.delivered(Load.BATCHES, 1),
                "the bare loop",
                bare,
                0.35);
        table.atMost("parked as rows meanwhile, " + what, throughputs.parked(), "", 0);
    }

    private void starts() {
        var table = table("Start");
        var bare = Starts.seconds(Starts::bare);
        table.figure("bare Spring Boot and Camel", "%.1f s".formatted(bare));
        table.atMost("bin/waypost", Starts.seconds(Starts::packaged), "s", "bare", bare, 1.2);
        table.figure("the same without the cache", "%.1f s".formatted(Starts.seconds(Starts::withoutCache)));
        table.atMost("the jar alone", Starts.seconds(() -> Starts.jar(JAR)), "s", "bare", bare, 1.8);
        firstEvents(table, "bin/waypost", Starts.packaged());
        firstEvents(table, "the jar alone", Starts.jar(JAR));
    }

    private void idle() {
        var table = table("Idle");
        try (var idle = Starts.packaged()) {
            idle.start();
            table.atMost("an idle gateway, of one processor", Starts.idlePercent(idle), "%", 1);
        }
    }

    /** What single events cost right after a start and after the warm-up. */
    private void firstEvents(Table table, String what, Subject subject) {
        try (subject) {
            subject.start();
            var throughputs = new Throughputs(subject, receiver, SECONDS);
            var first = throughputs.microsEach(FIRST);
            throughputs.warmUp(WARM_UP);
            table.atMost(
                    "processor time of each of the first %,d events, %s".formatted(FIRST, what),
                    first,
                    "µs",
                    "one later",
                    throughputs.microsEach(LATER),
                    2);
        }
    }

    private void write() throws IOException {
        var text = Files.readString(DOCUMENT);
        var out = new StringBuilder(text.substring(0, text.indexOf(MARK) + MARK.length())).append("\n\n");
        out.append("Measured on %s with %d processors (%s), %s, seconds a case: %d.%n"
                .formatted(
                        LocalDate.now(),
                        Runtime.getRuntime().availableProcessors(),
                        processor(),
                        System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"),
                        SECONDS));
        tables.forEach(table -> table.lines().forEach(line -> out.append(line).append('\n')));
        Files.writeString(DOCUMENT, out);
    }

    private static String processor() throws IOException {
        var info = Path.of("/proc/cpuinfo");
        return Files.exists(info)
                ? Files.readAllLines(info).stream()
                        .filter(line -> line.startsWith("model name"))
                        .map(line -> line.substring(line.indexOf(':') + 2))
                        .findFirst()
                        .orElse("unknown")
                : "unknown";
    }
}
