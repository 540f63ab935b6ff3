package io.waypost.connector.kamelet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.CredentialHeaders;
import io.waypost.connector.Masking;
import io.waypost.platform.Json;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Masks what the connector's schema marks secret, headers by their names, and passwords in URLs. */
@Component
class ConfigMasking implements Masking {

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
        return violations(
                masks(connector, config),
                "must be the secret itself; %s stands for one that is stored already".formatted(MASK));
    }

    @Override
    public List<Violation> moved(String before, ObjectNode stored, String connector, ObjectNode sent) {
        var whole = unmask(before, sent, stored);
        var changes = connector.equals(before) ? changedPlaces(before, stored, whole) : Set.of("connector");
        if (changes.isEmpty()) {
            return new Violations();
        }
        var masks = masks(before, sent);
        masks.removeAll(masks(before, whole));
        return violations(
                masks,
                "must be given again: what is stored is not sent to where %s leads now"
                        .formatted(String.join(" and ", changes)));
    }

    /** Of a connector that cannot be used nobody knows where it sends, so that any change may lead elsewhere. */
    private Set<String> changedPlaces(String connector, ObjectNode stored, ObjectNode whole) {
        var known = catalog.find(connector);
        var schema = known.map(found -> found.description().schema()).orElseGet(Json::object);
        var places = new TreeSet<String>();
        known.ifPresentOrElse(found -> places.addAll(found.places()), () -> Stream.of(stored, whole)
                .flatMap(c -> c.properties().stream())
                .forEach(f -> places.add(f.getKey())));
        places.removeIf(place -> place(whole, place, schema).equals(place(stored, place, schema)));
        return places;
    }

    /** What a field says of the place: not the password that it may hold beside, and what is left out is the default. */
    private static JsonNode place(ObjectNode config, String field, JsonNode schema) {
        var value = config.hasNonNull(field)
                ? config.path(field)
                : schema.path("properties").path(field).path("default");
        return value.isTextual() ? TextNode.valueOf(maskPassword(value.textValue())) : value;
    }

    /** Where there is a mask in the place of a secret, as pointers below {@code /config}. */
    private Set<String> masks(String connector, JsonNode config) {
        var secrets = secretFields(connector);
        var masks = new LinkedHashSet<String>();
        for (var field : config.properties()) {
            var value = field.getValue();
            if (secrets.test(field.getKey()) ? isMask(value) : isMask(password(value))) {
                masks.add("/config/" + field.getKey());
            } else if (field.getKey().equals("headers")) {
                value.properties().stream()
                        .filter(header -> CredentialHeaders.isOne(header.getKey()) && isMask(header.getValue()))
                        .forEach(header -> masks.add("/config/headers/" + header.getKey()));
            }
        }
        return masks;
    }

    private static List<Violation> violations(Set<String> pointers, String detail) {
        return pointers.stream()
                .map(pointer -> new Violation(pointer, detail))
                .collect(Collectors.toCollection(Violations::new));
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
        if (CredentialHeaders.isOne(header.getKey())) {
            header.setValue(TextNode.valueOf(MASK));
        }
    }

    private static void unmaskHeader(Map.Entry<String, JsonNode> header, JsonNode kept) {
        if (!CredentialHeaders.isOne(header.getKey()) || !isMask(header.getValue())) {
            return;
        }
        for (var old : kept.properties()) {
            if (old.getKey().equalsIgnoreCase(header.getKey())) {
                header.setValue(old.getValue());
            }
        }
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
