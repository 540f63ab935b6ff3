package io.waypost.api.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.platform.Json;
import java.net.URI;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;

/** Answers, written as JSON bytes with no converter in between. */
public final class Answers {

    private Answers() {}

    public static ResponseEntity<byte[]> ok(JsonNode body) {
        return of(HttpStatus.OK, bytes(body));
    }

    public static ResponseEntity<byte[]> accepted(JsonNode body) {
        return accepted(bytes(body));
    }

    /** @param body JSON, as {@link #bytes} writes it */
    public static ResponseEntity<byte[]> accepted(byte[] body) {
        return of(HttpStatus.ACCEPTED, body);
    }

    public static ResponseEntity<byte[]> created(String location, JsonNode body) {
        return ResponseEntity.created(URI.create(location))
                .contentType(MediaType.APPLICATION_JSON)
                .body(bytes(body));
    }

    public static ResponseEntity<byte[]> noContent() {
        return ResponseEntity.noContent().build();
    }

    private static ResponseEntity<byte[]> of(HttpStatus status, byte[] body) {
        return ResponseEntity.status(status)
                .contentType(MediaType.APPLICATION_JSON)
                .body(body);
    }

    /** The body of an answer as it goes out, for who writes it without Spring MVC. */
    public static byte[] bytes(JsonNode body) {
        try {
            return Json.MAPPER.writeValueAsBytes(body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot be written as JSON", e);
        }
    }
}
