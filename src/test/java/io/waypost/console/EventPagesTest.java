package io.waypost.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.standardwebhooks.Webhook;
import io.waypost.event.EventType;
import io.waypost.event.EventTypes;
import io.waypost.platform.Json;
import io.waypost.testing.Api;
import io.waypost.testing.Browser;
import io.waypost.testing.Gateway;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.web.util.HtmlUtils;

/** The public catalogue of events and the payload page of each; without a key, but where it says otherwise. */
class EventPagesTest {

    private static final String HOSTILE = "<img src=x onerror=alert(1)>\"'&";
    private static final Duration SOON = Duration.ofSeconds(15);

    private final Gateway gateway = Gateway.shared();
    private final Api anyone = gateway.admin().with(null);

    private static List<EventType> shipped() {
        return Gateway.shared().bean(EventTypes.class).shipped();
    }

    static Stream<String> names() {
        return shipped().stream().map(EventType::name);
    }

    @Test
    @DisplayName("B7: the public list has every event with its description and each of its fields, without a script")
    void everyEventIsOnTheListWithEachOfItsFields() {
        var answer = anyone.get("/console/events").expect(200);
        assertThat(answer.header("Content-Type")).isEqualToIgnoringCase("text/html;charset=UTF-8");
        var entries = answer.text().split("<li class=\"type\">");

        assertThat(entries).hasSize(shipped().size() + 1);
        for (var type : shipped()) {
            assertThat(entries).as(type.name()).anySatisfy(entry -> {
                assertThat(entry).contains("<a href=\"events/%s\">".formatted(type.name()));
                assertThat(text(entry)).contains(type.description());
                assertThat(paths(entry)).isEqualTo(described(type.schema()));
            });
        }
        assertThat(answer.text())
                .contains("id=\"subscriber\"", "href=\"#subscriber\"", "id=\"message\"", "id=\"campaign\"");
        assertThat(answer.text()).doesNotContainPattern("\\{[a-z-]+}");
    }

    @ParameterizedTest
    @MethodSource("names")
    @DisplayName("R13: each event has a page with its fields, what they mean, and the request as a webhook gets it")
    void eachHasAPayloadPage(String name) throws Exception {
        var type = gateway.bean(EventTypes.class).shipped(name).orElseThrow();
        var page = anyone.get("/console/events/" + type.name()).expect(200).text();

        assertThat(page).contains("<title>%s · Waypost</title>".formatted(type.name()));
        assertThat(text(page)).contains(type.description());
        assertThat(paths(page)).isEqualTo(described(type.schema()));
        assertThat(Pattern.compile("<tr role=\"row\"><td.*?</tr>", Pattern.DOTALL)
                        .matcher(page)
                        .results())
                .allSatisfy(row -> assertThat(
                                text(row.group().replaceFirst("(?s).*<td role=\"cell\">(.*?)</td></tr>", "$1")))
                        .as("the meaning in " + row.group())
                        .matches("(?s).*\\w.*"));

        var body = Json.read(block(page, "Body of the request"));
        assertThat(body.path("data")).isEqualTo(type.example());
        assertThat(body.path("type").textValue()).isEqualTo(type.name());
        assertThat(body.properties()).extracting(Map.Entry::getKey).containsExactly("type", "timestamp", "data", "id");
        assertThat(header(page, "webhook-id")).isEqualTo(body.path("id").textValue());
        assertThat(header(page, "webhook-signature"))
                .isEqualTo(new Webhook(ExampleRequest.SECRET)
                        .sign(
                                body.path("id").textValue(),
                                Long.parseLong(header(page, "webhook-timestamp")),
                                Json.write(body)));
        assertThat(page).doesNotContainPattern("\\{[a-z-]+}");
    }

    @Test
    @DisplayName("R13: the command on a payload page subscribes when it is copied")
    void theCommandWorksAsCopied() {
        var page = anyone.get("/console/events/message.opened").text();
        var command = block(page, "Command that subscribes");
        assertThat(command)
                .startsWith("curl " + gateway.url().replace("127.0.0.1", "localhost") + "/v1/subscriptions ");

        var tenant = gateway.tenant();
        var made = tenant.post("/v1/subscriptions", command.replaceFirst("(?s).* -d '(.*)'", "$1"))
                .expect(201)
                .json();

        assertThat(made.path("events")).hasToString("[\"message.opened\"]");
        tenant.delete("/v1/subscriptions/" + made.path("id").textValue()).expect(204);
    }

    @Test
    @DisplayName("R13: what is required, which values there are, and which of two fields is there")
    void aPageSaysWhatTheSchemaSays() {
        var optedOut = text(anyone.get("/console/events/subscriber.opted_out").text());
        assertThat(optedOut)
                .containsPattern("contact\\s+object required\\s*The person")
                .containsPattern("lists\\[]\\s+array of objects\\s*The lists left")
                .contains("One of link complaint manual unknown")
                .contains("Benchmark Email", "Mailjet", "MAILINGWORK");
        assertThat(text(anyone.get("/console/events/message.opened").text()))
                .contains("At least one of campaign and message is there.");
    }

    @Test
    void whatATenantHasDescribedIsNotPublic() {
        gateway.admin()
                .put("/v1/event-types/secret.project_started", "{\"description\":\"Of a tenant alone.\"}")
                .expect(200);
        try {
            var page = anyone.get("/console/events/secret.project_started").expect(404);
            assertThat(page.text()).doesNotContain("Of a tenant alone");
            assertThat(anyone.get("/console/events").text()).doesNotContain("secret.project_started");
            assertThat(anyone.get("/v1/event-types").status()).isEqualTo(401);
        } finally {
            gateway.admin().delete("/v1/event-types/secret.project_started").expect(204);
        }
    }

    @Test
    void anUnknownEventLeadsBackToTheList() {
        var page = anyone.get("/console/events/no.such%3Cimg%20src=x%3E").expect(404);

        assertThat(page.header("Content-Type")).isEqualToIgnoringCase("text/html;charset=UTF-8");
        assertThat(page.text())
                .contains("<a href=\"../events\">", "no.such&lt;img src=x&gt;", "../console.css")
                .doesNotContain("<img src=x");
        var directory = anyone.get("/console/events/").expect(302);
        assertThat(URI.create("/console/events/").resolve(directory.header("Location")))
                .hasToString("/console/events");
        for (var path : List.of("/console/events/a/b", "/console/eventsx", "/console/reference/x")) {
            anyone.get(path).expect(404);
        }
        anyone.post("/console/events", "{}").expect(405);
    }

    @Test
    void whatLooksLikeHtmlStaysText() {
        var schema = Json.read("{\"properties\":{\"%1$s\":{\"description\":\"%1$s\",\"enum\":[\"%1$s\"]}}}"
                .formatted(HOSTILE.replace("\"", "\\\"")));
        var type = new EventType(null, "a.b", HOSTILE, schema, Json.object().put(HOSTILE, HOSTILE));

        var page = gateway.bean(EventPage.class).html(type, new EventSources());

        assertThat(page).doesNotContain("<img").contains("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;");
        assertThat(Json.read(block(page, "Body of the request")).path("data")).isEqualTo(type.example());
    }

    @Test
    void theFilterLeavesWhatFitsAndAVisitorGetsToTheFlowsAndBack() {
        try (var browser = new Browser()) {
            browser.open(gateway.url() + "/console/events");
            awaitTrue(browser, "document.getElementById('filter')?.hidden === false");
            browser.evaluate("document.getElementById('words').focus()");
            browser.type("Hard bounce");
            awaitTrue(browser, "document.getElementById('found').textContent.startsWith('1 of ')");
            assertThat(browser.text()).contains("message.bounced").doesNotContain("message.opened", "subscriber");

            browser.evaluate("document.querySelector('.type:not([hidden]) h3 a').click()");
            awaitTrue(browser, "document.querySelector('h1')?.textContent === 'message.bounced'");
            browser.evaluate("document.querySelector('nav a[href$=flows]').click()");
            awaitTrue(browser, "document.activeElement?.id === 'key'");
            browser.evaluate("document.querySelector('nav a[href$=events]').click()");
            awaitTrue(browser, "document.querySelector('h1')?.textContent === 'Events'");
            assertThat(browser.complaints()).isEmpty();
        }
    }

    private static void awaitTrue(Browser browser, String expression) {
        await().atMost(SOON).until(() -> browser.evaluate(expression).asBoolean());
    }

    /** The fields in the table, in its order. */
    private static List<String> paths(String html) {
        return Pattern.compile("<td role=\"cell\"><code>(.*?)</code>")
                .matcher(html)
                .results()
                .map(cell -> text(cell.group(1)).replace("[]", ""))
                .toList();
    }

    /** The fields in the schema, as its reader finds them. */
    private static List<String> described(JsonNode schema) {
        var found = new ArrayList<String>();
        describe(schema, schema, "", found);
        return found;
    }

    private static void describe(JsonNode root, JsonNode schema, String parent, List<String> found) {
        if (schema.has("$ref")) {
            describe(root, root.at(schema.path("$ref").textValue().substring(1)), parent, found);
        } else if (schema.has("items")) {
            describe(root, schema.path("items"), parent, found);
        } else {
            schema.path("properties").properties().forEach(property -> {
                found.add(parent + property.getKey());
                describe(root, property.getValue(), parent + property.getKey() + ".", found);
            });
        }
    }

    private static String header(String page, String name) {
        return block(page, "Headers of the request")
                .lines()
                .filter(line -> line.startsWith(name + ": "))
                .map(line -> line.substring(name.length() + 2))
                .findFirst()
                .orElseThrow();
    }

    /** Code as it would be copied. */
    private static String block(String page, String label) {
        var found = Pattern.compile("aria-label=\"%s\"><code>(.*?)</code></pre>".formatted(label), Pattern.DOTALL)
                .matcher(page);
        assertThat(found.find()).as(label).isTrue();
        return text(found.group(1));
    }

    private static String text(String html) {
        return HtmlUtils.htmlUnescape(html.replaceAll("<[^>]+>", ""));
    }
}
