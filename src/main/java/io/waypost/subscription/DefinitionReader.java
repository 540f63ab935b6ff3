package io.waypost.subscription;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.ConnectorDescription;
import io.waypost.connector.Credential;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Expressions;
import io.waypost.connector.connection.Credentials;
import io.waypost.connector.connection.SuppliedConfig;
import io.waypost.connector.webhook.SigningSecrets;
import io.waypost.platform.Durations;
import io.waypost.platform.Fields;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Violation;
import io.waypost.subscription.Subscription.Batch;
import io.waypost.subscription.Subscription.Buffer;
import io.waypost.subscription.Subscription.Deactivation;
import io.waypost.subscription.Subscription.Definition;
import io.waypost.subscription.Subscription.RateLimit;
import io.waypost.subscription.Subscription.Retry;
import io.waypost.subscription.filter.Filter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads what an owner writes, and says everything that is wrong with it. */
final class DefinitionReader {

    private static final int MAX_LABEL = 200;
    private static final int MAX_URL = 8_192;
    private static final int MAX_EXPRESSION = 16 * 1024;
    private static final int MAX_EVENTS = 100;
    private static final int MAX_CONCURRENCY = 100;
    private static final int DEFAULT_CONCURRENCY = 10;
    private static final int MAX_PER_SECOND = 10_000;
    private static final int MAX_WAITS = 3_000;
    private static final int MAX_FAILURES = 1_000_000;
    private static final int MAX_ITEMS = 1_000;
    private static final Duration MONTH = Duration.ofDays(30);
    private static final Duration LEAST_TIMEOUT = Duration.ofMillis(100);
    private static final Duration MOST_TIMEOUT = Duration.ofSeconds(60);
    static final String WEBHOOK = "webhook";

    private final ConnectorCatalog connectors;
    private final Expressions expressions;
    private final Credentials credentials;
    private final Duration retention;

    /** @param secret of the owner's own; null: make one */
    record Reading(Definition definition, @Nullable String secret) {}

    DefinitionReader(
            ConnectorCatalog connectors, Expressions expressions, Credentials credentials, Duration retention) {
        this.connectors = connectors;
        this.expressions = expressions;
        this.credentials = credentials;
        this.retention = retention;
    }

    /**
     * Reads a whole definition, in the short form too.
     *
     * @throws Invalid with everything that is wrong
     */
    Reading read(String tenant, JsonNode body) {
        return read(tenant, body, new ArrayList<>());
    }

    /**
     * The same.
     *
     * @param violations what is known to be wrong already; all that is wrong in the end
     */
    Reading read(String tenant, JsonNode body, List<Violation> violations) {
        var fields = Fields.of(body, "", violations);
        fields.any("tenant");
        var connector = Objects.requireNonNullElse(fields.line("connector", MAX_LABEL), WEBHOOK);
        var connection = fields.line("connection", MAX_LABEL);
        var config = config(fields, connector, credential(fields, tenant, connection));
        var definition = new Definition(
                tenant,
                fields.line("app", MAX_LABEL),
                fields.line("name", MAX_LABEL),
                events(fields),
                filter(fields),
                expression(fields, "condition"),
                connector,
                config,
                connection,
                expression(fields, "transform"),
                fields.duration("timeout", LEAST_TIMEOUT, MOST_TIMEOUT),
                fields.integer("concurrency", 1, MAX_CONCURRENCY, DEFAULT_CONCURRENCY),
                rateLimit(fields),
                fields.bool("ordered", false),
                retry(fields).in(Runs.read(fields)),
                deactivation(fields),
                replayBuffer(fields),
                batch(fields));
        var secret = secret(fields, config);
        fields.done();
        return new Reading(definition, secret);
    }

    /** How a webhook with this config signs. */
    static String signing(ObjectNode config) {
        return config.path("signing").asText("hmac");
    }

    private static List<String> events(Fields fields) {
        var single = fields.line("event", TypePattern.MAX_LENGTH);
        var events = fields.lines("events", 1, MAX_EVENTS, TypePattern.MAX_LENGTH, TypePattern::fault);
        var fault = single == null ? null : TypePattern.fault(single);
        if (fault != null) {
            fields.wrong("event", fault);
        }
        if (fields.has("event") && fields.has("events")) {
            fields.wrong("event", "must not be given together with events");
        } else if (!fields.has("event")) {
            fields.require("events");
        }
        var wanted = single != null ? List.of(single) : events == null ? List.<String>of() : events;
        return wanted.stream().distinct().toList();
    }

    private static @Nullable String filter(Fields fields) {
        var filter = fields.any("filter");
        if (filter == null) {
            return null;
        }
        try {
            Filter.of(filter);
            return Json.write(filter);
        } catch (IllegalArgumentException e) {
            return fields.wrong("filter", String.valueOf(e.getMessage()));
        }
    }

    private @Nullable String expression(Fields fields, String name) {
        var expression = fields.text(name, MAX_EXPRESSION);
        if (expression != null) {
            try {
                expressions.check(expression);
            } catch (ExpressionFailed e) {
                return fields.wrong(name, "is no JSONata expression: " + e.getMessage());
            }
        }
        return expression;
    }

    private @Nullable Credential credential(Fields fields, String tenant, @Nullable String connection) {
        var found =
                connection == null ? null : credentials.find(tenant, connection).orElse(null);
        return connection == null || found != null
                ? found
                : fields.wrong("connection", "must be the id of one of your connections");
    }

    private ObjectNode config(Fields fields, String connector, @Nullable Credential credential) {
        var given = fields.objectNode("config");
        var config = given == null ? Json.object() : given.deepCopy();
        config.properties().removeIf(field -> field.getValue().isNull());
        var url = fields.line("url", MAX_URL);
        if (url != null) {
            if (config.hasNonNull("url") && !url.equals(config.path("url").textValue())) {
                fields.wrong("url", "must not be given together with another config.url");
            }
            config.put("url", url);
        }
        if (connectors.find(connector).isEmpty()) {
            fields.wrong("connector", unknown(connector));
            return config;
        }
        for (var violation : SuppliedConfig.violations(connectors, connector, config, credential)) {
            if (!fields.has("url") || !violation.pointer().equals("/config/url")) {
                fields.violations().add(violation);
            } else if (url != null) {
                fields.wrong("url", violation.detail());
            }
        }
        return config;
    }

    private String unknown(String connector) {
        return connectors.all().stream()
                .filter(c -> c.name().equals(connector))
                .map(c -> "cannot be used: " + c.error())
                .findFirst()
                .orElseGet(() -> "is not a connector here; there are "
                        + connectors.all().stream()
                                .filter(ConnectorDescription::ready)
                                .map(ConnectorDescription::name)
                                .sorted()
                                .collect(Collectors.joining(", ")));
    }

    private static @Nullable String secret(Fields fields, ObjectNode config) {
        var secret = fields.line("secret", MAX_LABEL);
        var problem = secret == null ? null : SigningSecrets.problem(signing(config), secret);
        return problem == null ? secret : fields.wrong("secret", problem);
    }

    private static @Nullable RateLimit rateLimit(Fields fields) {
        var limit = fields.object("rateLimit");
        if (limit == null) {
            return null;
        }
        var perSecond = limit.number("perSecond", 0, MAX_PER_SECOND);
        limit.refuseUnknown();
        if (!limit.has("perSecond")) {
            limit.require("perSecond");
        } else if (perSecond != null && perSecond == 0) {
            limit.wrong("perSecond", "must be above 0");
        }
        return perSecond == null ? null : new RateLimit(perSecond);
    }

    private static Retry retry(Fields fields) {
        var retry = fields.object("retry");
        if (retry == null) {
            return new Retry(null, null);
        }
        var profile = retry.oneOf("profile", List.of(DeliveryProfile.values()), DeliveryProfile::code);
        var schedule = schedule(retry);
        retry.refuseUnknown();
        return new Retry(profile, schedule);
    }

    private static @Nullable List<Duration> schedule(Fields retry) {
        var schedule = retry.any("schedule");
        if (schedule == null) {
            return null;
        }
        if (!schedule.isArray() || schedule.size() > MAX_WAITS) {
            return retry.wrong("schedule", "must be a list of at most %d waits".formatted(MAX_WAITS));
        }
        var waits = new ArrayList<Duration>();
        for (int i = 0; i < schedule.size(); i++) {
            try {
                var wait = Durations.parse(String.valueOf(schedule.get(i).textValue()));
                if (wait.compareTo(MONTH) > 0) {
                    throw new IllegalArgumentException("must be at most 30d");
                }
                waits.add(wait);
            } catch (IllegalArgumentException e) {
                var detail = String.valueOf(e.getMessage());
                retry.violations().add(new Violation(retry.at("schedule") + "/" + i, detail));
            }
        }
        return List.copyOf(waits);
    }

    private static Deactivation deactivation(Fields fields) {
        var given = fields.object("deactivation");
        if (given == null) {
            return Deactivation.DEFAULT;
        }
        var failures = given.integer("afterFailures", 0, MAX_FAILURES, Deactivation.DEFAULT.afterFailures());
        var over = given.duration("over", Duration.ZERO, MONTH);
        given.refuseUnknown();
        return new Deactivation(failures, over == null ? Deactivation.DEFAULT.over() : over);
    }

    private static @Nullable Batch batch(Fields fields) {
        var given = fields.object("batch");
        if (given == null) {
            return null;
        }
        var items = given.integer("maxItems", 1, MAX_ITEMS, Batch.DEFAULT.maxItems());
        var wait = given.duration("maxWait", Duration.ofSeconds(1), Duration.ofHours(24));
        given.refuseUnknown();
        if (fields.has("dispatch")) {
            fields.wrong("batch", "does not go together with dispatch: a batch leaves when it is full or due");
        }
        return new Batch(items, wait == null ? Batch.DEFAULT.maxWait() : wait);
    }

    private Buffer replayBuffer(Fields fields) {
        // A retention shorter than the default window must not make every subscription invalid.
        var usual = Buffer.DEFAULT.window().compareTo(retention) > 0 ? retention : Buffer.DEFAULT.window();
        var given = fields.object("replayBuffer");
        if (given == null) {
            return new Buffer(usual, Buffer.DEFAULT.concurrency());
        }
        var window = given.duration("window", Duration.ZERO, MONTH);
        if (window != null && window.compareTo(retention) > 0) {
            given.wrong("window", "must not be longer than events are kept, " + Durations.format(retention));
        }
        var concurrency = given.integer("concurrency", 1, MAX_CONCURRENCY, Buffer.DEFAULT.concurrency());
        var requested = given.duration(DefinitionJson.REQUESTED_WINDOW, Duration.ZERO, MONTH);
        given.refuseUnknown();
        // What was asked for is kept as long as nobody asks for another window.
        var longer = requested != null && requested.compareTo(retention) > 0 && retention.equals(window);
        return new Buffer(window == null ? usual : window, concurrency, longer ? requested : null);
    }
}
