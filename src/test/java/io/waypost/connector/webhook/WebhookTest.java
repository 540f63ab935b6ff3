package io.waypost.connector.webhook;

import static io.waypost.connector.ConnectorsUnderTest.event;
import static io.waypost.connector.ConnectorsUnderTest.message;
import static io.waypost.connector.ConnectorsUnderTest.object;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.standardwebhooks.Webhook;
import io.waypost.connector.Message;
import io.waypost.connector.Message.SuccessTest;
import io.waypost.platform.Violation;
import java.net.http.HttpHeaders;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Signatures, headers and the config of a webhook. */
class WebhookTest extends WebhookCalls {

    @Test
    void anyStandardWebhooksLibraryVerifiesIt() throws Exception {
        var fresh = SigningSecrets.generate("hmac");
        var old = SigningSecrets.generate("hmac");
        var message = message("webhook", "{'url':'%s'}".formatted(url()), event("{\"ü\":\"€\"}"));
        message = with(message, fresh, old);
        var now = new Message(
                message.connector(),
                message.config(),
                null,
                message.secrets(),
                message.event(),
                null,
                "dlv_1",
                3,
                true,
                true,
                Instant.now(), // the library compares it with the real clock
                message.timeout(),
                SuccessTest.ANY_2XX);

        connectors.connector("webhook").send(now);

        var headers = HttpHeaders.of(last.headers(), (_, _) -> true);
        for (var secret : List.of(fresh, old)) {
            assertThatCode(() -> new Webhook(secret).verify(last.body(), headers))
                    .doesNotThrowAnyException();
        }
        assertThat(last.header("webhook-id")).isEqualTo(message.event().id());
        assertThat(last.header("Waypost-Attempt")).isEqualTo("3");
        assertThat(last.header("Waypost-Replay")).isEqualTo("true");
        assertThat(last.header("Waypost-Test")).isEqualTo("true");
    }

    @Test
    void unsignedCarriesNoSignature() {
        var message = with(
                message("webhook", "{'url':'%s','signing':'none'}".formatted(url()), event("1")),
                SigningSecrets.generate("hmac"));

        connectors.connector("webhook").send(message);

        assertThat(last.header("webhook-signature")).isNull();
        assertThat(last.header("webhook-id")).isNotNull();
    }

    @Test
    void ownHeadersAndCredentialsInTheUrlAreSent() {
        connectors.send(
                "webhook",
                "{'url':'http://me:p%%40ss@127.0.0.1:%d/','headers':{'X-Team':'crm','Date':'today','user-agent':'mine'}}"
                        .formatted(server.getAddress().getPort()));

        assertThat(last.header("Authorization")).isEqualTo("Basic bWU6cEBzcw==");
        assertThat(last.header("X-Team")).isEqualTo("crm");
        assertThat(last.header("Date")).isEqualTo("today");
        assertThat(last.header("User-Agent")).isEqualTo("mine");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "webhook-id", "Webhook-Signature", "Waypost-Attempt", "waypost-x", "Host", "content-length",
                "Content-Type", "Connection", "Transfer-Encoding", "bad name", "", "x:y"
            })
    void reservedHeadersAreViolations(String name) {
        assertThat(violations("{'url':'%s','headers':{'%s':'x'}}".formatted(url(), name)))
                .extracting(Violation::pointer)
                .containsExactly("/headers/" + name);
    }

    @Test
    void everythingWrongIsSaidAtOnce() {
        var config = "{'method':'PAINT','format':'yaml','headers':{'X-A':'a\\r\\nb','X-N':5},'extra':1}";

        assertThat(violations(config))
                .extracting(Violation::pointer)
                .contains("/url", "/method", "/format", "/headers/X-A", "/headers/X-N", "/extra");
    }

    @Test
    void whatWouldBeSentCanBeSeen() {
        var request = connectors
                .connector("webhook")
                .prepare(message("webhook", "{'url':'https://example.com/x','method':'PUT'}", event("1")));

        assertThat(request.method()).isEqualTo("PUT");
        assertThat(request.url()).isEqualTo("https://example.com/x");
        assertThat(request.headers()).containsKeys("webhook-id", "Content-Type");
        assertThat(request.body()).contains("\"data\":1,");
    }

    private static List<Violation> violations(String config) {
        return connectors.catalog().violations("webhook", object(config));
    }
}
