package io.waypost.platform.due;

/** Where it is found out what is due. */
public interface DueSource {

    /**
     * Looks, with a single query.
     *
     * @throws org.springframework.dao.DataAccessException if the database does not answer
     */
    Due look();
}
