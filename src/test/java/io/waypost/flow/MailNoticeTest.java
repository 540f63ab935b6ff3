package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.icegreen.greenmail.configuration.GreenMailConfiguration;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.waypost.testing.Gateway;
import io.waypost.testing.Receiver;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The mail that tells of a deactivation, and the page its link leads to. */
class MailNoticeTest extends Flow {

    private static final String FORM = "application/x-www-form-urlencoded";

    /** With everything in it that means something in a URI. */
    private static final String PASSWORD = "p)&w=%20+x{{}}/?#\"'ü";

    private static GreenMail mail;
    private static Gateway own;

    MailNoticeTest() {
        super(own);
    }

    @BeforeAll
    static void start() {
        mail = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
        mail.withConfiguration(GreenMailConfiguration.aConfig().withUser("owner@example.com", "waypost", PASSWORD));
        mail.start();
        own = Gateway.with(Map.of(
                "waypost.mail.host", "127.0.0.1",
                "waypost.mail.port", mail.getSmtp().getPort(),
                "waypost.mail.security", "none",
                "waypost.mail.username", "waypost",
                "waypost.mail.password", PASSWORD,
                "waypost.mail.from", "gateway@example.com",
                "waypost.mail.to", "owner@example.com",
                "waypost.public-url", "https://hooks.example.com/"));
    }

    @AfterAll
    static void stop() {
        own.close();
        mail.stop();
    }

    @Test
    void aDeactivationIsMailedOnceWithALinkToAPageThatAsksFirstAndWorksOnce() throws Exception {
        receiver.answers(410);
        var id = subscribe("\"name\":\"Größe & <Farbe>\"");
        publishMany(0, 3);
        awaitState(id, "deactivated");
        awaitBuffered(id, 3);
        await().atMost(SOON).until(() -> mail.getReceivedMessages().length > 0);

        var message = mail.getReceivedMessages()[0];
        assertThat(message.getSubject()).contains("deactivated", "Größe & <Farbe>", id);
        assertThat(message.getFrom()[0]).hasToString("gateway@example.com");
        assertThat(message.getAllRecipients()[0]).hasToString("owner@example.com");
        var text = text(message);
        assertThat(text).contains("Größe & <Farbe>", receiver.url(), "http_status", "5d");
        var page = linkIn(text);
        var anyone = api.with(null);

        var asked = anyone.get(page).expect(200);
        assertThat(asked.text()).contains("<form method=\"post\">", "&amp; &lt;Farbe&gt;", "3 events");
        anyone.send("HEAD", page, null).expect(200);
        assertThat(subscription(id).path("state").textValue()).isEqualTo("deactivated");
        anyone.send("POST", page + "x", "replayEvents=1", "Content-Type", FORM).expect(404);

        receiver.answers(200);
        receiver.received().clear();
        anyone.send("POST", page, "replayEvents=1", "Content-Type", FORM).expect(200);

        awaitReceived(3);
        assertThat(numbers()).containsExactly(0, 1, 2);
        anyone.get(page).expect(410);
        anyone.send("POST", page, "replayEvents=1", "Content-Type", FORM).expect(410);
        assertThat(mail.getReceivedMessages()).hasSize(1);
    }

    @Test
    void aBackupThatTakesOverIsMailedToo() throws Exception {
        mail.purgeEmailFromAllMailboxes();
        try (var backup = new Receiver()) {
            receiver.answers(410);
            var url = backup.url().replace("http://", "http://user:secret@");
            var id = create("{\"event\":\"order.created\",\"config\":{\"url\":\"%s\",\"backupUrl\":\"%s\"}}"
                    .formatted(receiver.url(), url));
            publishMany(0, 3);
            await().atMost(SOON).until(() -> mail.getReceivedMessages().length > 0);

            var message = mail.getReceivedMessages()[0];
            assertThat(message.getSubject()).contains("backup URL", id);
            assertThat(text(message))
                    .contains(receiver.url(), "user:***@", "http_status")
                    .doesNotContain("secret");
            api.with(null).get(linkIn(text(message))).expect(200);
            assertThat(mail.getReceivedMessages()).hasSize(1);
        }
    }

    @Test
    void thatNoMoreIsKeptIsMailedToo() throws Exception {
        mail.purgeEmailFromAllMailboxes();
        receiver.answers(410);
        var id = subscribe("\"replayBuffer\":{\"window\":\"1h\"}");
        publishMany(0, 3);
        awaitState(id, "deactivated");
        awaitBuffered(id, 3);

        own.clock().advance(Duration.ofMinutes(61));

        await().atMost(SOON).until(() -> mail.getReceivedMessages().length == 2);
        var message = mail.getReceivedMessages()[1];
        assertThat(message.getSubject()).contains("keeps no more events", id);
        assertThat(text(message)).contains("only counted", receiver.url(), "3 events");
        api.with(null).get(linkIn(text(message))).expect(200);
    }

    private static String text(MimeMessage message) throws MessagingException, IOException {
        return message.getContent().toString();
    }

    private static String linkIn(String text) {
        var link =
                Pattern.compile("https://hooks\\.example\\.com(/activate/\\S+)").matcher(text);
        assertThat(link.find()).as(text).isTrue();
        return link.group(1);
    }
}
