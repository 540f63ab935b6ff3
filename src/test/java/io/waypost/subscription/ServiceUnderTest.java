package io.waypost.subscription;

import static io.waypost.subscription.Examples.NOON;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Connector;
import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.ConnectorDescription;
import io.waypost.connector.Credential;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Expressions;
import io.waypost.connector.Masking;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.platform.Json;
import io.waypost.platform.SettableClock;
import io.waypost.platform.Violation;
import io.waypost.platform.WaypostProperties;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** The service over a store in memory, two connectors and no language of expressions. */
final class ServiceUnderTest {

    static final String OF_THE_API = """
            {"app":"crm","name":"Opens to CRM",
             "events":["message.opened","subscriber.*"],
             "filter":{"data":{"list":{"id":["42"]}}},
             "condition":"$toMillis(time) - $toMillis(data.sentAt) <= 86400000",
             "connector":"webhook",
             "config":{"url":"https://example.com/hook","method":"POST","format":"json","signing":"hmac"},
             "transform":"{ \\"email\\": data.contact.email }",
             "timeout":"15s","concurrency":10,"rateLimit":{"perSecond":50},"ordered":false,
             "retry":{"schedule":["5s","5m","30m","2h","5h","10h","14h","20h","24h"]},
             "deactivation":{"afterFailures":10,"over":"1h"},
             "replayBuffer":{"window":"5d","concurrency":1}}""";

    final SettableClock clock = new SettableClock(NOON.toString());
    final MemorySubscriptionStore store = new MemorySubscriptionStore();
    final SubscriptionIndex index =
            new MemorySubscriptionIndex(store, new TwoConnectors(), new Evaluations(new Echo()));
    final Subscriptions subscriptions = new SubscriptionService(
            store,
            index,
            new TwoConnectors(),
            new TokenMasking(),
            new Echo(),
            new Evaluations(new Echo()),
            ServiceUnderTest::credential,
            settings(),
            (_, _, _, _) -> {},
            clock);

    private static Optional<Credential> credential(String tenant, String connection) {
        return tenant.equals("acme") && connection.equals("con_ours")
                ? Optional.of(new Credential.Token("t0p"))
                : Optional.empty();
    }

    private static WaypostProperties settings() {
        var source = new MapConfigurationPropertySource(Map.of("waypost.retention", "10d"));
        return new Binder(source).bindOrCreate("waypost", WaypostProperties.class);
    }

    /** Expressions without a language: gives back {@code true}, or the text as JSON; a parenthesis is a fault. */
    private record Echo() implements Expressions {

        @Override
        public JsonNode evaluate(String expression, JsonNode input, Map<String, JsonNode> bindings, Duration most) {
            return expression.equals("{}")
                    ? Json.object()
                    : Json.MAPPER.getNodeFactory().booleanNode(!expression.equals("no"));
        }

        @Override
        public void check(String expression) {
            if (expression.equals("(")) {
                throw new ExpressionFailed("it ends too early (line 1, column 2)");
            }
        }
    }

    /** A webhook that wants an https URL, one that has a token, and one that is broken. */
    private record TwoConnectors() implements ConnectorCatalog {

        @Override
        public List<ConnectorDescription> all() {
            return List.of(description("webhook", null), description("token", null), description("broken", "line 3"));
        }

        @Override
        public Optional<Connector> find(String name) {
            return name.equals("webhook") || name.equals("token") ? Optional.of(new Sends(name)) : Optional.empty();
        }

        @Override
        public List<Violation> violations(String connector, ObjectNode config) {
            return connector.equals("token") || config.path("url").asText().startsWith("https:")
                    ? List.of()
                    : List.of(new Violation("/url", "must be a URL"));
        }

        @Override
        public ObjectNode supplied(String connector, ObjectNode config, Credential credential) {
            return config;
        }
    }

    private static ConnectorDescription description(String name, String error) {
        return new ConnectorDescription(name, name, name, null, Json.object(), Set.of(), null, Json.object(), error);
    }

    private record Sends(String name) implements Connector {

        @Override
        public ConnectorDescription description() {
            return ServiceUnderTest.description(name, null);
        }

        @Override
        public Outcome send(Message message) {
            throw new UnsupportedOperationException();
        }

        @Override
        public PreparedRequest prepare(Message message) {
            return new PreparedRequest(
                    "POST", message.config().path("url").asText(), Map.of(), Json.write(message.transformed()));
        }

        @Override
        public CheckResult check(ObjectNode config) {
            throw new UnsupportedOperationException();
        }
    }

    private record TokenMasking() implements Masking {

        @Override
        public ObjectNode mask(String connector, ObjectNode config) {
            var masked = config.deepCopy();
            if (masked.has("token")) {
                masked.put("token", MASK);
            }
            return masked;
        }

        @Override
        public List<Violation> moved(String before, ObjectNode stored, String connector, ObjectNode sent) {
            return new ArrayList<>();
        }

        @Override
        public List<Violation> stray(String connector, JsonNode config) {
            return MASK.equals(config.path("token").textValue())
                    ? new ArrayList<>(List.of(new Violation("/config/token", "must be the secret itself")))
                    : new ArrayList<>();
        }

        @Override
        public ObjectNode unmask(String connector, ObjectNode sent, ObjectNode stored) {
            var clear = sent.deepCopy();
            if (MASK.equals(clear.path("token").textValue())) {
                clear.set("token", stored.get("token"));
            }
            return clear;
        }
    }
}
