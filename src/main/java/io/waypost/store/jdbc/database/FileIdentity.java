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
 * A file that this process has open, and whether it is still the one at its path. A file that was deleted can be written to
 * as long as it is open, and all that is written is gone with the process.
 *
 * @param key as the file system tells files apart; null where it does not: then only that there is a file is looked at
 */
record FileIdentity(Path file, @Nullable Object key) {

    /** Of the file that is there now; empty if none is, as where H2 has a file system of its own. */
    static Optional<FileIdentity> of(Path file) throws IOException {
        try {
            return Optional.of(new FileIdentity(file, keyOf(file)));
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
    }

    /** What happened to the file, and what to do, in sentences; empty if it is where it was. */
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
