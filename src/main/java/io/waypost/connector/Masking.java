package io.waypost.connector;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Violation;
import java.util.List;

/** Config as it is shown: without what would let a reader in. */
public interface Masking {

    /** What stands in the place of a secret. */
    String MASK = "***";

    /**
     * A copy of the config in which secret fields, header values that carry credentials, and the password of a URL are
     * {@value #MASK}.
     */
    ObjectNode mask(String connector, ObjectNode config);

    /** A copy of {@code sent} in which each {@value #MASK} that stands where {@code stored} has a secret is that secret. */
    ObjectNode unmask(String connector, ObjectNode sent, ObjectNode stored);

    /**
     * What is wrong with a config that leads somewhere else than the one it takes the place of, and has {@value #MASK} where a
     * secret is stored: it must not be sent to a place that its giver has not named.
     *
     * @param sent for {@code connector}; may be another than the one of {@code stored}, {@code before}
     * @return a list of its own, with pointers below {@code /config}; empty if both lead to the same place
     */
    List<Violation> moved(String before, ObjectNode stored, String connector, ObjectNode sent);

    /**
     * What is wrong with a config that has {@value #MASK} where a secret should be and none is stored, as in a copy of one
     * that was read back.
     *
     * @return a list of its own, with pointers below {@code /config}
     */
    List<Violation> stray(String connector, JsonNode config);
}
