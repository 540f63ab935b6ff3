package io.waypost.connector.email;

import io.waypost.connector.ExpressionFailed;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeBodyPart;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A mail ready to be written.
 *
 * @param to who gets it, at least one
 * @param text the plain text, {@code html} the other form of it; at least one of the two
 * @param id the same on each attempt of a delivery, so that a mail sent twice can be told
 */
record Letter(
        InternetAddress from,
        List<InternetAddress> to,
        String subject,
        @Nullable String text,
        @Nullable String html,
        String id,
        String event,
        Instant at) {

    private static final Pattern BREAKS = Pattern.compile("[\\r\\n\\u0085\\u2028\\u2029\\x00-\\x1f\\x7f]+");

    /** A line break in a header would begin another header. */
    static String oneLine(String text) {
        return BREAKS.matcher(text).replaceAll(" ").strip();
    }

    /**
     * One address, with or without a name.
     *
     * @throws ExpressionFailed if it is none
     */
    static InternetAddress address(String text) {
        try {
            var found = InternetAddress.parse(oneLine(text), true);
            if (found.length == 1
                    && !found[0].isGroup()
                    && found[0].getAddress().indexOf('@') > 0) {
                found[0].validate();
                var personal = found[0].getPersonal();
                if (personal != null) {
                    found[0].setPersonal(personal, StandardCharsets.UTF_8.name());
                }
                return found[0];
            }
        } catch (AddressException | java.io.UnsupportedEncodingException e) {
            throw new ExpressionFailed("'%s' is no mail address: %s".formatted(text, e.getMessage()), e);
        }
        throw new ExpressionFailed("'%s' is not one mail address".formatted(text));
    }

    /** What stands after the @ of an address; {@code localhost} if it is none. */
    static String domain(String address) {
        var end = address.indexOf('>') < 0 ? address.length() : address.indexOf('>');
        var domain = address.substring(address.lastIndexOf('@') + 1, end).strip();
        return domain.matches("[A-Za-z0-9.-]+") ? domain : "localhost";
    }

    MimeMessage written(Session session) throws MessagingException {
        var mail = new WithId(session, "<%s@%s>".formatted(id, domain(from.getAddress())));
        mail.setFrom(from);
        mail.setRecipients(jakarta.mail.Message.RecipientType.TO, to.toArray(InternetAddress[]::new));
        mail.setSubject(subject, StandardCharsets.UTF_8.name());
        mail.setSentDate(Date.from(at));
        // Nobody's absence notice should answer this.
        mail.setHeader("Auto-Submitted", "auto-generated");
        mail.setHeader("X-Waypost-Event", event);
        if (text != null && html != null) {
            mail.setContent(new MimeMultipart("alternative", part(text, "plain"), part(html, "html")));
        } else {
            mail.setText(text == null ? html : text, StandardCharsets.UTF_8.name(), text == null ? "html" : "plain");
        }
        mail.saveChanges();
        return mail;
    }

    private static MimeBodyPart part(String text, String kind) throws MessagingException {
        var part = new MimeBodyPart();
        part.setText(text, StandardCharsets.UTF_8.name(), kind);
        return part;
    }

    private static final class WithId extends MimeMessage {

        private final String id;

        private WithId(Session session, String id) {
            super(session);
            this.id = id;
        }

        @Override
        protected void updateMessageID() throws MessagingException {
            setHeader("Message-ID", id);
        }
    }
}
