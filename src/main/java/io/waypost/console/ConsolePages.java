package io.waypost.console;

import io.waypost.platform.Refused;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/**
 * The console. Its files hold no data and need no key; the scripts in them ask the API with the key that the visitor
 * gives. A new page is a line in {@link #PAGES}, NAME.html and NAME.js.
 */
@RestController
final class ConsolePages {

    /** No script may write HTML either: the browser refuses what is not text. */
    static final String POLICY = "script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
            + "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    /** In the order of the navigation. */
    private static final List<Page> PAGES = List.of(new Page("flows", "Flows"));

    /** Those that are for everybody and need neither key nor script; they follow in the navigation. */
    private static final List<Page> DOCUMENTATION =
            List.of(new Page(EventPages.NAME, "Events"), new Page(ReferencePage.NAME, "Reference"));

    private static final Map<String, String> FILES = Map.of(
            "console.css", "text/css",
            "console.js", "text/javascript",
            "flows.js", "text/javascript",
            "check.js", "text/javascript",
            "documentation.js", "text/javascript",
            "icon.svg", "image/svg+xml",
            "flows.md", "text/plain");

    /**
     * A page.
     *
     * @param name the last part of its path
     */
    private record Page(String name, String title) {}

    @GetMapping("/console")
    ResponseEntity<Void> enter() {
        return toFirst("console/");
    }

    @GetMapping("/console/")
    ResponseEntity<Void> enterDirectory() {
        return toFirst("");
    }

    private static ResponseEntity<Void> toFirst(String files) {
        return Frame.answer(HttpStatus.FOUND, POLICY)
                .header("Location", files + PAGES.getFirst().name())
                .build();
    }

    @GetMapping("/console/{name}")
    ResponseEntity<?> show(@PathVariable String name) {
        for (var page : PAGES) {
            if (page.name().equals(name)) {
                return Frame.html(HttpStatus.OK, POLICY, html(page));
            }
        }
        return file(name);
    }

    private static ResponseEntity<byte[]> file(String name) {
        var type = FILES.get(name);
        if (type == null) {
            throw Refused.notFound("console page " + name);
        }
        return Frame.answer(HttpStatus.OK, POLICY)
                .contentType(new MediaType(MediaType.parseMediaType(type), StandardCharsets.UTF_8))
                .body(Frame.file(name).orElseThrow());
    }

    private static String html(Page shown) {
        return Frame.page(
                shown.title(),
                "",
                script("", shown.name()),
                navigation("", shown.name())
                        + "<button type=\"button\" id=\"sign-out\" class=\"quiet\" hidden>Sign out</button>",
                Frame.text("console.html").replace("{content}", Frame.text(shown.name() + ".html")));
    }

    /**
     * A page for everybody: the same look, without the way in.
     *
     * @param files where the console's files are, as seen from the page
     * @param name whose place in the navigation it has
     * @param content HTML, in which everything from elsewhere has been escaped
     */
    static ResponseEntity<String> documentation(
            HttpStatus status, String title, String files, String name, String content) {
        var page = Frame.page(title, files, script(files, "documentation"), navigation(files, name), content);
        return Frame.html(status, POLICY, page);
    }

    private static String script(String files, String name) {
        return "<script type=\"module\" src=\"%s%s.js\"></script>".formatted(files, name);
    }

    private static String navigation(String files, String current) {
        var links = new StringBuilder("<nav aria-label=\"Pages\">");
        Stream.concat(PAGES.stream(), DOCUMENTATION.stream())
                .forEach(page -> links.append("<a href=\"%s%s\"%s>%s</a>"
                        .formatted(
                                files,
                                page.name(),
                                page.name().equals(current) ? " aria-current=\"page\"" : "",
                                page.title())));
        return links.append("</nav>").toString();
    }
}
