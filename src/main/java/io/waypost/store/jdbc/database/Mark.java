package io.waypost.store.jdbc.database;

import io.waypost.platform.CannotStart;
import io.waypost.platform.files.PrivateFiles;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.Properties;

/**
 * The state of the database as this node last saw it, kept in a file outside the database. A later start must find this
 * state or a newer one.
 *
 * @param database the id of the database
 * @param seq the sequence number of the last event that was durably in it
 * @param seen when the state was read
 */
record Mark(String database, long seq, Instant seen) {

    /** The name of the file in the data directory. */
    static final String FILE = "waypost.mark";

    /** The name of the state in setting {@code waypost.storage.accept-loss}. */
    String name() {
        return database + ":" + seq;
    }

    /** Whether the other mark has the same state, whenever it was seen. */
    boolean isSameState(Mark other) {
        return database.equals(other.database) && seq == other.seq;
    }

    /**
     * Reads the file; empty if there is none.
     *
     * @throws CannotStart if it cannot be read
     */
    static Optional<Mark> read(Path file) {
        try {
            var lines = new Properties();
            lines.load(new StringReader(Files.readString(file)));
            return Optional.of(new Mark(
                    value(lines, "database"),
                    Long.parseLong(value(lines, "sequence")),
                    Instant.parse(value(lines, "seen"))));
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (IOException | IllegalArgumentException | DateTimeException e) {
            throw new CannotStart(
                    "The file " + file + ", which says what was in the database, cannot be read: " + e,
                    "Give this user the right to read it; or delete it, if it is damaged and you know that the database is the"
                            + " right one.",
                    e);
        }
    }

    private static String value(Properties lines, String name) {
        var value = lines.getProperty(name);
        if (value == null) {
            throw new IllegalArgumentException("it has no " + name);
        }
        return value;
    }

    /** Replaces the file atomically; it is readable for this user only. */
    void write(Path file) throws IOException {
        PrivateFiles.replace(file, """
                # Written by Waypost: what is in its database. A start on less is refused; see docs/operations.md.
                database=%s
                sequence=%d
                seen=%s
                """.formatted(database, seq, seen));
    }
}
