package io.waypost.connector.email;

import io.waypost.connector.pool.Allowance;
import io.waypost.connector.pool.Client;
import io.waypost.connector.pool.Hosts;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import java.net.UnknownHostException;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.ScheduledExecutorService;
import javax.net.SocketFactory;
import org.eclipse.angus.mail.smtp.SMTPTransport;

/** One connection to a mail server, greeted and logged in. */
final class SmtpClient implements Client {

    /** Below them all is the deadline of the attempt; these are for what that cannot reach. */
    private static final String TIMEOUT_MILLIS = "30000";

    private final Session session;
    private final SMTPTransport transport;
    private final Allowance allowance;

    private SmtpClient(Session session, SMTPTransport transport, Allowance allowance) {
        this.session = session;
        this.transport = transport;
        this.allowance = allowance;
    }

    static SmtpClient connect(MailServer server, Hosts hosts, ScheduledExecutorService writeTimeouts)
            throws MessagingException, UnknownHostException {
        // Within the deadline and by our rules; the library's own look-up then finds the answer at hand.
        hosts.address(server.host());
        var allowance = new Allowance();
        var session = Session.getInstance(properties(server, hosts.sockets(allowance), writeTimeouts));
        var transport = (SMTPTransport) session.getTransport("smtp");
        // For a name that is an address in brackets the library wants the address.
        var host = server.host().replace("[", "").replace("]", "");
        // Without a password none is sent; with an empty one the library would log in as the user that we run as.
        transport.connect(host, server.port(), server.username(), server.password());
        return new SmtpClient(session, transport, allowance);
    }

    /** @return what the server said */
    String send(Letter letter) throws MessagingException {
        var mail = letter.written(session);
        allowance.renew();
        transport.sendMessage(mail, mail.getAllRecipients());
        return Objects.requireNonNullElse(transport.getLastServerResponse(), "").strip();
    }

    /** Asks the server (NOOP). */
    @Override
    public boolean usable() {
        allowance.renew();
        return transport.isConnected();
    }

    @Override
    public void close() throws MessagingException {
        transport.close();
    }

    private static Properties properties(
            MailServer server, SocketFactory sockets, ScheduledExecutorService writeTimeouts) {
        var all = new Properties();
        all.setProperty("mail.smtp.connectiontimeout", TIMEOUT_MILLIS);
        all.setProperty("mail.smtp.timeout", TIMEOUT_MILLIS);
        all.setProperty("mail.smtp.writetimeout", TIMEOUT_MILLIS);
        all.put("mail.smtp.executor.writetimeout", writeTimeouts);
        all.put("mail.smtp.socketFactory", sockets);
        all.setProperty("mail.smtp.socketFactory.fallback", "false");
        all.setProperty("mail.smtp.ssl.enable", Boolean.toString(server.security() == MailServer.Security.TLS));
        var starttls = Boolean.toString(server.security() == MailServer.Security.STARTTLS);
        all.setProperty("mail.smtp.starttls.enable", starttls);
        all.setProperty("mail.smtp.starttls.required", starttls);
        all.setProperty("mail.smtp.ssl.checkserveridentity", "true");
        all.setProperty("mail.smtp.auth", Boolean.toString(server.username() != null));
        all.setProperty("mail.smtp.auth.mechanisms", "PLAIN LOGIN");
        all.setProperty("mail.smtp.localhost", server.greeting());
        // Good-bye is said without waiting for the answer, and one bad recipient stops the whole mail.
        all.setProperty("mail.smtp.quitwait", "false");
        all.setProperty("mail.smtp.sendpartial", "false");
        return all;
    }
}
