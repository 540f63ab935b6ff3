package io.waypost.platform.node;

import java.time.Duration;
import java.util.Set;

/** The nodes' signs of life, timed by the one clock they share: the database's. A port. */
public interface NodeStore {

    /**
     * The node lives.
     *
     * @param id of the node
     * @throws org.springframework.dao.DataAccessException if that cannot be written down now
     */
    void beat(String id);

    /**
     * @param silence who has not said so for that long does not count as living
     * @return the ids of those that live
     */
    Set<String> living(Duration silence);

    /**
     * Gives up what others than these have claimed, so that it is taken up again at once. Their claims stay valid until
     * somebody else has taken them.
     *
     * @return how many claims that were
     */
    int release(Set<String> living);

    /** The node ends: from now on it does not count as living. */
    void leave(String id);
}
