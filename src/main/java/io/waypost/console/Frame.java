package io.waypost.console;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;

/** What all pages have around their content, and what goes with every answer. */
final class Frame {

    private static final MediaType HTML = new MediaType("text", "html", StandardCharsets.UTF_8);
    private static final String HTML_FRAME = text("frame.html");

    private Frame() {}

    /**
     * Puts a page together.
     *
     * @param files where the console's files are, as seen from the page; relative, so that a proxy may put a path before
     * @param head what else is to be in the head
     * @param content HTML, in which everything from elsewhere has been escaped
     */
    static String page(String title, String files, String head, String navigation, String content) {
        return HTML_FRAME
                .replace("{title}", title)
                .replace("{files}", files)
                .replace("{head}", head)
                .replace("{navigation}", navigation)
                .replace("{content}", content);
    }

    static ResponseEntity<String> html(HttpStatus status, String policy, String page) {
        return answer(status, policy).contentType(HTML).body(page);
    }

    /** @param policy which parts the page may have; there is no answer without one */
    static ResponseEntity.BodyBuilder answer(HttpStatus status, String policy) {
        return ResponseEntity.status(status)
                .header("Cache-Control", "no-store")
                .header("Referrer-Policy", "no-referrer")
                .header("X-Content-Type-Options", "nosniff")
                .header(
                        "Content-Security-Policy",
                        "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; " + policy);
    }

    /** A file of the console's. */
    static String text(String name) {
        return new String(file(name).orElseThrow(), StandardCharsets.UTF_8);
    }

    static Optional<byte[]> file(String name) {
        try (var file = Frame.class.getResourceAsStream("/console/" + name)) {
            return file == null ? Optional.empty() : Optional.of(file.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
