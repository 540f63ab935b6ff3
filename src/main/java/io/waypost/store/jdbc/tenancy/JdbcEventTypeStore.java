package io.waypost.store.jdbc.tenancy;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.event.EventType;
import io.waypost.event.EventTypeStore;
import io.waypost.platform.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;
import org.springframework.stereotype.Repository;

/** Tenants' own event types in the database. */
@Repository
class JdbcEventTypeStore implements EventTypeStore {

    private final JdbcClient jdbc;

    JdbcEventTypeStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public List<EventType> list(String tenant) {
        return jdbc.sql("""
                        select tenant, name, description, data_schema, example
                          from event_type
                         where tenant = :tenant
                         order by name
                        """)
                .param("tenant", tenant)
                .query((row, _) -> type(row))
                .list();
    }

    @Override
    public Optional<EventType> find(String tenant, String name) {
        return jdbc.sql("""
                        select tenant, name, description, data_schema, example
                          from event_type
                         where tenant = :tenant
                           and name = :name
                        """)
                .param("tenant", tenant)
                .param("name", name)
                .query((row, _) -> type(row))
                .optional();
    }

    @Override
    public void put(EventType type) {
        if (!update(type) && !insert(type)) {
            update(type);
        }
    }

    private boolean update(EventType type) {
        return with(type, jdbc.sql("""
                                update event_type
                                   set description = :description, data_schema = :schema, example = :example, stamp = :stamp
                                 where tenant = :tenant
                                   and name = :name
                                """)).update() == 1;
    }

    /** @return false if another transaction has inserted it meanwhile */
    private boolean insert(EventType type) {
        try {
            with(type, jdbc.sql("""
                            insert into event_type (tenant, name, description, data_schema, example, stamp)
                            values (:tenant, :name, :description, :schema, :example, :stamp)
                            """)).update();
            return true;
        } catch (DuplicateKeyException _) {
            return false;
        }
    }

    private static StatementSpec with(EventType type, StatementSpec statement) {
        return statement
                .param("tenant", Objects.requireNonNull(type.tenant(), "the catalogue is not stored"))
                .param("name", type.name())
                .param("description", type.description())
                .param("schema", text(type.schema()))
                .param("example", text(type.example()))
                // In the range of an int, so that the sum over all types cannot overflow.
                .param("stamp", (long) ThreadLocalRandom.current().nextInt());
    }

    @Override
    public boolean delete(String tenant, String name) {
        return jdbc.sql("delete from event_type where tenant = :tenant and name = :name")
                        .param("tenant", tenant)
                        .param("name", name)
                        .update()
                == 1;
    }

    @Override
    public Map<String, String> versions(Collection<String> tenants) {
        var versions = new HashMap<String, String>();
        if (!tenants.isEmpty()) {
            jdbc.sql("""
                            select tenant, count(*) as types, coalesce(sum(stamp), 0) as stamps
                              from event_type
                             where tenant in (:tenants)
                             group by tenant
                            """).param("tenants", tenants).query(row -> {
                versions.put(row.getString("tenant"), row.getLong("types") + "/" + row.getString("stamps"));
            });
        }
        return versions;
    }

    private static EventType type(ResultSet row) throws SQLException {
        return new EventType(
                row.getString("tenant"),
                row.getString("name"),
                row.getString("description"),
                json(row.getString("data_schema")),
                json(row.getString("example")));
    }

    private static @Nullable JsonNode json(@Nullable String text) {
        return text == null ? null : Json.read(text);
    }

    private static @Nullable String text(@Nullable JsonNode json) {
        return json == null ? null : Json.write(json);
    }
}
