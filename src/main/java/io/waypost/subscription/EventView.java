package io.waypost.subscription;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.event.Event;
import org.jspecify.annotations.Nullable;

/** An event while it is being matched: its JSON is made at most once, and only if somebody asks for it. */
final class EventView {

    private final Event event;
    private @Nullable ObjectNode json;

    EventView(Event event) {
        this.event = event;
    }

    Event event() {
        return event;
    }

    ObjectNode json() {
        var made = json;
        if (made == null) {
            made = event.toJson();
            json = made;
        }
        return made;
    }
}
