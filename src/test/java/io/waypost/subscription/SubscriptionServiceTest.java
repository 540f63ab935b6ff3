package io.waypost.subscription;

import static io.waypost.subscription.Examples.NOON;
import static io.waypost.subscription.Examples.event;
import static io.waypost.subscription.ServiceUnderTest.OF_THE_API;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.platform.Violation;
import io.waypost.subscription.Subscription.SigningSecret;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.Subscriptions.Check;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SubscriptionServiceTest {

    private final ServiceUnderTest service = new ServiceUnderTest();
    private final Subscriptions subscriptions = service.subscriptions;

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
    void aConnectionReadsBackAndIsTakenOffByNull() {
        var created = subscriptions.create(
                "acme", Json.read("{\"event\":\"a.b\",\"url\":\"https://example.com/\",\"connection\":\"con_ours\"}"));

        assertThat(subscriptions.toJson(created.definition()).path("connection").textValue())
                .isEqualTo("con_ours");
        var patched = subscriptions.patch(created.id(), Json.read("{\"connection\":null}"));
        assertThat(subscriptions.toJson(patched.definition()).has("connection")).isFalse();
        var refused = catchThrowableOfType(
                Invalid.class, () -> subscriptions.patch(created.id(), Json.read("{\"connection\":\"con_theirs\"}")));
        assertThat(refused.violations()).extracting(Violation::pointer).containsExactly("/connection");
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
                "{\"event\":\"a\",\"url\":\"https://x/\",\"filter\":{\"data\":{\"n\":[{\"numeric\":[\">\",\"1\"]}]}}}|/filter",
                "{\"event\":\"a\",\"url\":\"https://x/\",\"filter\":{\"data\":{\"n\":\"x\"}}}|/filter",
                "{\"event\":\"a\",\"url\":\"https://x/\",\"filter\":[1]}|/filter",
            })
    void aFaultNamesItsPlace(String body, String pointer) {
        var invalid = catchThrowableOfType(Invalid.class, () -> subscriptions.create("acme", Json.read(body)));

        assertThat(invalid.violations()).extracting(Violation::pointer).contains(pointer == null ? "" : pointer);
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
        assertThat(service.index.matching(event("a", "{}"))).hasSize(1);

        subscriptions.delete(created.id());

        assertThat(service.index.matching(event("a", "{}"))).isEmpty();
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
        assertThat(service.store.rows).isEmpty();
    }
}
