package io.waypost.connector;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A connector as its file {@code connectors/NAME.kamelet.yaml} describes it.
 *
 * @param schema JSON Schema of the config
 * @param secretFields the config fields that are secret: marked {@code format: password}, or once so, or used to authenticate
 * @param perSecond the default rate of a subscription, messages a second; null: unlimited
 * @param hub what stands under {@code spec.x-waypost}; an empty object without it
 * @param error why the file cannot be used; null if it can
 */
public record ConnectorDescription(
        String name,
        String title,
        String description,
        @Nullable String icon,
        ObjectNode schema,
        Set<String> secretFields,
        @Nullable Double perSecond,
        JsonNode hub,
        @Nullable String error) {

    /** The same, with what is wrong with its file. */
    public ConnectorDescription withError(String why) {
        return new ConnectorDescription(name, title, description, icon, schema, secretFields, perSecond, hub, why);
    }

    /** The same with these secret fields in the place of its own. */
    public ConnectorDescription withSecrets(Set<String> fields) {
        return new ConnectorDescription(
                name, title, description, icon, schema, Set.copyOf(fields), perSecond, hub, error);
    }

    public boolean ready() {
        return error == null;
    }
}
