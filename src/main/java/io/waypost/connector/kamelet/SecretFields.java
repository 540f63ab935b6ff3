package io.waypost.connector.kamelet;

import io.waypost.connector.SecretFieldStore;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was secret stays secret: a file that calls a field so no longer, by mistake or not, must not show what subscriptions
 * have stored in it.
 */
final class SecretFields {

    private static final Logger LOG = LoggerFactory.getLogger(SecretFields.class);

    private final SecretFieldStore store;
    private final Map<String, Set<String>> known = new HashMap<>();

    SecretFields(SecretFieldStore store) {
        this.store = store;
    }

    /**
     * All fields of a connector that are secret now, or were.
     *
     * @param now what its file says
     */
    synchronized Set<String> of(String connector, Set<String> now) {
        var all = known.computeIfAbsent(connector, _ -> new HashSet<>());
        all.addAll(now);
        try {
            var stored = store.of(connector);
            var missing = new HashSet<>(all);
            missing.removeAll(stored);
            store.add(connector, missing);
            all.addAll(stored);
        } catch (RuntimeException e) {
            LOG.warn(
                    "Which fields of the connector {} were secret cannot be looked up; those known here stay so",
                    connector,
                    e);
        }
        return Set.copyOf(all);
    }
}
