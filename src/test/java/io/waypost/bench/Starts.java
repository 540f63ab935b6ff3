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

    /** After a start the compiler goes on for a while. */
    private static final Duration SETTLING = Duration.ofSeconds(60);

    private static final int IDLE_SECONDS = 30;

    private Starts() {}

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

    /** A gateway on an empty database, as it runs best. */
    static Subject packaged() {
        return Subject.packaged(directory(), "1g");
    }

    static Subject withoutCache() {
        return Subject.unpacked(directory(), "1g");
    }

    static Subject jar(Path jar) {
        return Subject.jar(jar, directory(), "1g");
    }

    /** Spring Boot and Camel alone, on the same libraries. */
    static Subject bare() {
        var classPath = "%s:%s/*"
                .formatted(Path.of("target", "test-classes").toAbsolutePath(), Subject.PACKAGED.resolve("lib"));
        return Subject.main("io.waypost.bench.bare.BareApplication", classPath, directory(), "1g");
    }

    /** Percent of one processor that a gateway uses on which nothing happens. */
    static double idlePercent(Subject subject) {
        Measure.pause(SETTLING);
        var before = subject.cpu();
        Measure.pause(Duration.ofSeconds(IDLE_SECONDS));
        return subject.cpu().minus(before).toMillis() / 10.0 / IDLE_SECONDS;
    }

    static Path directory() {
        try {
            return Files.createTempDirectory("waypost-bench");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
