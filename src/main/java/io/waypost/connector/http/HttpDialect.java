package io.waypost.connector.http;

import io.waypost.connector.Connector.PreparedRequest;
import io.waypost.connector.Dialect;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.connector.connection.Grant;
import io.waypost.connector.http.client.HttpAnswer;
import io.waypost.connector.http.client.HttpRequest;
import io.waypost.connector.http.client.Unanswered;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A dialect that is one HTTP request and what its answer means. */
public interface HttpDialect extends Dialect {

    /**
     * The request for a message.
     *
     * @throws io.waypost.connector.ExpressionFailed if an expression of the config gives nothing that can be sent
     * @throws IllegalArgumentException if the config names no URL that can be requested
     */
    HttpRequest request(Message message);

    /** What the connector needs a token for by its own config; null if it needs none. */
    default @Nullable Grant grant(Message message) {
        return null;
    }

    Outcome judge(Message message, HttpAnswer answer);

    @Override
    default Outcome failed(Message message, Exception error) {
        return error instanceof Unanswered known
                ? judge(message, known.answer())
                : Dialect.super.failed(message, error);
    }

    @Override
    default PreparedRequest prepare(Message message) {
        var request = request(message);
        var body = request.body();
        return new PreparedRequest(
                request.method(),
                request.uri().toString(),
                request.headers(),
                body == null ? "" : new String(body, StandardCharsets.UTF_8));
    }
}
