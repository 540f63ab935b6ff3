package io.waypost.store.jdbc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Ids;
import io.waypost.platform.Json;
import io.waypost.platform.SecretBox;
import io.waypost.platform.SecretBox.CannotOpen;
import io.waypost.platform.SecretBox.Place;
import io.waypost.subscription.DeliveryProfile;
import io.waypost.subscription.Runs;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.Batch;
import io.waypost.subscription.Subscription.Buffer;
import io.waypost.subscription.Subscription.Deactivation;
import io.waypost.subscription.Subscription.Definition;
import io.waypost.subscription.Subscription.RateLimit;
import io.waypost.subscription.Subscription.Retry;
import io.waypost.subscription.Subscription.SigningSecret;
import io.waypost.subscription.Subscription.State;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Maps subscriptions to rows: properties that are queried have a column, secrets are sealed, the rest is JSON. */
final class SubscriptionRows {

    private static final Logger log = LoggerFactory.getLogger(SubscriptionRows.class);

    private static final String CONFIG = "config";
    private static final String SECRETS = "secrets";
    private static final String DAMAGED = "is damaged";

    /** Replaces a definition that cannot be read. */
    private static final String NOTHING_KNOWN =
            "{\"concurrency\":1,\"afterFailures\":0,\"over\":\"PT1H\",\"window\":\"P5D\",\"replayConcurrency\":1}";

    private final SecretBox box;
    private final Duration retention;

    /**
     * @param retention the longest window of a replay buffer, also for one that was stored when the retention was longer
     */
    SubscriptionRows(SecretBox box, Duration retention) {
        this.box = box;
        this.retention = retention;
    }

    /** Never fails: parts that cannot be read are left out, and the subscription says that it is unreadable. */
    Subscription subscription(ResultSet row) throws SQLException {
        String unreadable = null;
        var config = Json.object();
        var secrets = List.<SigningSecret>of();
        try {
            config = (ObjectNode) Json.read(open(row, CONFIG));
            secrets = secrets(open(row, SECRETS));
        } catch (CannotOpen e) {
            unreadable = e.getMessage();
            config = Json.object();
        } catch (RuntimeException e) {
            unreadable = DAMAGED;
            config = Json.object();
        }
        Definition definition;
        try {
            definition = definition(row, Json.read(row.getString("definition")), events(row), config);
        } catch (RuntimeException e) {
            // Its events are not known, so it gets none, but it is listed.
            log.error("Subscription {} is damaged and gets nothing", row.getString("id"), e);
            unreadable = DAMAGED;
            definition = definition(row, Json.read(NOTHING_KNOWN), List.of(), config);
        }
        return new Subscription(
                row.getLong("no"),
                row.getString("id"),
                row.getLong("revision"),
                definition,
                state(row),
                unreadable == null ? secrets : List.of(),
                Ids.instant(row.getLong("created_at")),
                Ids.instant(row.getLong("updated_at")),
                unreadable);
    }

    private String open(ResultSet row, String column) throws SQLException {
        return box.open(place(row.getString("id"), row.getString("tenant"), column), row.getString(column));
    }

    private static Place place(String id, String tenant, String column) {
        return new Place("subscription", id, tenant, column);
    }

    private static List<String> events(ResultSet row) throws SQLException {
        return StreamSupport.stream(Json.read(row.getString("events")).spliterator(), false)
                .map(JsonNode::textValue)
                .toList();
    }

    static String events(Definition definition) {
        return Json.write(definition.events());
    }

    /** The properties that have no column of their own, as JSON. */
    static String rest(Definition d) {
        var json = Json.object();
        json.put("filter", d.filter());
        json.put("condition", d.condition());
        json.put("transform", d.transform());
        json.put("timeout", text(d.timeout()));
        json.put("concurrency", d.concurrency());
        if (d.rateLimit() != null) {
            json.put("perSecond", d.rateLimit().perSecond());
        }
        if (d.retry().profile() != null) {
            json.put("profile", d.retry().profile().name());
        }
        if (d.retry().schedule() != null) {
            var schedule = json.putArray("schedule");
            d.retry().schedule().forEach(wait -> schedule.add(wait.toString()));
        }
        if (d.retry().runs() != null) {
            json.put("inRuns", true);
        }
        json.put("afterFailures", d.deactivation().afterFailures());
        json.put("over", d.deactivation().over().toString());
        json.put("window", d.replayBuffer().lasting().toString());
        json.put("replayConcurrency", d.replayBuffer().concurrency());
        if (d.batch() != null) {
            json.put("batchItems", d.batch().maxItems());
            json.put("batchWait", d.batch().maxWait().toString());
        }
        return Json.write(json);
    }

    String sealedConfig(String id, Definition definition) {
        return box.seal(place(id, definition.tenant(), CONFIG), Json.write(definition.config()));
    }

    String sealed(String id, String tenant, List<SigningSecret> secrets) {
        var json = Json.MAPPER.createArrayNode();
        for (var secret : secrets) {
            var one = json.addObject().put("value", secret.value());
            if (secret.until() != null) {
                one.put("until", Ids.micros(secret.until()));
            }
        }
        return box.seal(place(id, tenant, SECRETS), Json.write(json));
    }

    private Definition definition(ResultSet row, JsonNode rest, List<String> events, ObjectNode config)
            throws SQLException {
        return new Definition(
                row.getString("tenant"),
                row.getString("app"),
                row.getString("name"),
                events,
                rest.path("filter").textValue(),
                rest.path("condition").textValue(),
                row.getString("connector"),
                config,
                row.getString("connection"),
                rest.path("transform").textValue(),
                duration(rest.path("timeout")),
                rest.path("concurrency").intValue(),
                rest.has("perSecond") ? new RateLimit(rest.path("perSecond").doubleValue()) : null,
                row.getBoolean("ordered"),
                retry(rest, row.getString("cron")),
                new Deactivation(
                        rest.path("afterFailures").intValue(),
                        Duration.parse(rest.path("over").textValue())),
                new Buffer(
                                Duration.parse(rest.path("window").textValue()),
                                rest.path("replayConcurrency").intValue())
                        .within(retention),
                batch(rest));
    }

    static @Nullable String cron(Definition definition) {
        var runs = definition.retry().runs();
        return runs == null ? null : runs.cron();
    }

    static @Nullable Instant nextRun(Definition definition, Instant now) {
        var runs = definition.retry().runs();
        return runs == null ? null : runs.next(now);
    }

    private static @Nullable Batch batch(JsonNode rest) {
        return rest.has("batchItems")
                ? new Batch(
                        rest.path("batchItems").intValue(),
                        Duration.parse(rest.path("batchWait").textValue()))
                : null;
    }

    private static Retry retry(JsonNode rest, @Nullable String cron) {
        var profile = rest.path("profile").textValue();
        List<Duration> schedule = null;
        if (rest.has("schedule")) {
            schedule = new ArrayList<>();
            for (var wait : rest.path("schedule")) {
                schedule.add(Duration.parse(wait.textValue()));
            }
        }
        return new Retry(
                profile == null ? null : DeliveryProfile.valueOf(profile),
                schedule == null ? null : List.copyOf(schedule),
                rest.path("inRuns").asBoolean() ? new Runs(cron) : null);
    }

    private static State state(ResultSet row) throws SQLException {
        var since = row.getObject("since", Long.class);
        return new State(
                State.Kind.valueOf(row.getString("state")),
                since == null ? null : Ids.instant(since),
                row.getString("reason"),
                row.getString("last_error"));
    }

    private static List<SigningSecret> secrets(String json) {
        var secrets = new ArrayList<SigningSecret>();
        for (var one : Json.read(json)) {
            var until = one.get("until");
            secrets.add(new SigningSecret(one.path("value").textValue(), until == null ? null : instant(until)));
        }
        return List.copyOf(secrets);
    }

    private static Instant instant(JsonNode micros) {
        return Ids.instant(micros.longValue());
    }

    private static @Nullable Duration duration(JsonNode text) {
        return text.isTextual() ? Duration.parse(text.textValue()) : null;
    }

    private static @Nullable String text(@Nullable Duration duration) {
        return duration == null ? null : duration.toString();
    }
}
