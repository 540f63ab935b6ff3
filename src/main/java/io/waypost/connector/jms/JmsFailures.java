package io.waypost.connector.jms;

import io.waypost.connector.Failure;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Gone;
import io.waypost.connector.Outcome.Rejected;
import io.waypost.connector.pool.Failures;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSException;
import jakarta.jms.JMSSecurityException;
import jakarta.jms.MessageFormatException;
import jakarta.jms.ResourceAllocationException;
import org.apache.activemq.artemis.api.core.ActiveMQConnectionTimedOutException;
import org.apache.activemq.artemis.api.core.ActiveMQNotConnectedException;
import org.jspecify.annotations.Nullable;

/** What a refusal of a broker means. */
final class JmsFailures {

    private JmsFailures() {}

    static Outcome of(Exception e) {
        var general = Failures.of(e);
        if (general.failure() != Failure.CONNECTOR_FAILED) {
            return general;
        }
        for (var cause : Failures.causes(e)) {
            var known = known(cause);
            if (known != null) {
                return known;
            }
        }
        return general;
    }

    private static @Nullable Outcome known(Throwable e) {
        var message = Failures.message(e);
        return switch (e) {
            case JMSSecurityException _ ->
                new Gone(Failure.RESPONSE_REJECTED, "the broker refuses the user: " + message, null, null);
            // By AMQP, Artemis says so in words only.
            case JMSException _
            when message.contains("AMQ229032") -> new Gone(Failure.RESPONSE_REJECTED, message, null, null);
            case MessageFormatException _ -> new Rejected(Failure.RESPONSE_REJECTED, message, null, null);
            case InvalidDestinationException _ -> new Failed(Failure.RESPONSE_REJECTED, message);
            case ResourceAllocationException _ -> new Failed(Failure.RESPONSE_REJECTED, message);
            case ActiveMQNotConnectedException _ -> new Failed(Failure.CONNECTION_REFUSED, message);
            case ActiveMQConnectionTimedOutException _ -> new Failed(Failure.TIMEOUT, message);
            default -> null;
        };
    }
}
