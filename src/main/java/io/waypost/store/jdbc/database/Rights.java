package io.waypost.store.jdbc.database;

import io.waypost.platform.CannotStart;
import io.waypost.platform.WaypostProperties;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Refuses to start if the PostgreSQL user lacks a right on a table. Otherwise it would show only later, for instance when
 * the outcome of a delivery cannot be stored.
 */
@Component
class Rights implements InitializingBean {

    /** All tables except Flyway's history. */
    static final List<String> TABLES = List.of(
            "api_key",
            "attempt",
            "batch_group",
            "batch_group_completed",
            "campaign",
            "campaign_count",
            "campaign_progress",
            "clock",
            "connection",
            "delivery",
            "delivery_block",
            "delivery_entries",
            "delivery_place",
            "delivery_replay",
            "delivery_tenant_place",
            "event_block",
            "event_key",
            "event_place",
            "event_type",
            "flow_group",
            "flow_group_completed",
            "health",
            "idempotency_key",
            "inbound_rejected",
            "inbound_source",
            "installation",
            "key_check",
            "log_claim",
            "log_head",
            "log_segment",
            "node",
            "notice",
            "replay",
            "replay_buffer",
            "replay_buffer_completed",
            "secret_field",
            "subscription",
            "subscription_revision",
            "tenant");

    private final JdbcClient jdbc;
    private final boolean postgres;

    @Autowired
    Rights(JdbcClient jdbc, WaypostProperties properties) {
        this(jdbc, DatabaseConfiguration.isPostgres(properties.db().url()));
    }

    Rights(JdbcClient jdbc, boolean postgres) {
        this.jdbc = jdbc;
        this.postgres = postgres;
    }

    /**
     * Runs after the migrations, before anything is written.
     *
     * @throws CannotStart if a right is missing on any of the tables
     */
    @Override
    public void afterPropertiesSet() {
        if (!postgres) {
            return;
        }
        var missing = missing();
        if (!missing.isEmpty()) {
            var user = jdbc.sql("select current_user").query(String.class).single();
            throw new CannotStart(
                    "The user %s of the database may not %s".formatted(user, String.join(", ", missing)),
                    "As the owner of the tables: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %s TO %s;"
                            .formatted(
                                    jdbc.sql("select current_schema()")
                                            .query(String.class)
                                            .single(),
                                    user));
        }
    }

    /** The missing rights, like {@code DELETE on log_segment and health}. */
    private List<String> missing() {
        record Right(String table, String name) {}
        var missing = jdbc.sql("""
                        select c.relname, r.name
                          from pg_class c
                          cross join (values ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE')) as r (name)
                         where c.relnamespace = to_regnamespace(quote_ident(current_schema()))
                           and c.relkind in ('r', 'p')
                           and c.relname in (:tables)
                           and not has_table_privilege(c.oid, r.name)
                         order by c.relname, r.name
                        """)
                .param("tables", TABLES)
                .query((row, _) -> new Right(row.getString(1), row.getString(2)))
                .list();
        return missing.stream()
                .collect(Collectors.groupingBy(Right::name, Collectors.mapping(Right::table, Collectors.toList())))
                .entrySet()
                .stream()
                .map(right -> right.getKey() + " on " + String.join(" and ", right.getValue()))
                .sorted()
                .toList();
    }
}
