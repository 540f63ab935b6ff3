package io.waypost.platform.storage;

import java.util.Optional;
import java.util.OptionalLong;

/** What everything is kept in, as far as it can fail. A port, so that it may be any database. */
public interface Storage {

    /**
     * Finds out whether it could be written to, as cheaply as that can be known: for a database that others use too by
     * writing something small that changes nothing. Bounded in time: some seconds at most, whatever hangs.
     *
     * @throws org.springframework.dao.DataAccessException if it gives no answer, cannot be written to, or has failed to write
     *     something since it was last {@linkplain #tryOut() tried out}
     */
    void look();

    /**
     * After something could not be written: writes as much as an event may have, and leaves nothing of it.
     *
     * @throws org.springframework.dao.DataAccessException if that is not possible, or would be no proof that more can be
     *     written
     */
    void tryOut();

    /**
     * Bytes that may still be written; empty if that is not known here.
     *
     * @throws org.springframework.dao.DataAccessException if the place it is kept in cannot be looked at, or is not the one
     *     any more that was opened
     */
    OptionalLong room();

    /** How large it is; empty if that is not known here. */
    default Optional<Size> size() {
        return Optional.empty();
    }

    /**
     * Of a file.
     *
     * @param bytes all of it
     * @param live what of it is in use, about
     */
    record Size(long bytes, long live) {}
}
