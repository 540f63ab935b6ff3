package io.waypost.intake;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.event.EventTypes;
import io.waypost.event.NewEvent;
import io.waypost.event.TypeName;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import io.waypost.tenancy.Caller;
import io.waypost.tenancy.Tenants;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;
import org.springframework.util.MimeType;

/**
 * Makes events of what a publisher posts: one or an array of our own JSON, or CloudEvents 1.0 in its structured, batched or
 * binary form.
 *
 * @see <a href="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md">CloudEvents,
 *     HTTP protocol binding</a>
 */
@Component
public class EventReader {

    /** 16 MiB. */
    public static final int MAX_REQUEST_BYTES = 16 * 1024 * 1024;

    /** 1 MiB. */
    public static final int MAX_EVENT_BYTES = EventFields.MAX_EVENT_BYTES;

    private static final int MAX_EVENTS = 1_000;
    private static final String ACCEPTED = "must be application/json, application/cloudevents+json,"
            + " application/cloudevents-batch+json, or any type with ce- headers";

    private final Predicate<String> tenantExists;
    private final Schemas schemas;

    /** Tells what of an event's data its type's schema does not allow. */
    @FunctionalInterface
    interface Schemas {
        List<Violation> violations(String tenant, String type, String data);
    }

    private enum Form {
        PLAIN,
        STRUCTURED,
        BATCHED,
        BINARY
    }

    @Autowired
    public EventReader(Tenants tenants, EventTypes types) {
        this(tenants::exists, types::violations);
    }

    EventReader(Predicate<String> tenantExists, Schemas schemas) {
        this.tenantExists = tenantExists;
        this.schemas = schemas;
    }

    /**
     * Checks the whole body before it says anything, so that a publisher hears of all bad events at once.
     *
     * @param headers of the request; names in any case; only {@code ce-…} matter
     * @param now the time of an event that names none
     * @return at least one event
     * @throws Invalid with everything that is wrong; pointers into an array begin with the index
     * @throws Refused if it is no JSON, of another content type, too large, or for a tenant the caller may not act for
     */
    public List<NewEvent> read(
            @Nullable String contentType, Map<String, String> headers, byte[] body, Caller caller, Instant now) {
        if (body.length > MAX_REQUEST_BYTES) {
            throw Refused.tooLarge("A request may have 16 MiB");
        }
        var type = parse(contentType);
        var reader = new EventFields(tenantExists, caller, now);
        var violations = new Violations();
        var events =
                switch (form(type, headers)) {
                    case PLAIN -> plain(body, reader, violations);
                    case STRUCTURED -> List.of(reader.cloud(single(body), "", violations));
                    case BATCHED -> array(body, reader::cloud, violations);
                    case BINARY -> List.of(binary(type, headers, body, reader, violations));
                };
        if (violations.isEmpty()) {
            return events;
        }
        var array = isArray(contentType, headers, body);
        for (int i = 0; i < events.size(); i++) {
            addMismatches(events.get(i), array ? "/" + i : "", violations);
        }
        throw new Invalid(violations);
    }

    /** What the schema of its type has to say as well; of events that can be published the publisher asks it. */
    private void addMismatches(NewEvent event, String pointer, List<Violation> violations) {
        if (TypeName.isOne(event.type()) && tenantExists.test(event.tenant())) {
            for (var violation : schemas.violations(event.tenant(), event.type(), event.data())) {
                violations.add(new Violation(pointer + violation.pointer(), violation.detail()));
            }
        }
    }

    /** Whether the body is an array of events, so that pointers to what is wrong with it begin with an index. */
    public boolean isArray(@Nullable String contentType, Map<String, String> headers, byte[] body) {
        return switch (form(parse(contentType), headers)) {
            case PLAIN -> Json.isArray(body);
            case BATCHED -> true;
            case STRUCTURED, BINARY -> false;
        };
    }

    private static @Nullable MimeType parse(@Nullable String contentType) {
        try {
            return contentType == null || contentType.isBlank() ? null : MimeType.valueOf(contentType);
        } catch (IllegalArgumentException _) {
            throw Refused.unsupportedType("The content type is none: it " + ACCEPTED);
        }
    }

    private static Form form(@Nullable MimeType type, Map<String, String> headers) {
        var essence = type == null ? "" : type.getType() + "/" + type.getSubtype();
        return switch (essence) {
            case "application/cloudevents+json" -> inUtf8(type, Form.STRUCTURED);
            case "application/cloudevents-batch+json" -> inUtf8(type, Form.BATCHED);
            case String _ when headers.keySet().stream().anyMatch("ce-specversion"::equalsIgnoreCase) -> Form.BINARY;
            case "application/json" -> inUtf8(type, Form.PLAIN);
            default -> throw Refused.unsupportedType("The content type " + ACCEPTED);
        };
    }

    private static Form inUtf8(@Nullable MimeType type, Form form) {
        var charset = type == null ? null : type.getCharset();
        if (charset == null || charset.equals(StandardCharsets.UTF_8) || charset.equals(StandardCharsets.US_ASCII)) {
            return form;
        }
        throw Refused.unsupportedType("JSON must be in UTF-8, not in " + charset.name());
    }

    private static List<NewEvent> plain(byte[] body, EventFields reader, Violations violations) {
        return Json.isArray(body)
                ? array(body, reader::plain, violations)
                : List.of(reader.plain(single(body), "", violations));
    }

    private static JsonNode single(byte[] body) {
        requireSize(body.length, "The event");
        return Json.read(body, EventFields.DATA);
    }

    private static NewEvent binary(
            @Nullable MimeType type,
            Map<String, String> headers,
            byte[] body,
            EventFields reader,
            Violations violations) {
        requireSize(body.length, "The event");
        return reader.cloud(BinaryMode.event(type, headers, body, violations), "", violations);
    }

    private interface Element {
        NewEvent read(JsonNode element, String pointer, List<Violation> violations);
    }

    /** One after the other, so that no more than one of them is in memory twice. */
    private static List<NewEvent> array(byte[] body, Element reader, Violations violations) {
        var events = new ArrayList<NewEvent>();
        var found = new Violations();
        var count = Json.read(body, MAX_EVENTS, EventFields.DATA, (element, index, bytes) -> {
            var event = bytes > MAX_EVENT_BYTES ? withoutBlanks(element, index) : element;
            events.add(reader.read(event, "/" + index, found));
        });
        if (count < 1 || count > MAX_EVENTS) {
            violations.add(new Violation("", "must be an array of 1 to " + MAX_EVENTS + " events"));
            return List.of();
        }
        violations.addAll(found);
        return events;
    }

    /** @throws Refused if it is too large even so */
    private static JsonNode withoutBlanks(JsonNode element, int index) {
        var tree = Json.read(Json.write(element));
        requireSize(Json.write(tree).getBytes(StandardCharsets.UTF_8).length, "The event /" + index);
        return tree;
    }

    private static void requireSize(int bytes, String which) {
        if (bytes > MAX_EVENT_BYTES) {
            throw Refused.tooLarge(which + " is larger than the 1 MiB an event may have");
        }
    }
}
