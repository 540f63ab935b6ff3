package io.waypost.connector.email;

import io.waypost.connector.Failure;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Gone;
import io.waypost.connector.Outcome.Rejected;
import io.waypost.connector.pool.Failures;
import jakarta.mail.AuthenticationFailedException;
import java.util.Set;
import java.util.regex.Pattern;
import org.eclipse.angus.mail.smtp.SMTPAddressFailedException;
import org.eclipse.angus.mail.smtp.SMTPSendFailedException;
import org.eclipse.angus.mail.smtp.SMTPSenderFailedException;
import org.eclipse.angus.mail.util.SocketConnectException;

/**
 * What a mail server's refusal means.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc5321#section-4.2.3">RFC 5321, reply codes</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc4954#section-6">RFC 4954, those of authentication</a>
 */
final class SmtpFailures {

    private static final Pattern CODE = Pattern.compile("^([2-5][0-9]{2})[ -]");
    private static final Set<Integer> CREDENTIALS = Set.of(530, 534, 535, 538);

    private SmtpFailures() {}

    static Outcome of(Exception e) {
        var causes = Failures.causes(e);
        for (var cause : causes.reversed()) {
            // The innermost first: a refused recipient stands within the refused mail.
            switch (cause) {
                case SMTPAddressFailedException refused -> {
                    return answered(refused.getReturnCode(), Failures.message(refused));
                }
                case SMTPSenderFailedException refused -> {
                    return answered(refused.getReturnCode(), Failures.message(refused));
                }
                case SMTPSendFailedException refused -> {
                    return answered(refused.getReturnCode(), Failures.message(refused));
                }
                case AuthenticationFailedException refused -> {
                    return notLetIn(Failures.message(refused));
                }
                default -> {
                    // what says nothing of its own
                }
            }
        }
        if (Failures.message(e).contains("STARTTLS")) {
            return new Failed(Failure.TLS_FAILURE, Failures.message(e));
        }
        for (var cause : causes) {
            if (cause instanceof SocketConnectException && cause.getCause() == null) {
                return new Failed(Failure.CONNECTION_REFUSED, Failures.message(cause));
            }
        }
        return Failures.of(e);
    }

    private static Outcome notLetIn(String message) {
        var code = CODE.matcher(message);
        var status = code.find() ? Integer.parseInt(code.group(1)) : 535;
        return status / 100 == 4
                ? failed(status, message)
                : new Gone(Failure.RESPONSE_REJECTED, "the server refuses the login: " + message, status, message);
    }

    private static Outcome answered(int status, String message) {
        if (CREDENTIALS.contains(status)) {
            return new Gone(Failure.RESPONSE_REJECTED, message, status, message);
        }
        return status / 100 == 5
                ? new Rejected(Failure.RESPONSE_REJECTED, message, status, message)
                : failed(status, message);
    }

    private static Failed failed(int status, String message) {
        return new Failed(
                Failure.RESPONSE_REJECTED, message, status > 0 ? Integer.valueOf(status) : null, message, null, true);
    }
}
