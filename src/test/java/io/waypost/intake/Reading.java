package io.waypost.intake;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.event.NewEvent;
import io.waypost.platform.Invalid;
import io.waypost.platform.Refused;
import io.waypost.platform.Refused.Reason;
import io.waypost.platform.Violation;
import io.waypost.tenancy.Caller;
import io.waypost.tenancy.Scope;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.api.ThrowingConsumer;

/** Requests of events, as they are read at a set time. */
final class Reading {

    static final String JSON = "application/json";
    static final String CLOUD = "application/cloudevents+json; charset=UTF-8";
    static final String BATCH = "application/cloudevents-batch+json";
    static final Instant NOW = Instant.parse("2026-01-31T12:00:00.123456Z");
    static final Caller ADMIN = new Caller(null, "admin", Set.of());
    static final Caller ACME = new Caller("acme", "key_1", Set.of(Scope.PUBLISH));

    static final EventReader READER = new EventReader(
            Set.of("default", "acme", "other")::contains,
            (_, type, _) -> type.equals("strict") ? List.of(new Violation("/data/n", "is required")) : List.of());

    private Reading() {}

    static List<NewEvent> read(String type, String body) {
        return READER.read(type, Map.of("Host", "localhost"), body.getBytes(UTF_8), ADMIN, NOW);
    }

    static List<Violation> violations(String type, String body) {
        try {
            read(type, body);
            return List.of();
        } catch (Invalid e) {
            return e.violations();
        }
    }

    static ThrowingConsumer<Violation> violation(String pointer, String detail) {
        return v -> {
            assertThat(v.pointer()).isEqualTo(pointer);
            assertThat(v.detail()).contains(detail);
        };
    }

    static Map<String, String> ce(Map<String, String> more) {
        var headers = new HashMap<>(Map.of("ce-specversion", "1.0", "ce-id", "1", "ce-source", "/s", "ce-type", "a.b"));
        headers.putAll(more);
        return headers;
    }

    static void assertRefused(Reason reason, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(Refused.class, e -> assertThat(e.reason())
                .isEqualTo(reason));
    }
}
