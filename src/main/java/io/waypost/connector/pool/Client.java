package io.waypost.connector.pool;

/** A connection, or a client with connections of its own, to one destination. */
public interface Client extends AutoCloseable {

    /**
     * Whether it can be used once more; asked each time before it is. What was closed by the other side meanwhile must show
     * here and not in the attempt, which is made only once.
     */
    boolean usable() throws Exception;

    /** Lets go of everything. May talk to the other side, but need not come through. */
    @Override
    void close() throws Exception;
}
