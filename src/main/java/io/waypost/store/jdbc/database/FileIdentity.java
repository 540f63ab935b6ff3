package io.waypost.store.jdbc.database;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An open file of this process, to check whether it is still the one at its path. A deleted file can be written to as long
 * as it is open, but everything is lost when the process ends.
 *
 * @param key the file system's key of the file; null if it has none: then only the existence of a file is checked
 */
record FileIdentity(Path file, @Nullable Object key) {

    /** The identity of the file that is there now; empty if there is none, as with H2's in-memory file system. */
    static Optional<FileIdentity> of(Path file) throws IOException {
        try {
            return Optional.of(new FileIdentity(file, keyOf(file)));
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
    }

    /** A description of what happened to the file, and what to do; empty if it is still at its path. */
    Optional<String> trouble() {
        try {
            return Objects.equals(keyOf(file), key)
                    ? Optional.empty()
                    : Optional.of(
                            ("The database file %s was replaced by another one while it was in use. Put the former one back;"
                                            + " or stop Waypost, make sure that the one to go on with is there, and start it")
                                    .formatted(file));
        } catch (NoSuchFileException _) {
            return Optional.of(
                    ("The database file %s was deleted or moved away while it was in use. Move it back; or stop"
                                    + " Waypost, put a backup in its place, and start it")
                            .formatted(file));
        } catch (IOException e) {
            return Optional.of(
                    "The database file %s cannot be looked at (%s). Make it accessible again".formatted(file, e));
        }
    }

    private static @Nullable Object keyOf(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }
}
