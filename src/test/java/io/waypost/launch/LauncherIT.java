package io.waypost.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher in the jar; that the gateway starts by it is {@code StartIT}'s. */
class LauncherIT {

    private static final Path JAR = Path.of(System.getProperty("waypost.jar")).toAbsolutePath();

    @TempDir
    private Path home;

    @Test
    void itFindsWhatSpringBootsOwnLoaderFinds() throws Exception {
        var tests = Path.of(LauncherIT.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());

        // The jar is first: whose classes are there says which jar Spring Boot's launcher is in.
        assertThat(java("-cp", JAR + File.pathSeparator + tests, LoadersCompared.class.getName(), JAR.toString()))
                .isEqualTo("compared enough");
    }

    @Test
    void theToolsOfSpringBootKnowWhichLayerItIsIn() throws Exception {
        var layers = home.resolve("layers");

        java("-Djarmode=tools", "-jar", JAR.toString(), "extract", "--layers", "--launcher", "--destination", "layers");

        assertThat(layers.resolve("spring-boot-loader/io/waypost/launch/Launcher.class"))
                .isRegularFile();
    }

    private String java(String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(arguments));
        var output = home.resolve("output");
        var process = new ProcessBuilder(command)
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
            var text = Files.readString(output, StandardCharsets.UTF_8).strip();
            assertThat(process.exitValue()).as(text).isZero();
            return text;
        } finally {
            process.destroyForcibly();
        }
    }
}
