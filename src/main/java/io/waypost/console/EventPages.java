package io.waypost.console;

import io.waypost.event.EventType;
import io.waypost.event.EventTypes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** The shipped catalogue of event types, for everybody; tenants' own types are not in it. Whole without a script. */
@RestController
final class EventPages {

    static final String NAME = "events";

    private final EventTypes types;
    private final EventPage page;
    private final SingletonSupplier<EventSources> sources = SingletonSupplier.of(EventSources::new);

    EventPages(EventTypes types, EventPage page) {
        this.types = types;
        this.page = page;
    }

    @GetMapping("/console/events")
    ResponseEntity<String> list() {
        return ConsolePages.documentation(HttpStatus.OK, "Events", "", NAME, list(types.shipped()));
    }

    @GetMapping("/console/events/")
    ResponseEntity<Void> listAsDirectory() {
        return Frame.answer(HttpStatus.FOUND, ConsolePages.POLICY)
                .header("Location", "../" + NAME)
                .build();
    }

    @GetMapping("/console/events/{name}")
    ResponseEntity<String> show(@PathVariable String name) {
        return types.shipped(name)
                .map(type -> ConsolePages.documentation(
                        HttpStatus.OK, Html.text(type.name()), "../", NAME, page.html(type, sources.obtain())))
                .orElseGet(() ->
                        ConsolePages.documentation(HttpStatus.NOT_FOUND, "No such event", "../", NAME, unknown(name)));
    }

    private static String unknown(String name) {
        return """
                <section class="card narrow">
                  <h1>There is no such event</h1>
                  <p><code>%s</code> is not in the catalogue that comes with Waypost. Types that a tenant has described are
                    in the API alone, at <code>GET /v1/event-types</code>.</p>
                  <p><a href="../events">All events of the catalogue</a></p>
                </section>
                """.formatted(Html.text(name));
    }

    private String list(List<EventType> all) {
        var groups =
                all.stream().collect(Collectors.groupingBy(EventPages::group, LinkedHashMap::new, Collectors.toList()));
        var contents = new StringBuilder();
        var sections = new StringBuilder();
        groups.forEach((name, types) -> {
            contents.append("<li><a href=\"#%1$s\">%1$s</a> <span class=\"count\">%2$d</span></li>\n"
                    .formatted(Html.text(name), types.size()));
            sections.append(section(name, types));
        });
        return Frame.text("events.html")
                .replace("{count}", Integer.toString(all.size()))
                .replace("{contents}", contents)
                .replace("{sections}", sections);
    }

    /** The noun that it is about: what stands before the first dot. */
    private static String group(EventType type) {
        return type.name().split("\\.", 2)[0];
    }

    private String section(String name, List<EventType> types) {
        return """
                <section class="group" id="%1$s" aria-labelledby="of-%1$s">
                  <h2 id="of-%1$s">%1$s</h2>
                  <ul class="types card flush">%2$s</ul>
                </section>
                """.formatted(Html.text(name), types.stream().map(this::entry).collect(Collectors.joining()));
    }

    private String entry(EventType type) {
        var fields = EventPage.fields(type);
        var top = fields.stream()
                .filter(field -> field.parent().isEmpty())
                .map(EventFields.Field::path)
                .toList();
        return """
                <li class="type">
                  <h3><a href="events/%1$s"><code>%1$s</code></a></h3>
                  <p>%2$s</p>
                  %3$s
                  <div class="brief"><p class="chips">%4$s</p>
                    <details><summary>All %5$d fields<span class="unseen"> of %1$s</span></summary>%6$s</details></div>
                </li>
                """.formatted(
                        Html.text(type.name()),
                        Html.text(EventPage.description(type)),
                        EventPage.from(sources.obtain().of(type.name())),
                        Html.codes(top),
                        fields.size(),
                        EventPage.table(type.name(), fields));
    }
}
