package io.waypost.connector.kamelet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.Masking;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Masks what the connector's schema marks secret, headers by their names, and passwords in URLs. */
@Component
class ConfigMasking implements Masking {

    private static final List<String> TELLING = List.of("key", "token", "secret", "password");
    private static final Set<String> CREDENTIALS = Set.of("authorization", "proxy-authorization", "cookie");
    private static final Pattern PASSWORD = Pattern.compile(
            "([a-z][a-z0-9+.:-]*://[^/?#@:]*:)([^/?#]+)(@.*)", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private final ConnectorCatalog catalog;

    ConfigMasking(ConnectorCatalog catalog) {
        this.catalog = catalog.inside();
    }

    @Override
    public ObjectNode mask(String connector, ObjectNode config) {
        var secrets = secretFields(connector);
        var masked = config.deepCopy();
        masked.properties().forEach(field -> {
            var value = field.getValue();
            if (secrets.test(field.getKey())) {
                field.setValue(value.isNull() ? value : TextNode.valueOf(MASK));
            } else if (field.getKey().equals("headers") && value.isObject()) {
                value.properties().forEach(ConfigMasking::maskHeader);
            } else if (value.isTextual()) {
                field.setValue(TextNode.valueOf(maskPassword(value.textValue())));
            }
        });
        return masked;
    }

    @Override
    public ObjectNode unmask(String connector, ObjectNode sent, ObjectNode stored) {
        var secrets = secretFields(connector);
        var whole = sent.deepCopy();
        whole.properties().forEach(field -> {
            var kept = stored.get(field.getKey());
            var value = field.getValue();
            if (kept == null) {
                return;
            }
            if (secrets.test(field.getKey())) {
                field.setValue(isMask(value) ? kept : value);
            } else if (field.getKey().equals("headers") && value.isObject()) {
                value.properties().forEach(header -> unmaskHeader(header, kept));
            } else if (value.isTextual() && kept.isTextual()) {
                field.setValue(TextNode.valueOf(unmaskPassword(value.textValue(), kept.textValue())));
            }
        });
        return whole;
    }

    @Override
    public List<Violation> stray(String connector, JsonNode config) {
        var secrets = secretFields(connector);
        var stray = new Violations();
        for (var field : config.properties()) {
            var value = field.getValue();
            if (secrets.test(field.getKey()) ? isMask(value) : isMask(password(value))) {
                stray.add(stray("/config/" + field.getKey()));
            } else if (field.getKey().equals("headers")) {
                value.properties().stream()
                        .filter(header -> isCredential(header.getKey()) && isMask(header.getValue()))
                        .forEach(header -> stray.add(stray("/config/headers/" + header.getKey())));
            }
        }
        return stray;
    }

    private static Violation stray(String pointer) {
        return new Violation(
                pointer, "must be the secret itself; %s stands for one that is stored already".formatted(MASK));
    }

    private static @Nullable JsonNode password(JsonNode url) {
        var parts = url.isTextual() ? PASSWORD.matcher(url.textValue()) : null;
        return parts != null && parts.matches() ? TextNode.valueOf(parts.group(2)) : null;
    }

    /** Of a connector that cannot be used nobody knows which fields are secret, so that all of them are. */
    private Predicate<String> secretFields(String connector) {
        return catalog.find(connector)
                .map(known -> (Predicate<String>) known.description().secretFields()::contains)
                .orElse(_ -> true);
    }

    private static void maskHeader(Map.Entry<String, JsonNode> header) {
        if (isCredential(header.getKey())) {
            header.setValue(TextNode.valueOf(MASK));
        }
    }

    private static void unmaskHeader(Map.Entry<String, JsonNode> header, JsonNode kept) {
        if (!isCredential(header.getKey()) || !isMask(header.getValue())) {
            return;
        }
        for (var old : kept.properties()) {
            if (old.getKey().equalsIgnoreCase(header.getKey())) {
                header.setValue(old.getValue());
            }
        }
    }

    private static boolean isCredential(String header) {
        var name = header.toLowerCase(Locale.ROOT);
        return CREDENTIALS.contains(name) || TELLING.stream().anyMatch(name::contains);
    }

    private static boolean isMask(@Nullable JsonNode value) {
        return value != null && MASK.equals(value.textValue());
    }

    private static String maskPassword(String url) {
        var parts = PASSWORD.matcher(url);
        return parts.matches() ? parts.group(1) + MASK + parts.group(3) : url;
    }

    private static String unmaskPassword(String url, String stored) {
        var parts = PASSWORD.matcher(url);
        var old = PASSWORD.matcher(stored);
        return parts.matches() && parts.group(2).equals(MASK) && old.matches()
                ? parts.group(1) + old.group(2) + parts.group(3)
                : url;
    }
}
