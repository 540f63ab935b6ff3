package io.waypost.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes.Name;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenFilesTest {

    @Test
    void halfOfWhatTheLimitLeavesIsForConnectionsOfOneKindButNeverMoreThanUsual() {
        assertThat(OpenFiles.connections(8_192, 256, 1)).isEqualTo(78);
        assertThat(OpenFiles.connections(8_192, 1_048_576, 1)).isEqualTo(8_192);
        assertThat(OpenFiles.connections(8_192, 64, 1)).isEqualTo(16);
        assertThat(OpenFiles.connections(8_192, -1, 1)).isEqualTo(8_192);
        assertThat(OpenFiles.connections(8_192, 512, 204)).as("an unpacked jar").isEqualTo(129);
    }

    @Test
    void theJarsThatAJarNamesCount(@TempDir Path directory) throws IOException {
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Name.CLASS_PATH, "lib/one.jar lib/two.jar lib/three.jar");
        var jar = directory.resolve("some.jar");
        new JarOutputStream(Files.newOutputStream(jar), manifest).close();

        assertThat(OpenFiles.jars(jar.toString())).isEqualTo(4);
        assertThat(OpenFiles.jars("classes" + File.pathSeparator + jar)).isEqualTo(5);
        assertThat(OpenFiles.jars("classes" + File.pathSeparator + "none.jar")).isEqualTo(2);
    }
}
