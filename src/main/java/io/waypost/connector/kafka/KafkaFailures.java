package io.waypost.connector.kafka;

import io.waypost.connector.Failure;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Gone;
import io.waypost.connector.Outcome.Rejected;
import io.waypost.connector.pool.Failures;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What a refusal of Kafka means. */
final class KafkaFailures {

    private KafkaFailures() {}

    static Outcome of(Exception e) {
        for (var cause : Failures.causes(e)) {
            var known = known(cause);
            if (known != null) {
                return known;
            }
        }
        return Failures.of(e);
    }

    private static @Nullable Outcome known(Throwable e) {
        var message = Failures.message(e);
        return switch (e) {
            case SslAuthenticationException _ -> new Failed(Failure.TLS_FAILURE, message);
            case AuthenticationException _ ->
                new Gone(Failure.RESPONSE_REJECTED, "the cluster refuses the login: " + message, null, null);
            case AuthorizationException _ -> new Gone(Failure.RESPONSE_REJECTED, message, null, null);
            case RecordTooLargeException _ -> new Rejected(Failure.RESPONSE_REJECTED, message, null, null);
            case RecordBatchTooLargeException _ -> new Rejected(Failure.RESPONSE_REJECTED, message, null, null);
            case TimeoutException _ -> new Failed(Failure.TIMEOUT, message);
            case InterruptException _ -> new Failed(Failure.TIMEOUT, message);
            case org.apache.kafka.common.errors.ApiException _ -> new Failed(Failure.RESPONSE_REJECTED, message);
            default -> null;
        };
    }
}
