package io.waypost.api.compat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.platform.Invalid;
import java.util.Map;
import java.util.Set;

/** Mailjet's names of events, and ours. */
final class MailjetEvents {

    private static final Map<String, String> EVENTS = Map.of(
            "sent", "message.delivered",
            "open", "message.opened",
            "click", "message.clicked",
            "bounce", "message.bounced",
            "blocked", "message.blocked",
            "spam", "message.complained",
            "unsub", "subscriber.opted_out");

    /** Of former times; passed on as they are if anybody publishes them. */
    private static final Set<String> FORMER = Set.of("typofix", "parseapi", "newsender", "newsenderautovalid");

    private MailjetEvents() {}

    /**
     * What the {@code EventType} of a body is here; without one it is an open.
     *
     * @throws Invalid if Mailjet has no such event
     */
    static String platform(JsonNode body) {
        var name = body.path("EventType").asText("open");
        var event = FORMER.contains(name) ? "mailjet." + name : EVENTS.get(name);
        if (event == null) {
            throw new Invalid("/EventType", "must be one of sent, open, click, bounce, blocked, spam, unsub");
        }
        return event;
    }

    /** The {@code EventType} of one of our events. */
    static String mailjet(String event) {
        return EVENTS.entrySet().stream()
                .filter(entry -> entry.getValue().equals(event))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseGet(() -> event.substring(event.indexOf('.') + 1));
    }
}
