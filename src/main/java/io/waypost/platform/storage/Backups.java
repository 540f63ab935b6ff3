package io.waypost.platform.storage;

import java.nio.file.Path;
import java.time.Instant;

/** Copies of all that is stored, made while it is in use. A port, like {@link Storage}. */
public interface Backups {

    /**
     * Makes one, and returns when it is on disk. Everything that was acknowledged before is in it.
     *
     * @throws io.waypost.platform.Refused (conflict) if one is being made, or the database has to be backed up by its own tools
     * @throws java.io.UncheckedIOException if it cannot be written
     * @throws org.springframework.dao.DataAccessException if the database does not give it
     */
    Made make();

    /**
     * One that has been made.
     *
     * @param bytes its size
     * @param at when it was begun
     */
    record Made(Path file, long bytes, Instant at) {}
}
