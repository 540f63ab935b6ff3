package io.waypost.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.function.Supplier;

/** How long a start takes, and how much an idle gateway does. */
final class Starts {

    private static final int TIMES = 3;

    /** At its end the JVM writes the cache, by a process of its own. */
    private static final Duration CACHING = Duration.ofMinutes(3);

    /** After a start the compiler goes on for a while. */
    private static final Duration SETTLING = Duration.ofSeconds(30);

    private Starts() {}

    /** The jar unpacked by its own tools, as the README recommends it for servers; answers the jar within. */
    static Path unpack(Path jar, Path into) {
        try {
            var exit = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Djarmode=tools",
                            "-jar",
                            jar.toString(),
                            "extract",
                            "--force",
                            "--destination",
                            into.toString())
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start()
                    .waitFor();
            if (exit != 0) {
                throw new IllegalStateException("The jar cannot be unpacked");
            }
            return into.resolve(jar.getFileName());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The median of some starts, in seconds. */
    static double seconds(Supplier<Subject> fresh) {
        var times = new ArrayList<Duration>();
        for (int i = 0; i < TIMES; i++) {
            try (var subject = fresh.get()) {
                times.add(subject.start());
            }
        }
        Collections.sort(times);
        return times.get(TIMES / 2).toMillis() / 1e3;
    }

    /** A gateway on an empty database. */
    static Subject waypost(Path jar) {
        return Subject.jar(jar, directory(), "1g");
    }

    /** With what the JDK kept of a start before: its loaded and linked classes. */
    static Subject withCache(Path jar, Path cache) {
        return waypost(jar).flag("-XX:AOTCache=" + cache);
    }

    /** Starts and ends a gateway once, which leaves the cache behind. */
    static Path makeCache(Path jar) {
        var cache = directory().resolve("waypost.aot");
        try (var gateway = waypost(jar).flag("-XX:AOTCacheOutput=" + cache)) {
            gateway.start();
            gateway.end(CACHING);
        }
        if (!Files.exists(cache)) {
            throw new IllegalStateException("The JDK has made no AOT cache");
        }
        return cache;
    }

    /** Spring Boot and Camel alone, on the same libraries. */
    static Subject bare(Path unpackedJar) {
        var classPath = "%s:%s/*"
                .formatted(Path.of("target", "test-classes").toAbsolutePath(), unpackedJar.resolveSibling("lib"));
        return Subject.main("io.waypost.bench.bare.BareApplication", classPath, directory(), "1g");
    }

    /** Percent of one processor that a gateway uses on which nothing happens. */
    static double idlePercent(Subject subject, int seconds) {
        Measure.pause(SETTLING);
        var before = subject.cpu();
        Measure.pause(Duration.ofSeconds(seconds));
        return subject.cpu().minus(before).toMillis() / 10.0 / seconds;
    }

    static Path directory() {
        try {
            return Files.createTempDirectory("waypost-bench");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
