package io.waypost.testing;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.platform.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.assertj.core.api.Assertions;

/** A client of the HTTP API, with one key. */
public final class Api {

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    private final String base;
    private final String key;

    public Api(String base, String key) {
        this.base = base;
        this.key = key;
    }

    /** The same gateway with another key; null: none. */
    public Api with(String otherKey) {
        return new Api(base, otherKey);
    }

    /** An answer, read whole. */
    public record Answer(int status, String text, HttpResponse<String> raw) {

        public JsonNode json() {
            return Json.read(text.getBytes(StandardCharsets.UTF_8));
        }

        /** The same, if it has the status; otherwise the test fails and shows the answer. */
        public Answer expect(int expected) {
            Assertions.assertThat(status).as(text).isEqualTo(expected);
            return this;
        }

        public String header(String name) {
            return raw.headers().firstValue(name).orElse(null);
        }
    }

    public Answer get(String path) {
        return send("GET", path, null);
    }

    public Answer post(String path, String json, String... headers) {
        return send("POST", path, json, headers);
    }

    public Answer patch(String path, String json) {
        return send("PATCH", path, json);
    }

    public Answer put(String path, String json) {
        return send("PUT", path, json);
    }

    public Answer delete(String path) {
        return send("DELETE", path, null);
    }

    /** With a body it is JSON unless the headers say otherwise. */
    public Answer send(String method, String path, String body, String... headers) {
        var request = HttpRequest.newBuilder(URI.create(base + path)).timeout(Duration.ofSeconds(60));
        if (key != null) {
            request.setHeader("Authorization", "Bearer " + key);
        }
        if (body != null) {
            request.setHeader("Content-Type", "application/json");
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        Signatures.see(String.valueOf(body));
        request.method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        try {
            var response = CLIENT.send(request.build(), BodyHandlers.ofString());
            Signatures.see(response.body());
            return new Answer(response.statusCode(), response.body(), response);
        } catch (IOException e) {
            throw new IllegalStateException(method + " " + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
