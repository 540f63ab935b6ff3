package io.waypost.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.testing.Api;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The console's files: for everybody, and so without anything of anybody's; nothing in them may be run but themselves. */
class ConsoleContractTest extends Contract {

    private static final Pattern LINK = Pattern.compile("(?:href|src)=\"([^\"#]+)\"|from '([^']+)'");

    private final Api anyone = gateway.admin().with(null);

    @Test
    void theWayInLeadsToTheFirstPage() {
        for (var path : List.of("/console", "/console/")) {
            var answer = anyone.get(path).expect(302);
            assertThat(URI.create(path).resolve(answer.header("Location"))).hasToString("/console/flows");
        }
    }

    @Test
    void everyFileThatAPageNeedsIsThereForAnybodyAndSafe() {
        var files = reachableFrom("/console/flows");

        assertThat(files)
                .contains("/console/console.css", "/console/console.js", "/console/flows.js", "/console/icon.svg");
        for (var file : files) {
            var answer = anyone.get(file).expect(200);
            assertThat(answer.header("Content-Security-Policy").split("; "))
                    .as(file)
                    .contains(
                            "default-src 'none'",
                            "script-src 'self'",
                            "style-src 'self'",
                            "connect-src 'self'",
                            "img-src 'self'",
                            "frame-ancestors 'none'",
                            "require-trusted-types-for 'script'");
            assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
            assertThat(answer.header("Referrer-Policy")).isEqualTo("no-referrer");
            assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
            assertThat(answer.header("Content-Type")).as(file).isEqualToIgnoringCase(type(file) + ";charset=UTF-8");
        }
    }

    @Test
    void noFileHoldsWhatThePolicyWouldRefuseOrWritesHtml() {
        var files = reachableFrom("/console/flows");
        files.remove("/console/flows.md");
        for (var file : files) {
            assertThat(anyone.get(file).text())
                    .as(file)
                    .doesNotContain(
                            "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "{content}")
                    .doesNotContain("<style", " style=", "javascript:", "//cdn")
                    .doesNotContainPattern("<script(?! type=\"module\" src=)|<[^>]+ on[a-z]+=");
        }
    }

    @Test
    void nothingElseIsBehindItAndNothingCanBeReachedAroundIt() throws IOException {
        for (var path : List.of("nothing", "frame.html", "application.yaml", "flows/", "flows.html", "a/b")) {
            problem(anyone.get("/console/" + path), 404);
        }
        problem(anyone.post("/console/flows", "{}"), 405);
        problem(anyone.get("/consoles"), 401);
        for (var path : List.of("/console/../v1/routes", "/console/..;/v1/routes", "/console/%2e%2e/v1/routes")) {
            assertThat(RawHttp.status(RawHttp.send(gateway.url(), "GET " + path + " HTTP/1.1")))
                    .as(path)
                    .isEqualTo(401);
        }
    }

    @Test
    void thePageBehindTheLinkOfANoticeHasTheSameLookAndRunsNoScript() {
        var page = anyone.get("/activate/not-a-token").expect(404);

        assertThat(page.header("Content-Security-Policy").split("; "))
                .contains("default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'");
        assertThat(page.header("Content-Security-Policy")).doesNotContain("unsafe", "script-src");
        assertThat(page.header("Cache-Control")).isEqualTo("no-store");
        assertThat(page.text()).doesNotContain("<script");
        assertThat(reachableFrom("/activate/not-a-token", page.text())).contains("/console/console.css");
    }

    private Set<String> reachableFrom(String path) {
        return reachableFrom(path, anyone.get(path).expect(200).text());
    }

    /** The page's own files and those that they name; links out of the console are not followed. */
    private Set<String> reachableFrom(String path, String text) {
        var found = new TreeSet<String>();
        var next = new ArrayList<>(linksIn(path, text));
        while (!next.isEmpty()) {
            var file = next.removeLast();
            if (file.startsWith("/console/") && found.add(file)) {
                next.addAll(linksIn(file, anyone.get(file).expect(200).text()));
            }
        }
        return found;
    }

    private static List<String> linksIn(String path, String text) {
        return LINK.matcher(text)
                .results()
                .map(link -> link.group(1) == null ? link.group(2) : link.group(1))
                .map(link -> URI.create(path).resolve(link).toString())
                .toList();
    }

    private static String type(String file) {
        return switch (file.substring(file.lastIndexOf('.') + 1)) {
            case "css" -> "text/css";
            case "js" -> "text/javascript";
            case "svg" -> "image/svg+xml";
            case "md" -> "text/plain";
            default -> "text/html";
        };
    }
}
