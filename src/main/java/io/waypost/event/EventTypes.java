package io.waypost.event;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.event.schema.EventSchema;
import io.waypost.event.schema.SchemaRules;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Quotas;
import io.waypost.platform.Refused;
import io.waypost.platform.Texts;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;

/**
 * The described event types: the catalogue that comes with the gateway, and each tenant's own. Published events are checked
 * against the tenant's own schemas only; events of types that are not described may be published too.
 */
@Service
public class EventTypes {

    private static final int MAX_DESCRIPTION = 2_000;
    private static final int MAX_EXAMPLE_BYTES = 64 * 1024;

    /**
     * A tenant without a published event for so many rounds of {@link #follow}, a minute or more, is no longer followed.
     */
    private static final int FOLLOWED_ROUNDS = 120;

    private final Map<String, EventType> catalogue = Catalogue.read();
    private final EventTypeStore store;
    private final Quotas quotas;
    private final OwnSchemas schemas;

    public EventTypes(EventTypeStore store, Quotas quotas) {
        this.quotas = quotas;
        this.store = store;
        this.schemas = new OwnSchemas(store);
    }

    /** Reads the changes of other nodes. While the database does not answer, the schemas known here stay in use. */
    @Scheduled(fixedDelayString = "${waypost.follow:500ms}")
    void follow() {
        schemas.follow(FOLLOWED_ROUNDS);
    }

    /** The tenant's own and the catalogue, by name. */
    public List<EventType> list(String tenant) {
        return Stream.concat(store.list(tenant).stream(), catalogue.values().stream())
                .sorted(Comparator.comparing(EventType::name))
                .toList();
    }

    /** The catalogue alone, in the order of its file. It is public, unlike a tenant's own types. */
    public List<EventType> shipped() {
        return List.copyOf(catalogue.values());
    }

    /** A type of the catalogue. */
    public Optional<EventType> shipped(String name) {
        return Optional.ofNullable(catalogue.get(name));
    }

    public Optional<EventType> find(String tenant, String name) {
        return store.find(tenant, name).or(() -> Optional.ofNullable(catalogue.get(name)));
    }

    /**
     * Creates or replaces a tenant's own type. It applies to the next event on this node, and within a second on others.
     *
     * @param schema JSON Schema 2020-12 of {@code data}, at most 64 KiB, with references within itself only
     * @param example of {@code data}; must match the schema
     * @throws Invalid with everything that is wrong
     * @throws Refused (conflict) if the name is one of the catalogue's
     */
    public EventType put(
            String tenant,
            String name,
            @Nullable String description,
            @Nullable JsonNode schema,
            @Nullable JsonNode example) {
        requireOwn(name);
        Invalid.throwIfAny(violations(name, description, schema, example));
        var type = new EventType(tenant, name, description, schema, example);
        var before = store.find(tenant, name);
        quotas.requireRoom(
                Quotas.Kind.EVENT_TYPES,
                tenant,
                before.isEmpty() ? 1 : 0,
                length(type) - before.map(EventTypes::length).orElse(0L));
        store.put(type);
        schemas.forget(tenant);
        return type;
    }

    private static long length(EventType type) {
        return length(type.schema()) + length(type.example());
    }

    private static long length(@Nullable JsonNode json) {
        return json == null ? 0 : Json.write(json).length();
    }

    /**
     * Deletes a tenant's own type.
     *
     * @throws Refused (not found) if it has none of this name, (conflict) if the name is one of the catalogue's
     */
    public void delete(String tenant, String name) {
        requireOwn(name);
        if (!store.delete(tenant, name)) {
            throw Refused.notFound("The event type");
        }
        schemas.forget(tenant);
    }

    private void requireOwn(String name) {
        if (catalogue.containsKey(name)) {
            throw Refused.conflict(
                    name + " belongs to the shipped catalogue, which cannot be changed; use another name");
        }
    }

    /** The violations {@link #put} would throw. */
    public static List<Violation> violations(
            String name, @Nullable String description, @Nullable JsonNode schema, @Nullable JsonNode example) {
        var faults = new Violations();
        if (!TypeName.isOne(name)) {
            faults.add(new Violation("", "the name " + TypeName.RULE));
        }
        var fault = description == null ? null : Texts.textFault(description, MAX_DESCRIPTION);
        if (fault != null) {
            faults.add(new Violation("/description", fault));
        }
        var inSchema = schema == null ? List.<Violation>of() : SchemaRules.violations(schema, "/schema");
        faults.addAll(inSchema);
        if (example != null) {
            if (Json.write(example).getBytes(StandardCharsets.UTF_8).length > MAX_EXAMPLE_BYTES) {
                faults.add(new Violation("/example", "must have at most 64 KiB"));
            } else if (schema != null && inSchema.isEmpty()) {
                faults.addAll(EventSchema.of(schema).violations(example, "/example"));
            }
        }
        return faults;
    }

    /**
     * The violations in the data of an event that is to be published; pointers begin with {@code /data}. Costs next to
     * nothing for tenants without schemas of their own, and waits for the database only if this node has not loaded the
     * tenant's schemas yet.
     *
     * @param data JSON text
     * @throws org.springframework.dao.DataAccessException if the tenant's schemas are not loaded and the database does not
     *     answer in time
     */
    public List<Violation> violations(String tenant, String type, String data) {
        var schema = schemas.of(tenant).get(type);
        return schema == null ? List.of() : schema.violations(Json.read(data), "/data");
    }

    /** Data for a sample event of the type: its example, or an empty object. */
    public JsonNode sample(String tenant, String type) {
        return find(tenant, type).flatMap(t -> Optional.ofNullable(t.example())).orElseGet(Json::object);
    }
}
