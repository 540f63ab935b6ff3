package io.waypost.connector.webhook;

import static io.waypost.connector.ConnectorsUnderTest.event;
import static io.waypost.connector.ConnectorsUnderTest.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.Failure;
import io.waypost.connector.Message.SuccessTest;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Gone;
import io.waypost.connector.Outcome.Succeeded;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a receiver's answer means. */
class WebhookOutcomeTest extends WebhookCalls {

    @ParameterizedTest
    @CsvSource({
        "ANY_2XX, 200,, true",
        "ANY_2XX, 299,, true",
        "ANY_2XX, 302,, false",
        "ANY_2XX, 500,, false",
        "ONLY_200, 200,, true",
        "ONLY_200, 201,, false",
        "STATUS_OK_BODY, 200, {\"status\":\"OK\"}, true",
        "STATUS_OK_BODY, 202, {\"status\":\"OK\"}, true",
        "STATUS_OK_BODY, 200, ok, false",
        "STATUS_OK_BODY, 206, {\"status\":\"OK\"}, false",
        "STATUS_OK_BODY, 204,, false"
    })
    void successIsWhatTheProfileSays(SuccessTest test, int status, String body, boolean success) {
        assertThat(outcome(test, new Answer(status, body == null ? "" : body, Map.of())) instanceof Succeeded)
                .isEqualTo(success);
    }

    @Test
    void aRejectedBodyIsNamedSo() {
        assertThat(outcome(SuccessTest.STATUS_OK_BODY, new Answer(200, "{\"status\":\"NO\"}", Map.of())))
                .isInstanceOfSatisfying(
                        Failed.class, f -> assertThat(f.failure()).isEqualTo(Failure.RESPONSE_REJECTED));
    }

    @ParameterizedTest
    @CsvSource({
        "120, PT2M",
        "'Sun, 01 Mar 2026 12:10:00 GMT', PT10M",
        "9999999, PT24H",
        "99999999999999999999999, ",
        "'Sun, 01 Mar 2026 11:00:00 GMT', ",
        "soon, ",
        "-5, "
    })
    void retryAfterIsReadAsSecondsOrDate(String header, Duration wait) {
        var headers = Map.of("Retry-After", header);

        assertThat(outcome(SuccessTest.ANY_2XX, new Answer(429, "", headers)))
                .isEqualTo(new Failed(Failure.RATE_LIMITED, "status 429: too many requests", 429, "", wait, false));
        assertThat(outcome(SuccessTest.ANY_2XX, new Answer(503, "", headers)))
                .isEqualTo(new Failed(Failure.HTTP_STATUS, "status 503: unavailable", 503, "", wait, true));
    }

    @Test
    void goneIsGone() {
        assertThat(outcome(SuccessTest.ANY_2XX, new Answer(410, "bye", Map.of())))
                .isInstanceOfSatisfying(Gone.class, g -> assertThat(g.body()).isEqualTo("bye"));
    }

    @Test
    void theFirstKibibyteOfTheAnswerIsKeptAsText() {
        var outcome = outcome(SuccessTest.ANY_2XX, new Answer(500, "a\0b" + "x".repeat(5000), Map.of()));

        assertThat(outcome.body()).hasSize(1023).startsWith("abx");
    }

    private static Outcome outcome(SuccessTest test, Answer given) {
        answer = given;
        try {
            var m = message("webhook", "{'url':'%s'}".formatted(url()), event("1"));
            return connectors.connector("webhook").send(judged(m, test));
        } finally {
            answer = new Answer(200, "", Map.of());
        }
    }
}
