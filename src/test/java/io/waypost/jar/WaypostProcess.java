package io.waypost.jar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Api;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * The jar as a process of its own, as people run it: settings by environment variables, a data directory that outlives it,
 * signals. Can be started again after its end.
 */
final class WaypostProcess implements AutoCloseable {

    /** A start takes some seconds on a machine that does nothing else; builds share theirs. */
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final Pattern LISTENS = Pattern.compile("Waypost listens on http://localhost:(\\d+)");

    private static final Pattern HEAP = Pattern.compile("(?m)^jvm_memory_used_bytes\\{area=\"heap\".*} ([0-9.E]+)$");

    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();
    private static final Path JAR = Path.of(System.getProperty("waypost.jar"));

    /** What {@code mvn package} makes beside the jar. */
    static final Path PACKAGED = JAR.resolveSibling("waypost");

    private final Path home;
    private final Path jar;
    private final Map<String, String> settings = new TreeMap<>();
    private final List<String> flags = new ArrayList<>();
    private final List<String> arguments = new ArrayList<>();
    private List<String> output = List.of();
    private int fileLimit;
    private Process process;

    private WaypostProcess(Path home, Path jar) {
        this.home = home;
        this.jar = jar;
    }

    /** The jar as it is, in the working directory {@code home}, with its data in {@code home/data}. */
    static WaypostProcess in(Path home) {
        return in(home, JAR);
    }

    /**
     * As {@link #in}, but unpacked, and with what the JDK has kept of the training run: it does the same and starts in a third of
     * the time.
     */
    static WaypostProcess unpackedIn(Path home) {
        return in(home, PACKAGED.resolve("waypost.jar"))
                .withFlag("-XX:+UseCompactObjectHeaders")
                .withFlag("-XX:AOTCache=" + PACKAGED.resolve("waypost.aot"));
    }

    private static WaypostProcess in(Path home, Path jar) {
        return new WaypostProcess(home, jar)
                .with("SERVER_PORT", "0")
                .with("SERVER_ADDRESS", "127.0.0.1")
                .with("WAYPOST_DATA_DIR", home.resolve("data").toString());
    }

    WaypostProcess with(String variable, String value) {
        settings.put(variable, value);
        return this;
    }

    /** For what has no environment variable of its own. */
    WaypostProcess withArgument(String argument) {
        arguments.add(argument);
        return this;
    }

    /** For the JVM. */
    WaypostProcess withFlag(String flag) {
        flags.add(flag);
        return this;
    }

    /** It may have no more files open than that. */
    WaypostProcess withFileLimit(int most) {
        fileLimit = most;
        return this;
    }

    /** Starts it and returns when it is ready. */
    WaypostProcess start() {
        return launch().awaitReady();
    }

    /** Whether its start is over. */
    boolean listens() {
        assertThat(process.isAlive()).as(() -> "it runs: " + text()).isTrue();
        return port() != null;
    }

    /** Returns when it says that it listens, before anybody has asked it for anything. */
    WaypostProcess awaitListening() {
        await().atMost(PATIENCE).until(() -> port() != null || !process.isAlive());
        assertThat(process.isAlive()).as(() -> "it runs: " + text()).isTrue();
        return this;
    }

    /** Returns when it is ready. */
    WaypostProcess awaitReady() {
        awaitListening();
        assertThat(api(null).get("/actuator/health").status()).isEqualTo(200);
        return this;
    }

    /** Starts it and returns at once. */
    WaypostProcess launch() {
        var builder = new ProcessBuilder(command()).directory(home.toFile()).redirectErrorStream(true);
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
        var lines = new CopyOnWriteArrayList<String>();
        output = lines;
        var running = process;
        // Reading from a pipe holds its carrier: virtual threads would leave none to the others where there are two
        // cores.
        Thread.ofPlatform().daemon().start(() -> readInto(lines, running));
        return this;
    }

    /** What starts it, in words for a shell or a process builder. */
    List<String> command() {
        var command = new ArrayList<>(List.of(
                JAVA,
                "-Xmx512m",
                // The processes of these tests live for seconds: the best compiler and collector would not pay off.
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC"));
        command.addAll(flags);
        command.addAll(List.of("-jar", jar.toString()));
        command.addAll(arguments);
        if (fileLimit > 0) {
            command.addAll(0, List.of("bash", "-c", "ulimit -n %d && exec \"$@\"".formatted(fileLimit), "limited"));
        }
        return command;
    }

    private static void readInto(List<String> lines, Process running) {
        try {
            running.inputReader().lines().forEach(lines::add);
        } catch (UncheckedIOException _) {
            // Killed: it has no more to say.
        }
    }

    /** Where it listens; null while it does not. */
    String port() {
        for (var line : output) {
            var found = LISTENS.matcher(line);
            if (found.find()) {
                return found.group(1);
            }
        }
        return null;
    }

    /** A client with the given key; null: none. */
    Api api(String key) {
        return new Api("http://127.0.0.1:" + port(), key);
    }

    /** A client with the admin key: the one set, or the one in the file. */
    Api admin() {
        var given = settings.get("WAYPOST_ADMIN_KEY");
        return api(given != null ? given : read("data/admin.key").strip());
    }

    String read(String file) {
        try {
            return Files.readString(home.resolve(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What it has printed since its last start. */
    List<String> output() {
        return output;
    }

    String text() {
        return String.join("\n", output);
    }

    long pid() {
        return process.pid();
    }

    boolean hasEnded() {
        return !process.isAlive();
    }

    /** {@code kill -9}; returns when it is gone. */
    void kill() {
        process.destroyForcibly();
        awaitEnd(Duration.ofSeconds(10));
    }

    /** What is reachable on its heap, in bytes, after a full collection. */
    long liveHeap() {
        run(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                String.valueOf(process.pid()),
                "GC.run");
        return HEAP.matcher(admin().get("/actuator/prometheus").expect(200).text())
                .results()
                .mapToLong(found -> (long) Double.parseDouble(found.group(1)))
                .sum();
    }

    private static void run(String... command) {
        try {
            var exit = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start()
                    .waitFor();
            assertThat(exit).isZero();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** {@code kill}: SIGTERM. */
    void terminate() {
        process.destroy();
    }

    /** Returns its exit code; fails if it has not ended by then. */
    int awaitEnd(Duration most) {
        try {
            assertThat(process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS))
                    .as(() -> "it has ended within " + most + ": " + text())
                    .isTrue();
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** For a start that is to fail: what it has printed. */
    String awaitRefusal() {
        assertThat(awaitEnd(PATIENCE)).isEqualTo(1);
        return text();
    }

    @Override
    public void close() {
        if (process != null) {
            kill();
        }
    }
}
