package io.waypost.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.util.FileSystemUtils;

/** A headless Chromium with one page, driven over the DevTools protocol. Nothing but 127.0.0.1 can be reached from it. */
public final class Browser implements AutoCloseable {

    private static final String PROGRAM = "/usr/bin/chromium";
    private static final String MISSING = "NOT TESTED in a browser: there is no " + PROGRAM + " on this machine";
    private static final Duration SOON = Duration.ofSeconds(20);

    /** The proxy, which is not there, is for all but loopback. (That there is no IPv6 it finds without a packet.) */
    private static final String FLAGS = """
            --headless=new
            --no-sandbox
            --disable-gpu
            --disable-dev-shm-usage
            --remote-debugging-port=0
            --no-first-run
            --no-pings
            --disable-background-networking
            --disable-component-update
            --disable-default-apps
            --disable-extensions
            --disable-sync
            --host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1
            --proxy-server=127.0.0.1:9
            about:blank
            """;

    private final Path profile;
    private final Process process;
    private final HttpClient http = HttpClient.newHttpClient();
    private final WebSocket socket;
    private final AtomicInteger calls = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
    private final Queue<String> complaints = new ConcurrentLinkedQueue<>();

    /** Starts one. Where there is none the test is skipped. */
    public Browser() {
        if (!Files.isExecutable(Path.of(PROGRAM))) {
            System.err.println(MISSING); // the report of a skipped test is seldom read
            abort(MISSING);
        }
        try {
            profile = Files.createTempDirectory("waypost-browser");
            var command = new ArrayList<>(List.of(PROGRAM, "--user-data-dir=" + profile));
            command.addAll(FLAGS.lines().toList());
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(profile.resolve("output").toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        socket = http.newWebSocketBuilder().buildAsync(page(), new Listener()).join();
        for (var domain : List.of("Page", "Runtime", "Log", "Network")) {
            call(domain + ".enable", Json.object());
        }
    }

    private URI page() {
        var port = profile.resolve("DevToolsActivePort");
        await().atMost(SOON)
                .until(() -> Files.exists(port) && Files.readAllLines(port).size() == 2);
        try {
            var devTools =
                    new Api("http://127.0.0.1:" + Files.readAllLines(port).getFirst(), null);
            return URI.create(devTools.get("/json/list")
                    .expect(200)
                    .json()
                    .at("/0/webSocketDebuggerUrl")
                    .textValue());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One call of the protocol, with its result. */
    public JsonNode call(String method, ObjectNode parameters) {
        var id = calls.incrementAndGet();
        var answer = new CompletableFuture<JsonNode>();
        answers.put(id, answer);
        var call = Json.object().put("id", id).put("method", method);
        call.set("params", parameters);
        socket.sendText(call.toString(), true).join();
        var answered = answer.orTimeout(SOON.toSeconds(), TimeUnit.SECONDS).join();
        assertThat(answered.path("error").isMissingNode())
                .as(method + ": " + answered)
                .isTrue();
        return answered.path("result");
    }

    public void open(String url) {
        call("Page.navigate", Json.object().put("url", url));
    }

    /** The value of an expression in the page. */
    public JsonNode evaluate(String expression) {
        var result = call(
                "Runtime.evaluate", Json.object().put("expression", expression).put("returnByValue", true));
        assertThat(result.path("exceptionDetails").isMissingNode())
                .as(expression + ": " + result)
                .isTrue();
        return result.at("/result/value");
    }

    /** What can be read on the page. */
    public String text() {
        return evaluate("document.body.innerText").textValue();
    }

    /** Types into whatever has the focus. */
    public void type(String text) {
        call("Input.insertText", Json.object().put("text", text));
    }

    /** Presses Enter, with these modifiers (2: Ctrl). */
    public void enter(int modifiers) {
        for (var kind : List.of("keyDown", "keyUp")) {
            var key = Json.object().put("type", kind).put("key", "Enter").put("modifiers", modifiers);
            call("Input.dispatchKeyEvent", key.put("text", "\r").put("windowsVirtualKeyCode", 13));
        }
    }

    /** What the page's console says is wrong: scripts that failed, parts that were not allowed. */
    public List<String> complaints() {
        return List.copyOf(complaints);
    }

    @Override
    public void close() {
        socket.abort();
        http.shutdownNow();
        var all = process.descendants().toList();
        process.destroyForcibly().onExit().join();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(child -> child.onExit().join());
        FileSystemUtils.deleteRecursively(profile.toFile());
    }

    private final class Listener implements WebSocket.Listener {

        private final StringBuilder message = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            message.append(part);
            if (last) {
                take(message.toString());
                message.setLength(0);
            }
            from.request(1);
            return null;
        }

        /** Answers that are no 200 are the test's business, and not worth a complaint. */
        private static boolean isRefusal(String method, JsonNode event) {
            return method.equals("Log.entryAdded")
                    && !event.at("/params/entry/source").asText().equals("network");
        }

        private void take(String text) {
            var read = Json.read(text);
            var method = read.path("method").asText();
            if (read.has("id")) {
                answers.remove(read.path("id").intValue()).complete(read);
            } else if (method.equals("Runtime.exceptionThrown") || isRefusal(method, read)) {
                complaints.add(read.path("params").toString());
            }
        }
    }
}
