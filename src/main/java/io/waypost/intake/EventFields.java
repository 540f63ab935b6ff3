package io.waypost.intake;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.waypost.event.Event;
import io.waypost.event.NewEvent;
import io.waypost.event.TypeName;
import io.waypost.platform.Fields;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.platform.Texts;
import io.waypost.platform.Violation;
import io.waypost.tenancy.Caller;
import io.waypost.tenancy.Tenants;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads one event, our own form or a CloudEvent, and fills in its defaults. */
final class EventFields {

    /** 1 MiB, as posted. */
    static final int MAX_EVENT_BYTES = 1024 * 1024;

    /** The field whose text is kept as it came. */
    static final String DATA = "data";

    private static final int MAX_LINE = 1_000;
    private static final int MAX_EXTENSIONS = 100;
    private static final Pattern EXTENSION = Pattern.compile("[a-z0-9]{1,100}");

    private final Predicate<String> tenantExists;
    private final Caller caller;
    private final Instant now;

    EventFields(Predicate<String> tenantExists, Caller caller, Instant now) {
        this.tenantExists = tenantExists;
        this.caller = caller;
        this.now = now;
    }

    NewEvent plain(JsonNode node, String pointer, List<Violation> violations) {
        var fields = Fields.of(node, pointer, violations);
        var data = data(fields.any(DATA));
        return event(fields, data, false, () -> {
            fields.refuseUnknown();
            return null;
        });
    }

    NewEvent cloud(JsonNode node, String pointer, List<Violation> violations) {
        var fields = Fields.of(node, pointer, violations);
        var version = fields.any("specversion");
        if (node.isObject() && (version == null || !"1.0".equals(version.textValue()))) {
            fields.wrong("specversion", "must be 1.0");
        }
        fields.require("id");
        fields.require("source");
        var data = fields.any(DATA);
        var bytes = fields.any("data_base64");
        if (data != null && bytes != null) {
            fields.wrong("data_base64", "must not be given beside data");
        }
        var attributes = Json.object();
        keep(attributes, "datacontenttype", fields.line("datacontenttype", MAX_LINE));
        keep(attributes, "dataschema", fields.line("dataschema", MAX_LINE));
        var text = bytes == null ? data(data) : base64(fields, bytes);
        return event(fields, text, bytes != null, () -> {
            readExtensions(fields, attributes);
            return attributes.isEmpty() ? null : Json.write(attributes);
        });
    }

    /** @param rest reads what is left when all fields of an event have been asked for */
    private NewEvent event(Fields fields, String data, boolean base64, Supplier<@Nullable String> rest) {
        var type = fields.required(fields.line("type", TypeName.MAX_LENGTH), "type");
        if (!type.isEmpty() && !TypeName.isOne(type)) {
            fields.wrong("type", TypeName.RULE);
        }
        var id = fields.line("id", MAX_LINE);
        var source = fields.line("source", MAX_LINE);
        if (Event.TEST_SOURCE.equals(source)) {
            fields.wrong("source", "must not be %s: it marks the gateway's own test events".formatted(source));
        }
        var subject = fields.line("subject", MAX_LINE);
        var time = fields.instant("time");
        var test = fields.bool("test", false);
        var tenant = tenant(fields);
        return new NewEvent(
                tenant,
                type,
                source == null ? "/" : source,
                id,
                subject,
                time == null ? now : time,
                test,
                rest.get(),
                data,
                base64);
    }

    private String tenant(Fields fields) {
        var named = fields.line("tenant", MAX_LINE);
        var own = caller.tenant();
        if (own != null) {
            if (named != null && !named.equals(own)) {
                throw Refused.notAllowed(
                        fields.at("tenant") + ": this key publishes for the tenant " + own + " and for no other");
            }
            return own;
        }
        if (named == null) {
            return Tenants.DEFAULT;
        }
        if (!tenantExists.test(named)) {
            fields.wrong("tenant", "must name a tenant there is");
        }
        return named;
    }

    private static void readExtensions(Fields fields, ObjectNode attributes) {
        var names = fields.unasked();
        if (names.size() > MAX_EXTENSIONS) {
            fields.wrong(names.getLast(), "is one extension attribute too many; " + MAX_EXTENSIONS + " are allowed");
            return;
        }
        for (var name : names) {
            var value = fields.any(name);
            if (!EXTENSION.matcher(name).matches()) {
                fields.wrong(name, "is no attribute of CloudEvents: extensions have lower-case letters and digits");
            } else if (value != null) {
                readExtension(fields, name, value, attributes);
            }
        }
    }

    private static void readExtension(Fields fields, String name, JsonNode value, ObjectNode attributes) {
        var fault = value.isTextual() && !value.textValue().isEmpty()
                ? Texts.lineFault(value.textValue(), MAX_LINE)
                : value.isTextual() || value.isBoolean() || (value.isIntegralNumber() && value.canConvertToInt())
                        ? null
                        : "must be a string, a whole number of 32 bits, true or false";
        if (fault == null) {
            attributes.set(name, value);
        } else {
            fields.wrong(name, fault);
        }
    }

    private static String data(@Nullable JsonNode data) {
        return data == null ? "null" : Json.textOf(data);
    }

    private static String base64(Fields fields, JsonNode bytes) {
        try {
            if (bytes.isTextual()) {
                // Decoded and encoded again, so that what is kept is padded.
                var decoded = Base64.getDecoder().decode(bytes.textValue());
                return Json.write(TextNode.valueOf(Base64.getEncoder().encodeToString(decoded)));
            }
        } catch (IllegalArgumentException _) {
            // Said below, as for what is no string.
        }
        fields.wrong("data_base64", "must be a string in base64 (RFC 4648, the standard alphabet)");
        return "null";
    }

    private static void keep(ObjectNode attributes, String name, @Nullable String value) {
        if (value != null) {
            attributes.put(name, value);
        }
    }
}
