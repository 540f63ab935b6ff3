package io.waypost.connector.webhook.vendor;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Message;
import io.waypost.platform.Json;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * GetResponse's webhooks. What GetResponse calls a campaign is a list here.
 *
 * @see <a href="https://apidocs.getresponse.com/v3/payloads">GetResponse, payloads</a>
 */
public final class GetResponse {

    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("message.opened", "contact_opened_message"),
            Map.entry("message.clicked", "contact_clicked_message_link"),
            Map.entry("sms.clicked", "contact_clicked_sms_link"),
            Map.entry("subscriber.opted_in", "contact_added"),
            Map.entry("subscriber.opted_out", "contact_removed_link"),
            Map.entry("subscriber.cleaned", "contact_removed_bounce"),
            Map.entry("subscriber.rejected", "contact_rejected"),
            Map.entry("subscriber.moved", "contact_moved"),
            Map.entry("subscriber.copied", "contact_copied"),
            Map.entry("subscriber.profile_updated", "contact_custom_field_changed"),
            Map.entry("subscriber.email_changed", "contact_email_changed"),
            Map.entry("import.finished", "contacts_import_finished"),
            Map.entry("report.file_status_changed", "custom_reports_file_status_changed"));

    private GetResponse() {}

    /** @throws io.waypost.connector.ExpressionFailed if GetResponse has no such event */
    public static ObjectNode body(Message message) {
        var platform = Platform.of(message.event());
        var original = platform.original(
                "getresponse",
                data -> data.path("type").isTextual() && data.path("account").isObject());
        if (original != null) {
            return original;
        }
        var body = Json.object().put("type", platform.name("GetResponse", NAMES));
        if (platform.data().has("contact")) {
            addContact(body.putObject("contact"), platform);
        }
        if (platform.data().has("message") || platform.event().type().startsWith("message.")) {
            body.putObject("message")
                    .put("resourceType", "newsletters")
                    .put("resourceId", platform.text("/message/id", "/campaign/id"))
                    .put("name", platform.text("/campaign/name", "/message/subject"))
                    .put("subject", platform.text("/message/subject"));
        }
        if (platform.data().has("url")) {
            body.putObject("clickTrack")
                    .put("clickTrackId", platform.text("/linkId"))
                    .put("name", platform.text("/linkName"))
                    .put("url", platform.text("/url"));
        }
        for (var part : new String[] {"sms", "job", "changes"}) {
            if (platform.data().has(part)) {
                body.set(part, platform.data().get(part));
            }
        }
        body.putObject("account").put("accountId", platform.event().tenant());
        body.putObject("event").put("occurredAt", platform.event().time().toString());
        return body;
    }

    private static void addContact(ObjectNode contact, Platform platform) {
        contact.put("contactId", platform.text("/contact/id"))
                .put("email", platform.text("/contact/email"))
                .put("name", platform.text("/contact/name"));
        if (platform.data().has("fromList")) {
            contact.putObject("sourceCampaign")
                    .put("campaignId", platform.text("/fromList/id"))
                    .put("campaignName", platform.text("/fromList/name"));
        }
        contact.putObject("campaign")
                .put("campaignId", platform.text("/toList/id", "/list/id", "/lists/0/id"))
                .put("name", platform.text("/toList/name", "/list/name", "/lists/0/name"));
    }

    /** What goes beside the body: its type, an id that stays over retries, and one that does not. */
    public static Map<String, String> headers(Message message) {
        var headers = new LinkedHashMap<String, String>();
        headers.put(
                "X-Webhook-Type",
                NAMES.getOrDefault(message.event().type(), message.event().type()));
        headers.put("X-Webhook-ID", uuid(message.delivery()));
        headers.put("X-Request-ID", uuid(message.delivery() + "/" + message.attempt()));
        return headers;
    }

    private static String uuid(String name) {
        return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString();
    }
}
