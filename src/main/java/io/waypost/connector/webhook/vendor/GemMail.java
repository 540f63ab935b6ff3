package io.waypost.connector.webhook.vendor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Message;
import io.waypost.platform.Json;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;

/**
 * GemMail, a MailWizz platform.
 *
 * @see <a href="https://www.mailwizz.com/kb/campaign-webhooks/">MailWizz, campaign webhooks</a>
 */
public final class GemMail {

    private static final Map<String, String> NAMES = Map.of("message.opened", "open", "message.clicked", "click");
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

    private GemMail() {}

    /** @throws io.waypost.connector.ExpressionFailed if GemMail has no such event */
    public static JsonNode body(Message message) {
        var platform = Platform.of(message.event());
        var original = platform.original("gemmail", data -> data.path("event").isObject() && data.has("subscriber"));
        if (original != null) {
            return original;
        }
        var body = Json.object();
        var event = body.putObject("event")
                .put("type", platform.name("GemMail", NAMES))
                .put("ip_address", platform.text("/client/ip"))
                .put("user_agent", platform.text("/client/userAgent"))
                .put("date_added", platform.time(TIME));
        if (platform.data().has("url")) {
            event.put("clicked_url", platform.text("/url"));
        }
        // The time of sending, which changes with each attempt.
        body.put("timestamp", message.at().getEpochSecond());
        body.putObject("list")
                .putObject("attributes")
                .put("list_uid", platform.text("/list/id", "/lists/0/id"))
                .put("name", platform.text("/list/name", "/lists/0/name"));
        addSubscriber(body.putObject("subscriber"), platform);
        body.putObject("campaign")
                .putObject("attributes")
                .put("campaign_uid", platform.text("/campaign/id"))
                .put("name", platform.text("/campaign/name"));
        return body;
    }

    private static void addSubscriber(ObjectNode subscriber, Platform platform) {
        subscriber
                .putObject("attributes")
                .put("subscriber_uid", platform.text("/contact/id"))
                .put("email", platform.text("/contact/email"))
                .put("source", platform.text("/contact/origin"))
                .put("status", platform.data().at("/contact/status").asText("confirmed"))
                .put("ip_address", platform.text("/client/ip"));
        var names = platform.names();
        var fields = subscriber
                .putObject("fields")
                .put("EMAIL", platform.text("/contact/email"))
                .put("FNAME", names[0])
                .put("LNAME", names[1]);
        platform.data()
                .at("/contact/fields")
                .properties()
                .forEach(field -> fields.set(field.getKey().replaceAll("^\\[|]$", ""), field.getValue()));
    }
}
