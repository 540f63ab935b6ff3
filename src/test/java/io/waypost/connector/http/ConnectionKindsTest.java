package io.waypost.connector.http;

import static io.waypost.connector.ConnectorsUnderTest.message;
import static io.waypost.connector.ConnectorsUnderTest.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Credential;
import io.waypost.connector.Credential.Header;
import io.waypost.connector.Credential.Login;
import io.waypost.connector.Credential.Token;
import io.waypost.connector.connection.SuppliedConfig;
import io.waypost.platform.Violation;
import io.waypost.testing.Receiver;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a connection's credential goes in which connector. */
class ConnectionKindsTest {

    private static final Token TOKEN = new Token("t0p");
    private static final Login LOGIN = new Login("ACuser", "pw0");
    private static final Header HEADER = new Header("X-Own", "v4l");

    private static ConnectorsUnderTest connectors;

    private Receiver receiver;

    @BeforeAll
    static void start() {
        connectors = ConnectorsUnderTest.onLoopback();
    }

    @AfterAll
    static void stop() {
        connectors.close();
    }

    @BeforeEach
    void open() {
        receiver = new Receiver()
                .answers(Receiver.text(
                        200, "{\"ok\":true,\"result\":\"created\",\"data\":{\"issueCreate\":{\"success\":true}}}"));
    }

    @AfterEach
    void close() {
        receiver.close();
    }

    private List<String> violations(String connector, String config, Credential credential) {
        return SuppliedConfig.violations(connectors.catalog(), connector, object(config), credential).stream()
                .map(Violation::pointer)
                .toList();
    }

    /** Sends one event; what came of the given header. */
    private String sent(String connector, String config, Credential credential, String header) {
        var whole = config.replace("SERVER", receiver.url("").replaceAll("/$", ""));
        assertThat(violations(connector, whole, credential)).isEmpty();

        var event = ConnectorsUnderTest.event("{\"email\":\"ana@example.com\"}");
        connectors.connector(connector).send(message(connector, whole, event).with(credential));

        assertThat(receiver.received()).as("requests").hasSize(1);
        return receiver.received().getFirst().header(header);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "webhook|{'url':'SERVER/'}|Bearer t0p",
                "http|{'url':'SERVER/','headers':{'authorization':'mine'}}|Bearer t0p",
                "slack|{'channel':'C1','apiUrl':'SERVER'}|Bearer t0p",
                "github-issue|{'repository':'a/b','apiUrl':'SERVER'}|Bearer t0p",
                "opsgenie|{'apiUrl':'SERVER'}|GenieKey t0p",
                "splunk-hec|{'url':'SERVER'}|Splunk t0p",
                "elasticsearch|{'url':'SERVER','index':'events'}|ApiKey t0p",
                "n8n|{'webhookUrl':'SERVER/x'}|Bearer t0p"
            })
    void oneSecretIsSentAsTheConnectorSendsItsOwn(String connector, String config, String authorization) {
        assertThat(sent(connector, config, TOKEN, "Authorization")).isEqualTo(authorization);
    }

    @Test
    void aTokenThatBelongsIntoTheUrlGoesThere() {
        sent("telegram", "{'chatId':'7','apiUrl':'SERVER'}", TOKEN, "Authorization");

        assertThat(receiver.received().getFirst().path()).isEqualTo("/bott0p/sendMessage");
        assertThat(receiver.received().getFirst().header("Authorization")).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "zendesk-ticket|{'url':'SERVER','email':'a@b.c'}|a@b.c/token:t0p",
                "mailchimp-member|{'apiUrl':'SERVER','listId':'abc123'}|waypost:t0p"
            })
    void oneSecretOfABasicLoginLeavesTheRestToTheConfig(String connector, String config, String pair) {
        var credential = sent(connector, config, TOKEN, "Authorization");

        assertThat(decoded(credential)).isEqualTo(pair);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "webhook|{'url':'http://other:one@127.0.0.1:PORT/'}",
                "http|{'url':'SERVER/'}",
                "jira-issue|{'url':'SERVER','project':'OPS'}",
                "elasticsearch|{'url':'SERVER','index':'events'}",
                "n8n|{'webhookUrl':'SERVER/x'}",
                "mailchimp-member|{'apiUrl':'SERVER','listId':'abc123'}"
            })
    void aLoginIsBasicAuthenticationEverywhere(String connector, String config) {
        var here = config.replace("PORT", String.valueOf(receiver.port()));

        assertThat(decoded(sent(connector, here, LOGIN, "Authorization"))).isEqualTo("ACuser:pw0");
    }

    @Test
    void aLoginFillsWhatTheUrlNeedsToo() {
        var sid = "AC" + "0".repeat(32);

        sent("twilio-sms", "{'from':'+15550000001','to':'+15550000002','apiUrl':'SERVER'}", new Login(sid, "pw0"), "x");

        var request = receiver.received().getFirst();
        assertThat(request.path()).isEqualTo("/2010-04-01/Accounts/%s/Messages.json".formatted(sid));
        assertThat(decoded(request.header("Authorization"))).isEqualTo(sid + ":pw0");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "webhook|{'url':'SERVER/','headers':{'x-own':'mine'}}",
                "http|{'url':'SERVER/'}",
                "slack|{'channel':'C1','apiUrl':'SERVER'}",
                "trello|{'listId':'5abbe4b7ddc1b351ef961414','apiUrl':'SERVER'}",
                "jira-issue|{'url':'SERVER','project':'OPS'}"
            })
    void aHeaderTakesThePlaceOfTheConnectorsOwn(String connector, String config) {
        assertThat(sent(connector, config, HEADER, "X-Own")).isEqualTo("v4l");
        assertThat(receiver.received().getFirst().header("Authorization")).isNull();
    }

    @Test
    void whatTheConnectionDoesNotGiveIsStillRequired() {
        assertThat(violations("slack", "{}", TOKEN)).containsExactly("/config/channel");
        assertThat(violations("github-issue", "{}", TOKEN)).containsExactly("/config/repository");
        assertThat(violations("twilio-sms", "{'from':'+15550000001','to':'+15550000002'}", HEADER))
                .containsExactly("/config/accountSid");
        assertThat(violations("telegram", "{'chatId':'7'}", HEADER)).containsExactly("/config/token");
        assertThat(violations("webhook", "{}", TOKEN)).containsExactly("/config/url");
    }

    @Test
    void aConnectionThatDoesNotFitIsRefused() {
        assertThat(SuppliedConfig.violations(
                        connectors.catalog(), "trello", object("{'listId':'5abbe4b7ddc1b351ef961414'}"), TOKEN))
                .first()
                .satisfies(violation -> {
                    assertThat(violation.pointer()).isEqualTo("/connection");
                    assertThat(violation.detail()).contains("needs apiKey and token", "use the kind header");
                });
        assertThat(violations("email", "{'host':'a.example','from':'a@b.c','to':'a@b.c'}", TOKEN))
                .containsExactly("/connection");
        assertThat(violations("file", "{'path':'a.jsonl'}", LOGIN)).contains("/connection");
    }

    @Test
    void aPreviewShowsWhereTheCredentialGoesButNotTheCredential() {
        var config = "{'url':'http://127.0.0.1/'}";

        assertThat(authorization("webhook", config, TOKEN)).isEqualTo("Bearer ***");
        assertThat(authorization("webhook", config, LOGIN)).isEqualTo("Basic ***");
        assertThat(authorization("jira-issue", "{'url':'http://127.0.0.1','project':'OPS'}", LOGIN))
                .isEqualTo("Basic ***");
        assertThat(authorization("opsgenie", "{}", TOKEN)).isEqualTo("GenieKey ***");
        assertThat(connectors
                        .connector("http")
                        .prepare(message("http", config).with(HEADER.masked()))
                        .headers())
                .containsEntry("X-Own", "***");
    }

    private static String authorization(String connector, String config, Credential credential) {
        return connectors
                .connector(connector)
                .prepare(message(connector, config).with(credential.masked()))
                .headers()
                .get("Authorization");
    }

    @Test
    void noCredentialTellsItsSecretAsText() {
        for (var credential : List.of(TOKEN, LOGIN, HEADER)) {
            assertThat(credential.toString()).contains("***").doesNotContain("t0p", "pw0", "v4l");
            assertThat(message("webhook", "{}").with(credential).toString()).doesNotContain("t0p", "pw0", "v4l");
        }
    }

    private static String decoded(String authorization) {
        assertThat(authorization).startsWith("Basic ");
        return new String(Base64.getDecoder().decode(authorization.substring(6)), StandardCharsets.UTF_8);
    }
}
