package io.waypost.connector.pool;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.connector.pool.Shape.Input;
import io.waypost.platform.Violation;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * One kind of client, as {@link PooledDialect} needs it.
 *
 * @param <K> a destination: all of the config that a client is made from
 * @param <P> what is sent, ready made
 */
public interface Kind<K, C extends Client, P> {

    /** What is wrong with a config beyond its schema and its expressions. */
    List<Violation> violations(ObjectNode config);

    /** @see io.waypost.connector.Connector#places */
    Set<String> places();

    /**
     * Where a config leads to.
     *
     * @param config with defaults
     * @param limit over the whole of an attempt
     */
    K destination(ObjectNode config, Duration limit);

    /** Makes a client; connects, if it is one connection. */
    C open(K destination) throws Exception;

    /**
     * What is to be sent.
     *
     * @throws io.waypost.connector.ExpressionFailed if the expressions give nothing that can be sent
     */
    P prepare(Input input, Message message);

    /**
     * Sends, once. What it throws makes the client unusable; {@link #failure} says what it means.
     *
     * @return the outcome, bad ones too if the client can still be used
     */
    Outcome send(C client, P prepared, Message message) throws Exception;

    /** What an exception of {@link #open} or {@link #send} means. */
    default Outcome failure(Exception e) {
        return Failures.of(e);
    }

    /** Proves that the client may do what it is for, without sending. Opening it has proved all that opening proves. */
    void prove(C client, ObjectNode config) throws Exception;
}
