package io.waypost.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.platform.Json;
import io.waypost.testing.Browser;
import io.waypost.testing.Gateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of the flows in a browser, as somebody sees it. */
class FlowsPageTest {

    private static final Duration SOON = Duration.ofSeconds(15);
    private static final String HOSTILE = "<img src=x onerror=document.title=1>";

    private static final int CTRL = 2;

    /** Time in the page goes ten times as fast. */
    private static final String HURRY =
            "const wait = setTimeout; window.setTimeout = (call, time) => wait(call, time / 10)";

    private static final String FLOW = """
            - route:
                id: opens
                from:
                  uri: direct:opens
                  steps:
                    - to: log:opens
            """;

    @TempDir
    private static Path directory;

    private static Browser browser;
    private static Gateway gateway;

    @AfterAll
    static void stop() {
        if (gateway != null) {
            gateway.close();
        }
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void visit() {
        if (browser == null) {
            // Here, since a whole class that is skipped is not reported; and first, since a gateway takes longer.
            browser = new Browser();
            browser.call("Page.addScriptToEvaluateOnNewDocument", Json.object().put("source", HURRY));
            gateway = Gateway.with(Map.of("waypost.routes-dir", directory));
        }
        browser.open(gateway.url() + "/console/flows");
        await().atMost(SOON).until(() -> browser.evaluate("document.activeElement?.id === 'key'")
                .asBoolean());
    }

    @AfterEach
    void clear() throws IOException {
        if (gateway == null) {
            return;
        }
        browser.evaluate("sessionStorage.clear()");
        try (var files = Files.list(directory)) {
            for (var file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void aKeyThatMayNotIsToldWhyAndTheFieldStays() {
        signIn("no-such-key");
        awaitText("#key-problem", "This key is not known");
        assertThat(value("document.getElementById('key').value")).isEqualTo("no-such-key");
        assertThat(value("document.activeElement.id")).isEqualTo("key");

        browser.evaluate("document.getElementById('key').value = ''");
        signIn(keyOfATenant());

        awaitText("#key-problem", "Only an admin key may do this");
        assertThat(value("sessionStorage.getItem('waypost.key')")).isNull();
        assertThat(browser.text()).doesNotContain("In the directory");
    }

    @Test
    void anErrorIsShownWithItsLineAndGoneOnceTheFileIsMended() throws IOException {
        signIn(Gateway.ADMIN_KEY);
        awaitText("#content", "What a flow is");

        write(FLOW.replace("log:opens", "exec:ls"));
        awaitText("#files .error", "Error in line 6");
        assertThat(textOf("#files .error")).contains("exec");
        assertThat(textOf("#files")).contains("opens.camel.yaml", "Failed");
        assertThat(textOf("#summary")).isEqualTo("1 flow, 1 with an error.");

        write(FLOW);
        awaitText("#summary", "1 flow, none with an error.");
        assertThat(textOf("#files")).contains("opens", "Started").doesNotContain("rror");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void eachMistakeOfATextIsBesideItsLineAndWhatLooksLikeHtmlStaysText() throws IOException {
        signIn(Gateway.ADMIN_KEY);
        awaitText("#content", "Check a file");
        browser.evaluate("document.getElementById('yaml').focus()");
        browser.type(FLOW + "        - '%s': x\n        - toD: a:b\n".formatted(HOSTILE));
        browser.enter(CTRL);

        awaitText("#verdict", "2 mistakes.");
        assertThat(textOf("#excerpt li.wrong"))
                .startsWith("7")
                .contains("'" + HOSTILE + "': x", "Line 7", "is not known");
        assertThat(textOf("#excerpt li.wrong + li.wrong")).startsWith("8").contains("toD: a:b", "toD is not allowed");
        browser.evaluate("document.querySelector('#excerpt li.wrong button').click()");
        assertThat(value("getSelection().toString()")).isEqualTo("        - '" + HOSTILE + "': x");

        Files.writeString(directory.resolve(HOSTILE + ".camel.yaml"), FLOW.replace("- to:", "- '" + HOSTILE + "':"));
        awaitText("#files .error", HOSTILE);
        assertThat(textOf("#files h3")).contains(HOSTILE);
        assertThat(browser.evaluate("document.querySelectorAll('main img').length")
                        .intValue())
                .isZero();
        assertThat(value("document.title")).isEqualTo("Flows · Waypost");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void aGatewayThatIsAwayIsSaidAndWhatWasShownStays() throws IOException {
        write(FLOW);
        signIn(Gateway.ADMIN_KEY);
        awaitText("#files", "Started");

        online(false);
        awaitText("#away", "The gateway does not answer. What is shown is from");
        assertThat(textOf("#files")).contains("Started");
        online(true);
        await().atMost(SOON).until(() -> textOf("#away").isEmpty());
        assertThat(textOf("#freshness")).startsWith("Refreshed at ");
    }

    @Test
    void theKeyOutlivesTheReloadAndIsForgottenOnSigningOut() {
        signIn(Gateway.ADMIN_KEY);
        awaitText("#content", "In the directory");

        browser.call("Page.reload", Json.object());
        awaitText("#content", "What a flow is");
        assertThat(browser.evaluate("localStorage.length").intValue()).isZero();
        assertThat(value("document.cookie")).isEmpty();

        browser.evaluate("document.getElementById('sign-out').click()");
        assertThat(browser.evaluate("sessionStorage.length").intValue()).isZero();
        assertThat(textOf("#content")).isEmpty();
        assertThat(value("document.activeElement.id")).isEqualTo("key");
        assertThat(value("document.getElementById('key').value")).isEmpty();
    }

    /** As one does without a mouse: the field has the focus. */
    private static void signIn(String key) {
        browser.type(key);
        browser.enter(0);
    }

    private static String keyOfATenant() {
        return gateway.admin()
                .post("/v1/tenants/default/keys", "{\"name\":\"reader\",\"scopes\":[\"read\"]}")
                .expect(201)
                .json()
                .path("key")
                .textValue();
    }

    private static void online(boolean online) {
        browser.call(
                "Network.emulateNetworkConditions",
                Json.object()
                        .put("offline", !online)
                        .put("latency", 0)
                        .put("downloadThroughput", -1)
                        .put("uploadThroughput", -1));
    }

    private static void write(String text) throws IOException {
        Files.writeString(directory.resolve("opens.camel.yaml"), text);
    }

    private static void awaitText(String selector, String text) {
        await().atMost(SOON).untilAsserted(() -> assertThat(textOf(selector)).contains(text));
    }

    /** As it can be seen; empty if there is no such element. */
    private static String textOf(String selector) {
        return value("document.querySelector(`%s`)?.innerText ?? ''".formatted(selector));
    }

    private static String value(String expression) {
        return browser.evaluate(expression).textValue();
    }
}
