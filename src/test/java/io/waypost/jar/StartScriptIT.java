package io.waypost.jar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Api;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The way Waypost is run best: what {@code mvn package} makes beside the jar. */
class StartScriptIT {

    private static final Duration LONG = Duration.ofSeconds(90);
    private static final Pattern LISTENS = Pattern.compile("Waypost listens on http://localhost:(\\d+)");
    private static final Path SCRIPT = WaypostProcess.PACKAGED.resolve("bin").resolve("waypost");

    @TempDir
    private Path home;

    private Path output() {
        return home.resolve("output");
    }

    private String text() throws IOException {
        return Files.readString(output(), StandardCharsets.UTF_8);
    }

    private Process run(Map<String, String> environment, String... arguments) throws IOException {
        var builder = new ProcessBuilder(SCRIPT.toAbsolutePath().toString()).directory(home.toFile());
        builder.command().addAll(List.of(arguments));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        return builder.redirectErrorStream(true)
                .redirectOutput(output().toFile())
                .start();
    }

    @Test
    void itStartsWithTheCacheFromWhereverItIsCalledAndEndsOnASignal() throws Exception {
        var process =
                run(Map.of("JAVA_OPTS", "-Xmx512m -Xlog:aot=info", "SERVER_ADDRESS", "127.0.0.1"), "--server.port=0");
        try {
            await().atMost(LONG).until(() -> LISTENS.matcher(text()).find() || !process.isAlive());
            var listens = LISTENS.matcher(text());
            assertThat(listens.find()).as(text()).isTrue();
            assertThat(text()).contains("waypost.aot");
            assertThat(text()).doesNotContain("[error]").doesNotContain("[warning][aot");
            new Api("http://127.0.0.1:" + listens.group(1), null)
                    .get("/actuator/health/readiness")
                    .expect(200);
            assertThat(home.resolve("data")).isDirectory();

            process.destroy();
            assertThat(process.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aTrainingTouchesNothingOfTheGatewayWhoseSettingsAreThere() throws Exception {
        var settings = Map.of(
                "JAVA_OPTS", "-Xmx512m -XX:TieredStopAtLevel=1",
                "WAYPOST_DB_URL", "jdbc:postgresql://127.0.0.1:1/none",
                "WAYPOST_DATA_DIR", home.resolve("data").toString(),
                "SERVER_PORT", "1");

        var training = run(settings, "--waypost.train=120");

        assertThat(training.waitFor(LONG.toSeconds(), TimeUnit.SECONDS))
                .as(text())
                .isTrue();
        assertThat(training.exitValue()).as(text()).isZero();
        assertThat(text()).contains("120 events were delivered");
        assertThat(home.resolve("data")).doesNotExist();
    }

    @Test
    void withoutAJavaThatWillDoItSaysWhichOneIsNeeded() throws Exception {
        var bin = Files.createDirectories(home.resolve("old").resolve("bin"));
        var java =
                Files.writeString(bin.resolve("java"), "#!/bin/sh\necho 'openjdk version \"21.0.2\" 2024-01-16' >&2\n");
        assertThat(java.toFile().setExecutable(true)).isTrue();

        var old = run(Map.of("JAVA_HOME", bin.getParent().toString()));
        assertThat(old.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(old.exitValue()).isEqualTo(1);
        assertThat(text())
                .contains("Waypost needs Java 25 or newer")
                .contains("is 21")
                .contains("Set JAVA_HOME");

        var none = run(Map.of("JAVA_HOME", home.resolve("nowhere").toString()));
        assertThat(none.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(none.exitValue()).isEqualTo(1);
        assertThat(text()).contains("Waypost needs Java 25 or newer").contains("is not there");
    }
}
