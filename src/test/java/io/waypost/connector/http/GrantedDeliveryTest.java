package io.waypost.connector.http;

import static io.waypost.connector.ConnectorsUnderTest.brief;
import static io.waypost.connector.ConnectorsUnderTest.message;
import static io.waypost.connector.ConnectorsUnderTest.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Credential;
import io.waypost.connector.Credential.Granted;
import io.waypost.connector.Failure;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.connector.connection.Grant.ClientCredentials;
import io.waypost.connector.connection.SuppliedConfig;
import io.waypost.testing.Receiver;
import io.waypost.testing.TokenServer;
import io.waypost.testing.TokenServer.Reply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attempts that need a token of an OAuth 2 server. */
class GrantedDeliveryTest {

    @TempDir
    private static Path directory;

    private static ConnectorsUnderTest connectors;

    private TokenServer tokens;
    private Receiver receiver;

    @BeforeAll
    static void start() throws IOException {
        Files.writeString(directory.resolve("acme.kamelet.yaml"), """
                kind: Kamelet
                metadata: {name: acme}
                spec:
                  definition:
                    title: Acme
                    type: object
                    required: [url, tokenUrl, clientId, clientSecret]
                    properties:
                      url: {title: URL, type: string}
                      tokenUrl: {title: Tokens, type: string}
                      clientId: {title: Client, type: string}
                      clientSecret: {title: Secret, type: string, format: password}
                      scope: {title: Scope, type: string}
                  x-waypost:
                    auth: {kind: oauth2ClientCredentials, scope: "{scope}"}
                    request: {url: "{url}", body: "{'n': data.n}"}
                    errors: [{status: 401, action: deactivate}]
                    check: {method: GET, url: "{url}"}
                """);
        connectors = new ConnectorsUnderTest(true, directory);
    }

    @AfterAll
    static void stop() {
        connectors.close();
    }

    @BeforeEach
    void open() {
        tokens = new TokenServer();
        receiver = new Receiver().answers((request, exchange) -> Receiver.status(
                        request.header("Authorization").equals("Bearer t1") ? 204 : 401)
                .to(request, exchange));
    }

    @AfterEach
    void close() {
        tokens.close();
        receiver.close();
    }

    private Credential granted() {
        return new Granted(new ClientCredentials(tokens.url(), "client", "s3cret", null), null);
    }

    private Outcome send() {
        return connectors
                .connector("webhook")
                .send(message("webhook", "{'url':'%s'}".formatted(receiver.url()))
                        .with(granted()));
    }

    /** The tokens that came, in order. */
    private String came() {
        return receiver.received().stream()
                .map(request -> request.header("Authorization").replace("Bearer ", ""))
                .toList()
                .toString();
    }

    @Test
    void theTokenIsAskedForOnceAndSentWithEachRequest() {
        assertThat(send()).isInstanceOf(Succeeded.class);
        assertThat(send()).isInstanceOf(Succeeded.class);

        assertThat(came()).isEqualTo("[t1, t1]");
        assertThat(tokens.asked()).hasSize(1);
    }

    @Test
    void aTokenThatIsNotTakenIsRenewedAndTheRequestSentAgainAsTheSameAttempt() {
        receiver.answers((request, exchange) -> Receiver.status(
                        request.header("Authorization").equals("Bearer t2") ? 204 : 401)
                .to(request, exchange));

        assertThat(send()).isInstanceOf(Succeeded.class);

        assertThat(came()).isEqualTo("[t1, t2]");
        assertThat(receiver.received())
                .extracting(r -> r.header("waypost-attempt"))
                .containsExactly("1", "1");
        assertThat(receiver.received().getFirst().body())
                .isEqualTo(receiver.received().getLast().body());
    }

    @Test
    void aReceiverThatTakesNoTokenIsAskedTwiceAndNoMore() {
        receiver.answers(401);

        assertThat(send()).isInstanceOfSatisfying(Failed.class, failed -> {
            assertThat(failed.failure()).isEqualTo(Failure.HTTP_STATUS);
            assertThat(failed.status()).isEqualTo(401);
        });

        assertThat(came()).isEqualTo("[t1, t2]");
    }

    @Test
    void aServerThatGivesNoTokenAnyMoreIsTheFailureAndNotTheAnswerBefore() {
        tokens.answers((_, number) -> number == 1 ? TokenServer.token("old", 3600) : new Reply(503, ""));

        var outcome = connectors.connector("acme").send(message("acme", acme()));

        assertThat(outcome).isInstanceOfSatisfying(Failed.class, failed -> {
            assertThat(failed.failure()).isEqualTo(Failure.CONNECTOR_FAILED);
            assertThat(failed.detail()).isEqualTo("the token endpoint answered with status 503");
            assertThat(failed.counts()).isTrue();
        });
        assertThat(came()).isEqualTo("[old]");
    }

    @Test
    void withoutATokenNothingIsSent() {
        tokens.answers((_, _) -> new Reply(401, "{\"error\":\"invalid_client\"}"));

        assertThat(send()).isInstanceOfSatisfying(Failed.class, failed -> {
            assertThat(failed.failure()).isEqualTo(Failure.CONNECTOR_FAILED);
            assertThat(failed.detail()).isEqualTo("the token endpoint answered with status 401: invalid_client");
        });

        assertThat(receiver.received()).isEmpty();
    }

    @Test
    void aSilentTokenEndpointTakesNoLongerThanTheAttemptMay() {
        tokens.hold();

        var outcome = connectors
                .connector("webhook")
                .send(brief("webhook", "{'url':'%s'}".formatted(receiver.url())).with(granted()));

        assertThat(outcome.failure()).isEqualTo(Failure.CONNECTOR_FAILED);
        assertThat(outcome.detail()).contains("did not answer within the time limit");
        assertThat(receiver.received()).isEmpty();
    }

    private String acme() {
        return "{'url':'%s','tokenUrl':'%s','clientId':'me','clientSecret':'s3cret','scope':'send'}"
                .formatted(receiver.url(), tokens.url());
    }

    @Test
    void aConnectorFileMayAskForTokensWithItsConfig() {
        assertThat(connectors.connector("acme").send(message("acme", acme()))).isInstanceOf(Succeeded.class);

        assertThat(came()).isEqualTo("[t1]");
        assertThat(tokens.asked().getFirst().form()).containsEntry("scope", "send");
        assertThat(connectors.connector("acme").prepare(message("acme", acme())).headers())
                .containsEntry("Authorization", "Bearer ***");
        assertThat(connectors.catalog().violations("acme", object("{'url':'http://a.example','tokenUrl':'ftp://x'}")))
                .extracting(violation -> violation.pointer())
                .containsExactlyInAnyOrder("/clientId", "/clientSecret", "/tokenUrl");
    }

    @Test
    void theCheckOfSuchAConnectorAsksForATokenFirst() {
        assertThat(connectors.connector("acme").check(object(acme())).ok()).isTrue();

        tokens.answers((_, _) -> new Reply(401, ""));
        assertThat(connectors.connector("acme").check(object(acme()))).satisfies(result -> {
            assertThat(result.ok()).isFalse();
            assertThat(result.detail()).isEqualTo("the token endpoint answered with status 401");
        });
    }

    @Test
    void aConnectionTakesThePlaceOfTheConnectorsOwnClient() {
        var config = "{'url':'%s'}".formatted(receiver.url());

        assertThat(SuppliedConfig.violations(connectors.catalog(), "acme", object(config), granted()))
                .isEmpty();
        assertThat(connectors.connector("acme").send(message("acme", config).with(granted())))
                .isInstanceOf(Succeeded.class);
        assertThat(tokens.asked()).singleElement().satisfies(asked -> assertThat(asked.form())
                .doesNotContainKey("scope"));
    }
}
