package io.waypost.connector.webhook.vendor;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Message;
import io.waypost.platform.Json;
import java.util.Map;

/**
 * Mailjet's event API. {@code MessageID} is a number beyond what a double holds, and keeps its digits.
 *
 * @see <a href="https://github.com/mailjet/api-documentation/blob/master/guides/_event-api.md">Mailjet, Event API</a>
 */
public final class Mailjet {

    private static final Map<String, String> NAMES = Map.of(
            "message.delivered", "sent",
            "message.opened", "open",
            "message.clicked", "click",
            "message.bounced", "bounce",
            "message.blocked", "blocked",
            "message.complained", "spam",
            "subscriber.opted_out", "unsub");

    /** Events that Mailjet once had and nobody has described keep their names behind this. */
    private static final String FORMER = "mailjet.";

    private Mailjet() {}

    /** @throws io.waypost.connector.ExpressionFailed if Mailjet has no such event */
    public static ObjectNode body(Message message) {
        var platform = Platform.of(message.event());
        var original = platform.original(
                "mailjet",
                data -> data.path("event").isTextual() && data.path("time").isNumber());
        if (original != null) {
            return original;
        }
        var type = platform.event().type();
        var name = type.startsWith(FORMER) ? type.substring(FORMER.length()) : platform.name("Mailjet", NAMES);
        var body = Json.object()
                .put("event", name)
                .put("time", platform.event().time().getEpochSecond());
        body.set("MessageID", platform.number("/message/id"));
        body.put("Message_GUID", platform.text("/message/guid")).put("email", platform.text("/contact/email"));
        body.set("mj_campaign_id", platform.number("/campaign/id"));
        body.set("mj_contact_id", platform.number("/contact/id"));
        body.put("customcampaign", platform.text("/campaign/name"));
        addOwn(body, name, platform);
        return body.put("CustomID", platform.text("/message/customId"))
                .put("Payload", platform.text("/message/payload"));
    }

    private static void addOwn(ObjectNode body, String name, Platform platform) {
        switch (name) {
            case "sent" ->
                body.put("mj_message_id", platform.text("/message/id")).put("smtp_reply", platform.text("/smtpReply"));
            case "open" -> addClient(body, platform);
            case "click" -> addClient(body.put("url", platform.text("/url")), platform);
            case "bounce" ->
                body.put("blocked", platform.data().path("recipientBlocked").asBoolean(false))
                        .put("hard_bounce", platform.data().path("hard").asBoolean(false))
                        .put("error_related_to", platform.text("/errorGroup"))
                        .put("error", platform.text("/error"))
                        .put("comment", platform.text("/detail"));
            case "blocked" ->
                body.put("error_related_to", platform.text("/errorGroup")).put("error", platform.text("/error"));
            case "spam" -> body.put("source", platform.text("/feedbackLoop"));
            case "unsub" -> {
                body.set("mj_list_id", platform.number("/list/id", "/lists/0/id"));
                addClient(body, platform);
            }
            default -> {}
        }
    }

    private static void addClient(ObjectNode body, Platform platform) {
        body.put("ip", platform.text("/client/ip"))
                .put("geo", platform.text("/client/country"))
                .put("agent", platform.text("/client/userAgent"));
    }
}
