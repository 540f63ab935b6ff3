package io.waypost.route.delivery;

import io.waypost.connector.Message;
import io.waypost.connector.Outcome;

/** A route of a user's that runs on this node and takes events. */
@FunctionalInterface
public interface Flow {

    /** Sends one message through the route, once, and says what came of it. Blocks until the route is through. */
    Outcome take(Message message);
}
