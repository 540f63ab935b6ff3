package io.waypost.connector.email;

import static io.waypost.connector.ConnectorsUnderTest.event;
import static io.waypost.connector.ConnectorsUnderTest.message;
import static io.waypost.connector.ConnectorsUnderTest.object;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.icegreen.greenmail.configuration.GreenMailConfiguration;
import com.icegreen.greenmail.util.DummySSLServerSocketFactory;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Failure;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Gone;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.platform.Violation;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Date;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EmailTest {

    private static final Duration SOON = Duration.ofSeconds(5);

    private static ConnectorsUnderTest connectors;
    private static GreenMail mail;

    private ScriptedSmtp scripted;

    @BeforeAll
    static void start() {
        connectors = ConnectorsUnderTest.onLoopback();
        mail = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
        mail.withConfiguration(
                GreenMailConfiguration.aConfig().withUser("shop@example.com", "shop", "p{{env:HOME}}\"ü"));
        mail.start();
    }

    @AfterAll
    static void stop() {
        mail.stop();
        connectors.close();
    }

    @BeforeEach
    void open() throws Exception {
        mail.purgeEmailFromAllMailboxes();
        scripted = new ScriptedSmtp();
    }

    @AfterEach
    void close() throws Exception {
        scripted.close();
    }

    @Test
    void anEventIsAMailOfTextAndHtmlWithAnIdThatStays() throws Exception {
        var config = config("""
                ,'to':'data.to','subject':'"Order " & data.n','text':'"Thanks, " & data.name','html':'"<b>" & data.n & "</b>"'
                """);
        var event = event(
                "{\"n\":18859015918863553,\"name\":\"Jörg {{env:HOME}} ${sysenv.HOME}\",\"to\":\"Ann <ann@example.com>\"}");

        assertThat(connectors.connector("email").send(message("email", config, event)))
                .isInstanceOf(Succeeded.class);

        var sent = received();
        assertThat(sent.getMessageID()).isEqualTo("<dlv_1@example.com>");
        assertThat(sent.getSubject()).isEqualTo("Order 18859015918863553");
        assertThat(sent.getFrom()[0]).hasToString("Shop <shop@example.com>");
        assertThat(sent.getAllRecipients()[0]).hasToString("Ann <ann@example.com>");
        assertThat(sent.getSentDate()).isEqualTo(Date.from(ConnectorsUnderTest.NOW));
        var parts = (MimeMultipart) sent.getContent();
        assertThat(parts.getContentType()).startsWith("multipart/alternative");
        assertThat(parts.getBodyPart(0).getContent()).isEqualTo("Thanks, Jörg {{env:HOME}} ${sysenv.HOME}");
        assertThat(parts.getBodyPart(1).getContent()).isEqualTo("<b>18859015918863553</b>");
        assertThat(parts.getCount()).isEqualTo(2);
    }

    @Test
    void withoutATextOfOnesOwnTheEventIsShown() throws Exception {
        send(",'to':'ann@example.com'");

        var sent = received();
        assertThat(sent.getSubject()).isEqualTo("message.opened");
        assertThat(sent.getContent().toString()).contains("message.opened from /crm at 2026-03-01", "n: 1", "evt_");
    }

    @Test
    void aLineBreakMakesNoHeader() throws Exception {
        var config = config(",'to':'[data.to, \"bob@example.com\"]','subject':'data.s','text':'\"x\"'");
        var event = event("{\"s\":\"a\\r\\nBcc: eve@example.com\\u2028b\",\"to\":\"ann@example.com\"}");

        connectors.connector("email").send(message("email", config, event));

        var sent = received();
        assertThat(sent.getHeader("Bcc")).isNull();
        assertThat(sent.getSubject()).isEqualTo("a Bcc: eve@example.com b");
        assertThat(sent.getAllRecipients()).hasSize(2);
    }

    @Test
    void anAddressWithALineBreakOrNoneAtAllIsNotSentTo() {
        for (var to : new String[] {"a@example.com\\r\\nRCPT TO:<b@example.com>", "nobody", ""}) {
            var config = config(",'to':'data.to'");
            var outcome = connectors
                    .connector("email")
                    .send(message("email", config, event("{\"to\":\"%s\"}".formatted(to))));

            assertThat(outcome.failure()).isEqualTo(Failure.TRANSFORM_FAILED);
            assertThat(outcome.detail()).contains("mail address");
        }
        assertThat(mail.getReceivedMessages()).isEmpty();
    }

    @Test
    void aWrongPasswordDeactivatesAndIsNotTold() {
        var outcome = connectors.send("email", config(",'to':'ann@example.com'").replace("p{{env:HOME}}", "wrong-one"));

        assertThat(outcome).isInstanceOf(Gone.class);
        assertThat(outcome.status()).isEqualTo(535);
        assertThat(outcome.detail()).doesNotContain("wrong-one");
    }

    @Test
    void aCheckLogsInAndSendsNothing() {
        var email = connectors.connector("email");

        assertThat(email.check(object(config(",'to':'ann@example.com'"))).ok()).isTrue();
        var wrong = email.check(object(config(",'to':'ann@example.com'").replace("p{{", "q{{")));
        assertThat(wrong.ok()).isFalse();
        assertThat(wrong.detail()).contains("535");
        assertThat(mail.getReceivedMessages()).isEmpty();
    }

    @Test
    void aCertificateThatNobodyVouchesForIsRefused() throws Exception {
        try (var server = new DummySSLServerSocketFactory().createServerSocket(0)) {
            var refused = new CompletableFuture<Integer>();
            Thread.ofVirtual().start(() -> {
                try (var connection = server.accept()) {
                    refused.complete(connection.getInputStream().read());
                } catch (IOException e) {
                    refused.complete(-1);
                }
            });

            var outcome = connectors.send(
                    "email",
                    "{'host':'localhost','port':%d,'security':'tls','from':'a@example.com','to':'b@example.com'}"
                            .formatted(server.getLocalPort()));

            assertThat(outcome.failure()).isEqualTo(Failure.TLS_FAILURE);
            assertThat(refused.get(5, TimeUnit.SECONDS)).isEqualTo(-1);
        }
    }

    @Test
    void privateServersAreRefusedUnlessAllowed() {
        try (var strict = new ConnectorsUnderTest(false, Path.of("no-such-directory"))) {
            var catalog = strict.catalog();

            for (var host : new String[] {"127.0.0.1", "localhost", "[::1]", "10.0.0.1", "2130706433"}) {
                assertThat(catalog.violations("email", object(scriptedConfig().replace("127.0.0.1", host))))
                        .extracting(Violation::pointer)
                        .containsExactly("/host");
            }
            assertThat(strict.send("email", scriptedConfig()).failure()).isEqualTo(Failure.ADDRESS_BLOCKED);
        }
        assertThat(scripted.connections).isEmpty();
    }

    @Test
    void aConfigIsHeldAgainstItsRules() {
        assertThat(connectors
                        .catalog()
                        .violations(
                                "email",
                                object("{'host':'smtp.example.com/x','from':'nobody','to':'data.(','subject':'(',"
                                        + "'username':'u','port':0,'more':1}")))
                .extracting(Violation::pointer)
                .containsExactlyInAnyOrder("/host", "/from", "/to", "/subject", "/password", "/port", "/more");
        assertThat(connectors
                        .catalog()
                        .violations("email", object("{'host':'h','from':'a@b.c','to':'a.b+c@d.example'}")))
                .isEmpty();
    }

    private static Outcome send(String more) {
        var outcome = connectors.send("email", config(more));
        assertThat(outcome).isInstanceOf(Succeeded.class);
        return outcome;
    }

    /** In JSON's own quotes where the expressions need none of theirs. */
    private static String config(String more) {
        return "{\"host\":\"127.0.0.1\",\"port\":%d,\"security\":\"none\",\"username\":\"shop\",\"password\":\"p{{env:HOME}}\\\"ü\",\"from\":\"Shop <shop@example.com>\"%s}"
                .formatted(
                        mail.getSmtp().getPort(),
                        more.strip().replace("\"", "\\\"").replace('\'', '"'));
    }

    private String scriptedConfig() {
        return "{'host':'127.0.0.1','port':%d,'security':'none','from':'a@example.com','to':'ann@example.com'}"
                .formatted(scripted.port());
    }

    private static MimeMessage received() {
        await().atMost(SOON).until(() -> mail.getReceivedMessages().length > 0);
        return mail.getReceivedMessages()[0];
    }
}
