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
 * What a node has seen of its database, kept in a file outside it: the state that a later start must find, or a newer one.
 *
 * @param database the id of the database
 * @param seq the number of the last event that was in it for good
 * @param seen when that was so
 */
record Mark(String database, long seq, Instant seen) {

    /** Of the file, in the data directory. */
    static final String FILE = "waypost.mark";

    /** As somebody names the state who accepts that it is gone. */
    String name() {
        return database + ":" + seq;
    }

    /** Whether the other one is of the same state, whenever it was seen. */
    boolean says(Mark other) {
        return database.equals(other.database) && seq == other.seq;
    }

    /**
     * The one in the file; empty if there is no such file.
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

    /** Puts it into the file, for this user alone; all of it or nothing. */
    void write(Path file) throws IOException {
        PrivateFiles.replace(file, """
                # Written by Waypost: what is in its database. A start on less is refused; see docs/operations.md.
                database=%s
                sequence=%d
                seen=%s
                """.formatted(database, seq, seen));
    }
}
