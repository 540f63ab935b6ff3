package io.waypost.api.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.api.TestApi;
import io.waypost.platform.Refused;
import io.waypost.tenancy.Scope;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class IdempotencyFilterTest extends TestApi {

    private static final String EVENT = "{\"type\":\"a\"}";

    @Test
    void theSameRequestGetsTheFirstAnswerAgain() throws Exception {
        var first = publish("k1", ADMIN, EVENT);
        var second = publish("k1", ADMIN, EVENT);

        assertThat(first.status()).isEqualTo(202);
        assertThat(second.status()).isEqualTo(202);
        assertThat(second.text()).isEqualTo(first.text());
        assertThat(second.header("Content-Type")).isEqualTo(JSON);
        assertThat(parts.events).hasSize(1);
    }

    @Test
    void createdThingsKeepTheirLocation() throws Exception {
        var body = "{\"event\":\"a\",\"url\":\"https://example.com\"}";
        var first = keyed("/v1/subscriptions", "k1", ADMIN, body);
        var second = keyed("/v1/subscriptions", "k1", ADMIN, body);

        assertThat(second.status()).isEqualTo(201);
        assertThat(second.header("Location")).isNotNull().isEqualTo(first.header("Location"));
        assertThat(second.json().path("secret").asText()).startsWith("whsec_");
        assertThat(parts.all).hasSize(1);
    }

    @Test
    void anotherBodyIs422() throws Exception {
        publish("k1", ADMIN, EVENT);

        publish("k1", ADMIN, "{\"type\":\"b\"}").isProblem(422);
    }

    @Test
    void anotherTenantsKeyIsAnotherRequest() throws Exception {
        publish("k1", ADMIN, EVENT);
        publish("k1", key("acme", Scope.PUBLISH), EVENT);

        assertThat(parts.events).hasSize(2);
    }

    @Test
    void whatFailedMayBeTriedAgain() throws Exception {
        parts.onPublish = () -> {
            throw new IllegalStateException("once");
        };
        publish("k1", ADMIN, EVENT).isProblem(500);
        parts.onPublish = () -> {};

        assertThat(publish("k1", ADMIN, EVENT).status()).isEqualTo(202);
    }

    @Test
    void whatTheGatewayFailedAtIsKnownWhenItIsDoneAgainAndOnlyThen() throws Exception {
        parts.onPublish = () -> {
            throw Refused.overloaded("later", Duration.ofSeconds(1));
        };
        publish("k1", ADMIN, EVENT).isProblem(503);
        publish("k1", ADMIN, "{\"type\":\"b\"}").isProblem(422);
        publish("k1", ADMIN, EVENT).isProblem(503);
        parts.onPublish = () -> {};

        assertThat(publish("k1", ADMIN, EVENT).status()).isEqualTo(202);
        assertThat(publish("k2", ADMIN, EVENT).status()).isEqualTo(202);

        assertThat(parts.repeatKeys).hasSize(4);
        assertThat(parts.repeatKeys.subList(0, 3)).containsOnly(parts.repeatKeys.getFirst());
        assertThat(parts.repeatKeys.getFirst()).endsWith("/0").isNotEqualTo(parts.repeatKeys.getLast());
    }

    @Test
    void whatWasRefusedForWhatItSaysLeavesTheKeyFree() throws Exception {
        publish("k1", ADMIN, "{\"type\":\"a b\"}").isProblem(422);

        assertThat(publish("k1", ADMIN, EVENT).status()).isEqualTo(202);
    }

    @Test
    void aTwinThatIsStillRunningIsWaitedFor() throws Exception {
        var running = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        parts.onPublish = () -> {
            running.countDown();
            await(goOn);
        };
        var first = CompletableFuture.supplyAsync(() -> publishQuietly("k1"));
        running.await();
        var second = CompletableFuture.supplyAsync(() -> publishQuietly("k1"));

        goOn.countDown();

        assertThat(second.join().text()).isEqualTo(first.join().text());
        assertThat(parts.events).hasSize(1);
    }

    @Test
    void aKeyThatIsTooLongIs422() throws Exception {
        publish("k".repeat(300), ADMIN, EVENT).isProblem(422);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private Reply publishQuietly(String idempotencyKey) {
        try {
            return publish(idempotencyKey, ADMIN, EVENT);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private Reply publish(String idempotencyKey, String key, String body) throws Exception {
        return keyed("/v1/events", idempotencyKey, key, body);
    }

    private Reply keyed(String path, String idempotencyKey, String key, String body) throws Exception {
        return send("POST", path, key, JSON, body.getBytes(UTF_8), "Idempotency-Key", idempotencyKey);
    }
}
