package io.waypost.seeds;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import java.util.ArrayList;
import java.util.List;

/** A mail server on loopback that keeps what it gets. */
final class MailServer implements AutoCloseable {

    private final GreenMail mail = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));

    MailServer() {
        mail.start();
    }

    int port() {
        return mail.getSmtp().getPort();
    }

    /** Of each mail so far: recipient|subject|text. */
    List<String> received() throws Exception {
        var all = new ArrayList<String>();
        for (var message : mail.getReceivedMessages()) {
            all.add("%s|%s|%s"
                    .formatted(
                            message.getAllRecipients()[0],
                            message.getSubject(),
                            message.getContent().toString().strip()));
        }
        return all;
    }

    @Override
    public void close() {
        mail.stop();
    }
}
