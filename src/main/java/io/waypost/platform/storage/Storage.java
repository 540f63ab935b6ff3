package io.waypost.platform.storage;

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

    /** Bytes that may still be written; empty if that is not known here. */
    OptionalLong room();
}
