package io.waypost.connector.webhook.vendor;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Message;
import io.waypost.platform.Json;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Benchmark Email: a flat form. Only the body of {@code subscribe} is published; the four others follow it, with the names
 * of Mailchimp's former webhooks, whose style it is.
 *
 * @see <a href="https://apidocs.benchmarkemail.com/app/website/views/webhooks.html">Benchmark, webhooks</a>
 */
public final class Benchmark {

    private static final Map<String, String> NAMES = Map.of(
            "subscriber.opted_in", "subscribe",
            "subscriber.opted_out", "unsubscribe",
            "subscriber.profile_updated", "profile",
            "subscriber.cleaned", "cleaned",
            "subscriber.email_changed", "upemail");

    private static final List<String> ATTRIBUTES = List.of(
            "First_Name",
            "Last_Name",
            "Middle_Name",
            "Job_Title",
            "Company_Name",
            "Address",
            "City",
            "State",
            "Zip",
            "Country",
            "Cell_Phone",
            "Phone",
            "Fax",
            "Notes",
            "Business_Address",
            "Business_City",
            "Business_State",
            "Business_Zip",
            "Business_Country",
            "Business_Phone",
            "Business_Fax");

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("M/d/yyyy h:mm:ss a", Locale.US);

    private Benchmark() {}

    /** @throws io.waypost.connector.ExpressionFailed if Benchmark has no such event */
    public static ObjectNode body(Message message) {
        var platform = Platform.of(message.event());
        var original = platform.original(
                "benchmark", data -> data.path("type").isTextual() && data.has("list_id") && data.has("fired_at"));
        if (original != null) {
            return original;
        }
        var joined = platform.event().type().equals("subscriber.opted_in");
        var body = Json.object()
                .put("type", platform.name("Benchmark", NAMES))
                .put("fired_at", platform.time(TIME))
                .put("list_id", platform.text("/list/id", "/lists/0/id"))
                .put("email", platform.text("/contact/email", "/newEmail"));
        if (joined) {
            body.put("optin", platform.data().path("confirmed").asBoolean(true) ? "1" : "0")
                    .put("optin_ip", platform.text("/client/ip"))
                    .put("optin_date", "");
        }
        if (platform.data().has("oldEmail")) {
            body.put("old_email", platform.text("/oldEmail")).put("new_email", platform.text("/newEmail"));
        }
        if (platform.data().has("reason")) {
            body.put("reason", platform.text("/reason"));
        }
        addAttributes(body, platform);
        return body;
    }

    private static void addAttributes(ObjectNode body, Platform platform) {
        ATTRIBUTES.forEach(name -> body.put(name, ""));
        var names = platform.names();
        body.put("First_Name", names[0]).put("Last_Name", names[1]);
        platform.data()
                .at("/contact/fields")
                .properties()
                .forEach(field -> body.set(field.getKey().replace(' ', '_'), field.getValue()));
    }
}
