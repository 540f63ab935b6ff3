package io.waypost.connector.pool;

import io.waypost.connector.Connector.PreparedRequest;
import io.waypost.connector.Dialect;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import org.jspecify.annotations.Nullable;

/** A dialect that sends by a client of its own. */
public interface ClientDialect extends Dialect {

    /**
     * Makes one attempt, within the message's time-out.
     *
     * @throws io.waypost.connector.ExpressionFailed if an expression of the config gives nothing that can be sent
     * @throws IllegalArgumentException if the config cannot be used after all
     */
    Outcome send(Message message);

    @Override
    default @Nullable PreparedRequest prepare(Message message) {
        return null;
    }
}
