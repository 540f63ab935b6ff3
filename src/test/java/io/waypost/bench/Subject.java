package io.waypost.bench;

import io.waypost.testing.Api;
import io.waypost.testing.Client;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The jar under test: a process with the settings it comes with, its heap size the only flag, and those of {@code bench.flags}. */
final class Subject implements AutoCloseable {

    static final String KEY = "the-admin-key-of-the-benchmark";

    private static final List<String> FLAGS = Pattern.compile("\\s+")
            .splitAsStream(System.getProperty("bench.flags", ""))
            .filter(flag -> !flag.isEmpty())
            .toList();
    static final Path PACKAGED = Path.of(System.getProperty("waypost.jar", "target/none"))
            .resolveSibling("waypost")
            .toAbsolutePath();

    private static final Pattern PARKED =
            Pattern.compile("(?m)^waypost_deliveries_parked_total\\{.*why=\"(\\w+)\".*} ([0-9.E+]+)$");
    private static final Pattern LISTENS = Pattern.compile("Waypost listens on http://localhost:(\\d+)");
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Duration LONGEST_END = Duration.ofSeconds(40);

    private final List<String> command = new ArrayList<>();
    private final Path home;
    private final Map<String, String> settings = new TreeMap<>();
    private final AtomicInteger port = new AtomicInteger();
    private Process process;

    private Subject(Path home) {
        this.home = home;
        with("SERVER_PORT", "0");
        with("SERVER_ADDRESS", "127.0.0.1");
        with("WAYPOST_DATA_DIR", home.toString());
        with("WAYPOST_ADMIN_KEY", KEY);
        with("WAYPOST_ALLOW_PRIVATE_NETWORKS", "true");
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    }

    /** As {@code bin/waypost} starts it, but for the size of its heap. */
    static Subject packaged(Path home, String heap) {
        var subject = unpacked(home, heap);
        subject.flag("-XX:AOTCache=" + PACKAGED.resolve("waypost.aot"));
        subject.flag("-XX:+AOTCompileEagerly").flag("-XX:+UnlockExperimentalVMOptions");
        return subject;
    }

    /** The same without what the JDK has kept of the training run. */
    static Subject unpacked(Path home, String heap) {
        var subject = jar(PACKAGED.resolve("waypost.jar"), home, heap);
        subject.flag("@" + PACKAGED.resolve("jvm.options"));
        return subject;
    }

    /** @param jar the jar, as it is or unpacked by its own tools */
    static Subject jar(Path jar, Path home, String heap) {
        var subject = new Subject(home);
        subject.command.addAll(FLAGS);
        subject.command.addAll(List.of("-Xmx" + heap, "-jar", jar.toString()));
        return subject;
    }

    /** Another main class on the same libraries. */
    static Subject main(String main, String classPath, Path home, String heap) {
        var subject = new Subject(home);
        subject.command.addAll(List.of("-Xmx" + heap, "-cp", classPath, main));
        return subject;
    }

    /** A flag for the JVM. */
    Subject flag(String flag) {
        command.add(1, flag);
        return this;
    }

    Subject with(String variable, String value) {
        settings.put(variable, value);
        return this;
    }

    /** Returns how long it took to be ready. */
    Duration start() {
        var begin = System.nanoTime();
        port.set(0);
        var builder = new ProcessBuilder(command).directory(home.toFile()).redirectErrorStream(true);
        builder.environment()
                .keySet()
                .removeIf(name ->
                        name.startsWith("WAYPOST_") || name.startsWith("SERVER_") || name.startsWith("SPRING_"));
        builder.environment().putAll(settings);
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::read);
        if (!Measure.await(() -> port.get() != 0 || !process.isAlive(), PATIENCE) || !process.isAlive()) {
            throw new IllegalStateException("The gateway does not start");
        }
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    private void read() {
        try {
            process.inputReader().lines().forEach(line -> {
                var found = LISTENS.matcher(line);
                if (found.find()) {
                    port.set(Integer.parseInt(found.group(1)));
                } else if (line.contains("ERROR") || line.contains("WARN") || line.contains("Exception")) {
                    System.out.println("  gateway: " + line);
                }
            });
        } catch (UncheckedIOException _) {
            // Killed: it has no more to say.
        }
    }

    int port() {
        return port.get();
    }

    Client client() {
        return new Client(new Api("http://127.0.0.1:" + port, KEY));
    }

    /** Subscriptions of webhooks, one for each URL; answers their ids. */
    List<String> subscribe(String type, List<String> urls, String more) {
        return urls.stream().map(url -> client().subscribe(type, url, more)).toList();
    }

    void delete(List<String> subscriptions) {
        for (var subscription : subscriptions) {
            client().api().delete("/v1/subscriptions/" + subscription).expect(204);
        }
    }

    /** How many deliveries have become rows although nothing had failed, by why. */
    Map<String, Long> parked() {
        return PARKED.matcher(
                        client().api().get("/actuator/prometheus").expect(200).text())
                .results()
                .collect(Collectors.toMap(
                        found -> found.group(1), found -> Math.round(Double.parseDouble(found.group(2)))));
    }

    /** The time its threads have run so far. */
    Duration cpu() {
        return process.toHandle().info().totalCpuDuration().orElseThrow();
    }

    @Override
    public void close() {
        end(LONGEST_END);
    }

    /** Asks it to end, and ends it if it has not after that time. */
    void end(Duration most) {
        // Not by the process itself: that would close its output, which it needs to write its last words.
        process.toHandle().destroy();
        try {
            if (!process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
