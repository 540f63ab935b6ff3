package io.waypost.console;

import io.waypost.console.EventFields.Field;
import io.waypost.event.EventType;
import io.waypost.notice.PublicUrl;
import io.waypost.platform.Json;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** What a webhook gets of one type of event, and how to ask for it. */
@Component
final class EventPage {

    private final ExampleRequest examples;
    private final PublicUrl publicUrl;

    EventPage(ExampleRequest examples, PublicUrl publicUrl) {
        this.examples = examples;
        this.publicUrl = publicUrl;
    }

    String html(EventType type, EventSources sources) {
        var request = examples.of(type);
        return Frame.text("event.html")
                .replace("{name}", Html.text(type.name()))
                .replace("{description}", Html.text(description(type)))
                .replace("{from}", from(sources.of(type.name())))
                .replace("{alternatives}", alternatives(type))
                .replace("{fields}", table(type.name(), fields(type)))
                .replace("{head}", Html.wrapped("Headers of the request", Html.head(request)))
                .replace("{body}", Html.block("Body of the request", Html.json(request.body())))
                .replace("{subscribe}", Html.block("Command that subscribes", Html.text(subscribe(type.name()))));
    }

    static List<Field> fields(EventType type) {
        return type.schema() == null ? List.of() : EventFields.of(type.schema());
    }

    static String description(EventType type) {
        return type.description() == null ? "" : type.description();
    }

    /** @param vendors whose webhooks come in as this; none: nothing is said, since anybody may publish it */
    static String from(List<String> vendors) {
        return vendors.isEmpty()
                ? ""
                : "<p class=\"from\">From the sources %s</p>".formatted(Html.text(String.join(", ", vendors)));
    }

    static String table(String type, List<Field> fields) {
        return """
                <table class="fields" role="table" aria-label="Fields of %s">
                  <thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">Field</th>
                    <th scope="col" role="columnheader">Type</th><th scope="col" role="columnheader">Meaning</th></tr></thead>
                  <tbody role="rowgroup">%s</tbody>
                </table>
                """.formatted(
                        Html.text(type), fields.stream().map(EventPage::row).collect(Collectors.joining()));
    }

    private static String row(Field field) {
        return """
                <tr role="row"><td role="cell"><code><span class="parent">%s</span>%s</code></td>
                  <td role="cell">%s%s</td><td role="cell">%s%s</td></tr>
                """.formatted(
                        Html.text(field.parent()),
                        Html.text(field.name()),
                        Html.text(field.type()),
                        field.required() ? " <span class=\"required\">required</span>" : "",
                        Html.text(field.meaning()),
                        field.values().isEmpty()
                                ? ""
                                : " <span class=\"values\">One of %s</span>".formatted(Html.codes(field.values())));
    }

    private static String alternatives(EventType type) {
        var some = type.schema() == null ? List.<String>of() : EventFields.alternatives(type.schema());
        return some.isEmpty()
                ? ""
                : "At least one of %s is there."
                        .formatted(some.stream().map(Html::code).collect(Collectors.joining(" and ")));
    }

    /** For a shell, with the key in a variable: what is copied ends up in histories. */
    private String subscribe(String type) {
        var body = Json.object().put("app", "my-app").put("event", type).put("url", ExampleRequest.URL);
        return """
                curl %s/v1/subscriptions \\
                  -H "Authorization: Bearer $WAYPOST_KEY" \\
                  -H 'Content-Type: application/json' \\
                  -d '%s'""".formatted(publicUrl.get(), Json.write(body));
    }
}
