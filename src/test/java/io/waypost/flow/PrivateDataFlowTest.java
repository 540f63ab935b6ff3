package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.waypost.testing.Gateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nobody but the user that the gateway runs as can read what is in the data directory. */
class PrivateDataFlowTest {

    @TempDir
    private Path home;

    private Path data;

    @BeforeEach
    void skipWhereThereAreNoModes() {
        assumeTrue(home.getFileSystem().supportedFileAttributeViews().contains("posix"));
        data = home.resolve("data");
    }

    private Gateway start() {
        return Gateway.with(Map.of("waypost.data-dir", data, "waypost.admin-key", ""));
    }

    private Map<String, String> modes() throws IOException {
        var modes = new TreeMap<String, String>();
        modes.put(".", mode(data));
        try (var files = Files.walk(data)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                modes.put(data.relativize(file).toString(), mode(file));
            }
        }
        return modes;
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void aNewDataDirectoryAndItsFilesAreForTheOwnerAlone() throws IOException {
        try (var _ = start()) {
            assertPrivate();
        }

        assertPrivate();
    }

    @Test
    void oneThatWasWiderIsNarrowedAtTheStart() throws IOException {
        start().close();
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (var file : modes().keySet()) {
            if (!file.equals(".")) {
                Files.setPosixFilePermissions(data.resolve(file), PosixFilePermissions.fromString("rw-r--r--"));
            }
        }

        try (var _ = start()) {
            assertPrivate();
        }
    }

    @Test
    void aFileOfSomebodyElseInItIsLeftAsItIs() throws IOException {
        Files.createDirectory(data);
        var other = Files.createFile(data.resolve("notes.txt"));
        Files.setPosixFilePermissions(other, PosixFilePermissions.fromString("rw-r--r--"));

        try (var _ = start()) {
            assertThat(mode(other)).isEqualTo("rw-r--r--");
            assertThat(mode(data)).isEqualTo("rwx------");
        }
    }

    private void assertPrivate() throws IOException {
        var modes = modes();
        assertThat(modes).containsKeys("waypost.mv.db", "secret.key", "admin.key");
        assertThat(modes.remove(".")).isEqualTo("rwx------");
        assertThat(modes.values()).containsOnly("rw-------");
    }
}
