package io.waypost.connector.webhook.vendor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.waypost.connector.Message;
import io.waypost.platform.Json;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * MAILINGWORK "emma". Only the body of {@code optin_finalized} is published; the two others are written alike.
 *
 * @see <a href="https://helpdesk.mailingwork.de/portal/de/kb/articles/artikel-vorlage">MAILINGWORK, Webhooks</a>
 */
public final class Mailingwork {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

    /** The field of the e-mail address, in every account seen. */
    private static final int EMAIL = 1;

    private Mailingwork() {}

    public static JsonNode body(Message message) {
        var platform = Platform.of(message.event());
        var original = platform.original(
                "mailingwork",
                data -> data.has("subscriber_id") && data.path("fields").isArray());
        if (original != null) {
            return original;
        }
        var body = Json.object();
        body.set(
                "id",
                platform.text("/optinId").isEmpty()
                        ? Json.MAPPER
                                .getNodeFactory()
                                .numberNode(platform.event().seq())
                        : platform.number("/optinId"));
        body.set("optinsetup_id", platform.number("/optinSetupId"));
        body.set("subscriber_id", platform.number("/contact/id"));
        addFields(body.putArray("fields"), platform);
        addLists(body.putArray("lists"), platform);
        return body.put("activate_at", platform.time(TIME));
    }

    private static void addFields(ArrayNode fields, Platform platform) {
        fields.addObject().put("id", EMAIL).put("value", platform.text("/contact/email"));
        platform.data().at("/contact/fields").properties().forEach(field -> {
            var name = field.getKey();
            if (!name.equals(Integer.toString(EMAIL))) {
                var one = fields.addObject();
                if (name.matches("\\d{1,9}")) {
                    one.put("id", Integer.parseInt(name));
                } else {
                    one.put("id", name);
                }
                one.set("value", field.getValue());
            }
        });
    }

    /** Who has just joined a list is on it; who has just left one is marked with the same 1, as the vendor has it. */
    private static void addLists(ArrayNode lists, Platform platform) {
        var left = platform.event().type().equals("subscriber.opted_out");
        for (var list : platform.data().path("lists")) {
            var subscribed = list.path("subscribed").asBoolean(!left);
            var one = lists.addObject();
            one.set("id", new Platform(platform.event(), list).number("/id"));
            one.put("value", subscribed != left ? 1 : 0);
        }
    }
}
