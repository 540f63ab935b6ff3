package io.waypost.subscription;

import static io.waypost.subscription.Examples.NOON;
import static io.waypost.subscription.Examples.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Connector;
import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.ConnectorDescription;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Expressions;
import io.waypost.connector.Masking;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.platform.Violation;
import io.waypost.platform.WaypostProperties;
import io.waypost.subscription.Subscription.SigningSecret;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.Subscriptions.Check;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class SubscriptionServiceTest {

    private static final String OF_THE_API = """
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

    private final SettableClock clock = new SettableClock();
    private final MemoryStore store = new MemoryStore();
    private final SubscriptionIndex index = new MemorySubscriptionIndex(store, new Echo());
    private final Subscriptions subscriptions = new SubscriptionService(
            store, index, new TwoConnectors(), new TokenMasking(), new Echo(), settings(), clock);

    @Test
    void theExampleOfTheApiReadsBackAsItWasWritten() {
        var created = subscriptions.create("acme", Json.read(OF_THE_API));

        var expected = (ObjectNode) Json.read(OF_THE_API);
        expected.withObject("/retry").withArray("schedule").remove(8);
        expected.withObject("/retry").withArray("schedule").add("1d");
        assertThat(Json.write(subscriptions.toJson(created.definition()))).isEqualTo(Json.write(expected));
        assertThat(created.id()).startsWith("sub_");
        assertThat(created.tenant()).isEqualTo("acme");
        assertThat(created.active()).isTrue();
        assertThat(created.secrets()).singleElement().satisfies(s -> assertThat(s.value())
                .startsWith("whsec_"));
        assertThat(subscriptions.get(created.id())).isEqualTo(created);
    }

    @Test
    void theShortFormIsTheSameAsTheLongOne() {
        var created = subscriptions.create(
                "acme", Json.read("{\"event\":\"a.b\",\"url\":\"https://example.com/\",\"app\":null}"));

        var json = subscriptions.toJson(created.definition());
        assertThat(Json.write(json.get("events"))).isEqualTo("[\"a.b\"]");
        assertThat(json.path("connector").textValue()).isEqualTo("webhook");
        assertThat(json.path("config").path("url").textValue()).isEqualTo("https://example.com/");
        assertThat(json.path("timeout").textValue()).isEqualTo("15s");
        assertThat(json.path("retry").path("schedule")).hasSize(9);
        assertThat(json.has("app")).isFalse();
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnce() {
        var body = """
                {"app":"%s","events":["a..b","ok"],"colour":1,"connector":"pigeon","filter":{},"condition":"(",
                 "timeout":"61s","concurrency":0,"rateLimit":{"perSecond":0},"ordered":"yes",
                 "retry":{"profile":"none","schedule":["5s","x","31d"],"more":1},
                 "deactivation":{"afterFailures":-1,"over":"31d"},"replayBuffer":{"window":"20d","concurrency":101},
                 "batch":{"maxItems":1001,"maxWait":"25h","size":1},"connection":"con_1","secret":"whsk_"}""".formatted("a".repeat(201));

        var invalid = catchThrowableOfType(Invalid.class, () -> subscriptions.create("acme", Json.read(body)));

        assertThat(invalid.violations())
                .extracting(Violation::pointer)
                .containsExactlyInAnyOrder(
                        "/app",
                        "/events/0",
                        "/colour",
                        "/connector",
                        "/filter",
                        "/condition",
                        "/timeout",
                        "/concurrency",
                        "/rateLimit/perSecond",
                        "/ordered",
                        "/retry/profile",
                        "/retry/schedule/1",
                        "/retry/schedule/2",
                        "/retry/more",
                        "/deactivation/afterFailures",
                        "/deactivation/over",
                        "/replayBuffer/window",
                        "/replayBuffer/concurrency",
                        "/batch/maxItems",
                        "/batch/maxWait",
                        "/batch/size",
                        "/connection",
                        "/secret");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}|/events",
                "[]|",
                "{\"events\":[],\"url\":\"https://x/\"}|/events",
                "{\"events\":[\"a\"],\"event\":\"a\",\"url\":\"https://x/\"}|/event",
                "{\"event\":\"a\"}|/config/url",
                "{\"event\":\"a b\",\"url\":\"https://x/\"}|/event",
                "{\"event\":\"a\",\"url\":\"bad\"}|/url",
                "{\"event\":\"a\",\"config\":{\"url\":\"bad\"}}|/config/url",
                "{\"event\":\"a\",\"connector\":\"broken\"}|/connector",
                "{\"event\":\"a\",\"url\":\"https://x/\",\"filter\":{\"data\":{\"n\":[{\"numeric\":[\">\",12345678901234567890]}]}}}|/filter",
                "{\"event\":\"a\",\"url\":\"https://x/\",\"filter\":{\"data\":{\"n\":\"x\"}}}|/filter",
                "{\"event\":\"a\",\"url\":\"https://x/\",\"filter\":[1]}|/filter",
            })
    void aFaultNamesItsPlace(String body, String pointer) {
        var invalid = catchThrowableOfType(Invalid.class, () -> subscriptions.create("acme", Json.read(body)));

        assertThat(invalid.violations()).extracting(Violation::pointer).contains(pointer == null ? "" : pointer);
    }

    @Test
    void whatAGetShowsCanBePatchedBackWithOneFieldChanged() {
        var created = subscriptions.create(
                "acme",
                Json.read(
                        "{\"event\":\"a\",\"connector\":\"token\",\"config\":{\"token\":\"s3cret\"},\"retry\":{\"profile\":\"gemmail\"}}"));
        var shown = subscriptions.toJson(created.definition());
        shown.put("id", created.id()).put("tenant", "acme").put("active", true).put("state", "active");
        shown.put("createdAt", NOON.toString()).put("updatedAt", NOON.toString());
        shown.put("secret", created.secrets().getFirst().value());
        shown.withObject("/deactivation").putNull("since").putNull("reason").putNull("lastError");
        shown.withObject("/replayBuffer")
                .put("count", 0)
                .put("dropped", 0)
                .putNull("from")
                .putNull("until");
        shown.put("name", "new");
        assertThat(shown.path("config").path("token").textValue()).isEqualTo(Masking.MASK);

        var patched = subscriptions.patch(created.id(), shown);

        assertThat(patched.definition().name()).isEqualTo("new");
        assertThat(patched.definition().config().path("token").textValue()).isEqualTo("s3cret");
        assertThat(patched.definition().timeout()).isNull();
        assertThat(patched.definition().retry().schedule()).isNull();
        assertThat(patched.secrets()).isEqualTo(created.secrets());
    }

    @Test
    void aPatchMergesAndNullTakesAway() {
        var id = subscriptions.create("acme", Json.read(OF_THE_API)).id();

        var patched = subscriptions.patch(id, Json.read("""
                        {"condition":null,"config":{"method":null,"url":"https://example.com/other"},
                         "retry":{"profile":"gemmail","schedule":null},"timeout":null,"event":"x"}"""));

        var json = subscriptions.toJson(patched.definition());
        assertThat(json.has("condition")).isFalse();
        assertThat(Json.write(json.get("config")))
                .isEqualTo("{\"url\":\"https://example.com/other\",\"format\":\"json\",\"signing\":\"hmac\"}");
        assertThat(Json.write(json.get("retry")))
                .isEqualTo("{\"profile\":\"gemmail\",\"schedule\":[\"1h\",\"2h\",\"3h\",\"4h\",\"5h\"]}");
        assertThat(json.path("timeout").textValue()).isEqualTo("5s");
        assertThat(Json.write(json.get("events"))).isEqualTo("[\"x\"]");
        assertThat(index.matching(event("x", "{\"list\":{\"id\":\"42\"}}"))).containsExactly(patched);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"tenant\":\"other\"}|/tenant",
                "{\"secret\":\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"}|/secret",
                "{\"active\":false}|/active",
                "{\"state\":\"paused\"}|/state",
                "{\"id\":\"sub_1\"}|/id",
                "{\"events\":null}|/events",
                "{\"nonsense\":1}|/nonsense",
                "3|",
            })
    void whatAPatchCannotChangeItSays(String patch, String pointer) {
        var id = subscriptions.create("acme", Json.read(OF_THE_API)).id();

        var invalid = catchThrowableOfType(Invalid.class, () -> subscriptions.patch(id, Json.read(patch)));

        assertThat(invalid.violations()).extracting(Violation::pointer).containsExactly(pointer == null ? "" : pointer);
    }

    @Test
    void givenAChangeMeanwhile_whenPatched_thenBothChangesHold() {
        var created = subscriptions.create("acme", Json.read(OF_THE_API));
        store.beforeUpdate = () -> store.changeState(
                created.no(), State.Kind.ACTIVE, new State(State.Kind.PAUSED, NOON, "requested", null), NOON);

        var patched = subscriptions.patch(created.id(), Json.read("{\"name\":\"new\"}"));

        assertThat(patched.definition().name()).isEqualTo("new");
        assertThat(patched.state().kind()).isEqualTo(State.Kind.PAUSED);
    }

    @Test
    void aRotatedSecretSignsOnUntilItsGraceEnds() {
        var created = subscriptions.create("acme", Json.read(OF_THE_API));
        var old = created.secrets().getFirst().value();

        var rotated = subscriptions.rotateSecret(created.id(), null);

        assertThat(rotated.signingSecrets(NOON)).hasSize(2).last().isEqualTo(old);
        assertThat(rotated.signingSecrets(NOON.plus(Duration.ofDays(1))))
                .hasSize(1)
                .doesNotContain(old);
        clock.now = NOON.plus(Duration.ofHours(25));
        assertThat(subscriptions.rotateSecret(created.id(), Duration.ZERO).secrets())
                .extracting(SigningSecret::until)
                .containsExactly((Instant) null);
        assertThatThrownBy(() -> subscriptions.rotateSecret(created.id(), Duration.ofDays(31)))
                .isInstanceOf(Invalid.class);
    }

    @Test
    void anotherKindOfSignatureBringsANewSecret() {
        var created = subscriptions.create("acme", Json.read(OF_THE_API));

        var patched = subscriptions.patch(created.id(), Json.read("{\"config\":{\"signing\":\"ed25519\"}}"));

        assertThat(patched.secrets())
                .extracting(SigningSecret::value)
                .element(0)
                .asString()
                .startsWith("whsk_");
        assertThat(patched.signingSecrets(NOON)).hasSize(2);
    }

    @Test
    void aSecretOfOnesOwnIsKept() {
        var body = (ObjectNode) Json.read(OF_THE_API);
        body.put("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

        assertThat(subscriptions.create("acme", body).secrets())
                .containsExactly(new SigningSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", null));
    }

    @Test
    void aDeletedOneIsGoneAtOnce() {
        var created = subscriptions.create("acme", Json.read("{\"event\":\"a\",\"url\":\"https://x/\"}"));
        assertThat(index.matching(event("a", "{}"))).hasSize(1);

        subscriptions.delete(created.id());

        assertThat(index.matching(event("a", "{}"))).isEmpty();
        assertThatThrownBy(() -> subscriptions.get(created.id())).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> subscriptions.delete(created.id())).isInstanceOf(Refused.class);
    }

    @Test
    void anExplanationGoesThroughAllChecksInOrder() {
        var body = (ObjectNode) Json.read(OF_THE_API);
        body.put("condition", "no");
        var created = subscriptions.create("acme", body);
        var paused = new State(State.Kind.PAUSED, NOON.minus(Duration.ofDays(6)), "requested", null);
        var subscription = Examples.inState(created, 99, paused);

        var checks = subscriptions.explain(subscription, event("other", "{\"list\":{\"id\":\"43\"}}"));

        assertThat(checks)
                .extracting(Check::check)
                .containsExactly("events", "filter", "condition", "active", "window");
        assertThat(checks).noneMatch(Check::passed);
        assertThat(checks.get(0).detail()).contains("other", "message.opened, subscriber.*");
        assertThat(checks.get(1).detail()).contains("data.list.id is \"43\"", "[\"42\"]");
        assertThat(checks.get(2).detail()).contains("false");
        assertThat(checks.get(3).detail()).contains("paused", "requested");
        assertThat(subscriptions.explain(created, event("subscriber.x", "{\"list\":{\"id\":\"42\"}}")))
                .filteredOn(c -> !c.check().equals("condition"))
                .allMatch(Check::passed);
    }

    @Test
    void aPreviewShowsTheRequestAndStoresNothing() {
        var body = Json.read("{\"event\":\"a\",\"url\":\"https://x/\",\"transform\":\"{}\"}");

        assertThat(subscriptions.preview("acme", body, event("a", "{}")).request())
                .satisfies(r -> assertThat(r.body()).isEqualTo("{}"));
        assertThat(subscriptions.preview("acme", body, event("b", "{}")).matches())
                .isFalse();
        assertThat(subscriptions.preview("acme", body, event("b", "{}")).request())
                .isNull();
        assertThat(store.rows).isEmpty();
    }

    private static WaypostProperties settings() {
        var source = new MapConfigurationPropertySource(Map.of("waypost.retention", "10d"));
        return new Binder(source).bindOrCreate("waypost", WaypostProperties.class);
    }

    /** Expressions without a language: gives back {@code true}, or the text as JSON; a parenthesis is a fault. */
    private record Echo() implements Expressions {

        @Override
        public JsonNode evaluate(String expression, JsonNode input, Map<String, JsonNode> bindings) {
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
    }

    private static ConnectorDescription description(String name, String error) {
        return new ConnectorDescription(name, name, name, null, Json.object(), Set.of(), null, Json.object(), error);
    }

    private record Sends(String name) implements Connector {

        @Override
        public ConnectorDescription description() {
            return SubscriptionServiceTest.description(name, null);
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
        public ObjectNode unmask(String connector, ObjectNode sent, ObjectNode stored) {
            var clear = sent.deepCopy();
            if (MASK.equals(clear.path("token").textValue())) {
                clear.set("token", stored.get("token"));
            }
            return clear;
        }
    }

    private static final class SettableClock extends Clock {

        private Instant now = NOON;

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    private static final class MemoryStore implements SubscriptionStore {

        private final List<Subscription> rows = new ArrayList<>();
        private long revision;
        private Runnable beforeUpdate = () -> {};

        @Override
        public Subscription create(
                String id, Subscription.Definition definition, List<SigningSecret> secrets, Instant now) {
            var row = new Subscription(rows.size() + 1, id, ++revision, definition, State.ACTIVE, secrets, now, now);
            rows.add(row);
            return row;
        }

        @Override
        public Optional<Subscription> find(String id) {
            return rows.stream().filter(s -> s.id().equals(id)).findFirst();
        }

        @Override
        public Optional<Subscription> find(long no) {
            return rows.stream().filter(s -> s.no() == no).findFirst();
        }

        @Override
        public Optional<Subscription> update(
                Subscription seen, Subscription.Definition definition, List<SigningSecret> secrets, Instant now) {
            beforeUpdate.run();
            beforeUpdate = () -> {};
            return find(seen.no())
                    .filter(s -> s.revision() == seen.revision())
                    .map(s -> replaced(new Subscription(
                            s.no(), s.id(), ++revision, definition, s.state(), secrets, s.createdAt(), now)));
        }

        @Override
        public Optional<Subscription> changeState(long no, State.Kind expected, State to, Instant now) {
            return find(no).map(s -> replaced(Examples.inState(s, ++revision, to)));
        }

        private Subscription replaced(Subscription by) {
            rows.replaceAll(s -> s.no() == by.no() ? by : s);
            return by;
        }

        @Override
        public boolean delete(String id, Instant now) {
            return rows.removeIf(s -> s.id().equals(id));
        }

        @Override
        public List<Subscription> list(Query query) {
            return rows;
        }

        @Override
        public List<Change> changesAfter(long revision, int most) {
            return List.of();
        }
    }
}
