package io.waypost.subscription.jsonata;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.platform.Json;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;

/** Expressions as the gateway evaluates them, at noon. */
final class Sandboxed {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    static final Sandbox SANDBOX = new Sandbox(Clock.fixed(NOON, ZoneOffset.UTC));

    private Sandboxed() {}

    static JsonNode evaluate(String expression, String input) {
        return SANDBOX.evaluate(expression, Json.read(input), Map.of());
    }
}
