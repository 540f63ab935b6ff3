package io.waypost.subscription;

import static io.waypost.subscription.Examples.NOON;
import static io.waypost.subscription.Examples.event;
import static io.waypost.subscription.ServiceUnderTest.OF_THE_API;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.waypost.connector.Masking;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Violation;
import io.waypost.subscription.Subscription.SigningSecret;
import io.waypost.subscription.Subscription.State;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What changes in a subscription there is: its fields and its secrets. */
class SubscriptionPatchTest {

    private final ServiceUnderTest service = new ServiceUnderTest();
    private final Subscriptions subscriptions = service.subscriptions;

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

    /** Events are kept for ten days here. */
    @Test
    void aWindowLongerThanEventsAreKeptIsShownAndOutlivesPatchesOfOtherFields() {
        var id = subscriptions
                .create(
                        "acme",
                        Json.read(
                                "{\"event\":\"a\",\"url\":\"https://example.com/\",\"replayBuffer\":{\"window\":\"10d\"}}"))
                .id();
        var stored = service.store.find(id).orElseThrow();
        var body = subscriptions.toJson(stored.definition());
        body.withObject("/replayBuffer").put("requestedWindow", "20d");
        body.remove("timeout");
        var limited = subscriptions.create("acme", body);

        var shown = subscriptions.toJson(limited.definition()).path("replayBuffer");
        assertThat(Json.write(shown)).isEqualTo("{\"window\":\"10d\",\"concurrency\":1,\"requestedWindow\":\"20d\"}");

        var renamed = subscriptions.patch(limited.id(), Json.read("{\"name\":\"new\"}"));
        assertThat(renamed.definition().replayBuffer())
                .isEqualTo(limited.definition().replayBuffer());
        var back = subscriptions.patch(limited.id(), subscriptions.toJson(renamed.definition()));
        assertThat(back.definition()).isEqualTo(renamed.definition());

        var changed = subscriptions.patch(limited.id(), Json.read("{\"replayBuffer\":{\"window\":\"5d\"}}"));
        assertThat(changed.definition().replayBuffer().lasting()).isEqualTo(Duration.ofDays(5));
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
        assertThat(service.index.matching(event("x", "{\"list\":{\"id\":\"42\"}}")))
                .containsExactly(patched);
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
        service.store.beforeUpdate = () -> service.store.changeState(
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
        service.clock.advance(Duration.ofHours(25));
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
}
