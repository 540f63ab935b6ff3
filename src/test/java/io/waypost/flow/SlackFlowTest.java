package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.platform.Json;
import io.waypost.testing.Receiver;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Events into Slack, which {@link #receiver} stands in for. */
class SlackFlowTest extends Flow {

    private static final String PATH = "/services/T000/B000/verysecret";
    private static final String QUICK =
            "\"retry\":{\"schedule\":[\"50ms\",\"50ms\"]},\"rateLimit\":{\"perSecond\":1000}";

    @Test
    void aMessageGetsThroughOnTheThirdAttemptAndIsPostedOnce() {
        slackAnswers(new Says(500, "rollup_error"), new Says(500, ""), new Says(200, "ok"));
        subscribeWebhook(QUICK);

        var event = publish(1);

        var delivery = awaitDelivery(event, "succeeded");
        assertThat(delivery.path("attempts"))
                .extracting(SlackFlowTest::summary)
                .containsExactly("500 http_status", "500 http_status", "200 null");
        assertThat(receiver.received()).hasSize(3);
    }

    @Test
    void aWebhookThatSlackHasTakenAwayDeactivatesAtOnceAndItsOwnerIsTold() {
        try (var owner = new Receiver()) {
            subscribeTo("webhook.deactivated", owner.url(), "");
            slackAnswers(new Says(404, "no_service"));
            var id = subscribeWebhook(QUICK);

            var event = publish(1);

            awaitState(id, "deactivated");
            awaitDelivery(event, "buffered");
            assertThat(receiver.received()).hasSize(1);
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(owner.received()).hasSize(1));
            var notice = owner.received().getFirst();
            assertThat(body(notice).at("/data/webhook/id").textValue()).isEqualTo(id);
            assertThat(notice.body()).doesNotContain("verysecret");
            assertThat(subscription(id).toString()).doesNotContain("verysecret");
        }
    }

    @Test
    void tooManyRequestsWaitAsLongAsSlackSaysAndCountNowhere() {
        slackAnswers(
                new Says(429, "rate_limited", "120"),
                new Says(429, "rate_limited", "120"),
                new Says(429, "rate_limited", "120"),
                new Says(500, ""),
                new Says(200, "ok"));
        var id = subscribeWebhook("\"retry\":{\"schedule\":[\"50ms\"]},"
                + "\"deactivation\":{\"afterFailures\":2,\"over\":\"0s\"},\"rateLimit\":{\"perSecond\":1000}");

        var event = publish(1);

        for (int limited = 1; limited <= 3; limited++) {
            awaitReceived(limited);
            var waiting = awaitDelivery(event, "retrying");
            assertThat(Duration.between(
                            gateway.clock().instant(),
                            Instant.parse(waiting.path("nextAttemptAt").textValue())))
                    .isBetween(Duration.ofSeconds(120).minus(SOON), Duration.ofSeconds(120));
            gateway.clock().advance(Duration.ofSeconds(121));
        }
        assertThat(awaitDelivery(event, "succeeded").path("attempts"))
                .extracting(SlackFlowTest::summary)
                .containsExactly(
                        "429 rate_limited", "429 rate_limited", "429 rate_limited", "500 http_status", "200 null");
        assertThat(subscription(id).path("active").booleanValue()).isTrue();
    }

    /** With a token Slack reports errors in a 200. */
    @ParameterizedTest
    @CsvSource({
        "internal_error,      exhausted, active,      3",
        "service_unavailable, exhausted, active,      3",
        "msg_too_long,        exhausted, active,      1",
        "invalid_blocks,      exhausted, active,      1",
        "ratelimited,         retrying,  active,      1",
        "invalid_auth,        buffered,  deactivated, 1",
        "channel_not_found,   buffered,  deactivated, 1",
    })
    void whatSlackSaysInA200Counts(String error, String status, String state, int attempts) {
        slackAnswers(new Says(200, "{\"ok\":false,\"error\":\"%s\"}".formatted(error)));
        var id = subscribeToken();

        var event = publish(1);

        assertThat(awaitDelivery(event, status).path("attempts")).hasSize(attempts);
        awaitState(id, state);
        assertThat(receiver.received()).hasSize(attempts).allSatisfy(r -> {
            assertThat(r.path()).isEqualTo("/api/chat.postMessage");
            assertThat(r.header("authorization")).isEqualTo("Bearer xoxb-1");
            assertThat(body(r).path("channel").textValue()).isEqualTo("C1");
        });
    }

    @Test
    void withATokenOkIsSuccess() {
        slackAnswers(new Says(200, "{\"ok\":true,\"ts\":\"1.2\"}"));
        subscribeToken();

        awaitDelivery(publish(1), "succeeded");
    }

    @Test
    void anEventBecomesABlockKitMessageWithWhatSlackWouldReadEscaped() {
        slackAnswers(new Says(200, "ok"));
        subscribeWebhook(QUICK);

        publish("{\"type\":\"order.created\",\"source\":\"/shop\",\"subject\":\"<!channel> & co\",\"data\":"
                + "{\"note\":\"<https://evil.example|click> & win\",\"MessageID\":20547678344812791}}");

        awaitReceived(1);
        var message = body(receiver.received().getFirst());
        assertThat(message.path("text").textValue()).isEqualTo("order.created: &lt;!channel&gt; &amp; co");
        assertThat(message.at("/blocks/0/type").textValue()).isEqualTo("header");
        // Plain text, in which Slack reads no commands.
        assertThat(message.at("/blocks/0/text/type").textValue()).isEqualTo("plain_text");
        assertThat(message.at("/blocks/0/text/text").textValue()).isEqualTo("order.created: <!channel> & co");
        assertThat(message.at("/blocks/1/fields").findValuesAsText("text"))
                .containsExactly(
                        "*note*\n&lt;https://evil.example|click&gt; &amp; win", "*MessageID*\n20547678344812791");
        assertThat(message.at("/blocks/2/elements/0/text").textValue()).isEqualTo("/shop");
    }

    @Test
    void aTemplateOfOnesOwnIsUsed() {
        slackAnswers(new Says(200, "ok"));
        create("{\"event\":\"order.created\",\"connector\":\"slack\",\"config\":%s}"
                .formatted(Json.object()
                        .put("webhookUrl", receiver.url(PATH))
                        .put("text", "'Order ' & data.number & ' came in'")));

        publish(7);

        awaitReceived(1);
        assertThat(body(receiver.received().getFirst())).isEqualTo(Json.read("{\"text\":\"Order 7 came in\"}"));
    }

    @Test
    void theWebhookUrlIsMaskedAndSentBackMaskedKept() {
        slackAnswers(new Says(200, "ok"));
        var id = subscribeWebhook(QUICK);
        assertThat(subscription(id).at("/config/webhookUrl").textValue()).isEqualTo("***");

        var patched = api.patch("/v1/subscriptions/" + id, subscription(id).toString())
                .expect(200);

        assertThat(patched.text()).doesNotContain("verysecret");
        awaitDelivery(publish(1), "succeeded");
        assertThat(receiver.received().getFirst().path()).isEqualTo(PATH);
    }

    private record Says(int status, String text, String retryAfter) {

        Says(int status, String text) {
            this(status, text, null);
        }
    }

    /** One answer after the other, the last one for ever. */
    private void slackAnswers(Says... answers) {
        var turn = new AtomicInteger();
        receiver.answers((request, exchange) -> {
            var answer = answers[Math.min(turn.getAndIncrement(), answers.length - 1)];
            if (answer.retryAfter != null) {
                exchange.getResponseHeaders().add("Retry-After", answer.retryAfter);
            }
            Receiver.text(answer.status, answer.text).to(request, exchange);
        });
    }

    private String subscribeWebhook(String more) {
        return create("{\"event\":\"order.created\",\"connector\":\"slack\",\"config\":{\"webhookUrl\":\"%s\"},%s}"
                .formatted(receiver.url(PATH), more));
    }

    private String subscribeToken() {
        var config = Json.object().put("token", "xoxb-1").put("channel", "C1").put("apiUrl", receiver.url("/api"));
        return create(
                "{\"event\":\"order.created\",\"connector\":\"slack\",\"config\":%s,%s}".formatted(config, QUICK));
    }

    private static String summary(JsonNode attempt) {
        return attempt.path("statusCode").intValue() + " "
                + attempt.path("error").textValue();
    }
}
