package io.waypost.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.api.http.Bodies;
import io.waypost.api.http.RepeatKey;
import io.waypost.event.Event;
import io.waypost.event.NewEvent;
import io.waypost.event.Receipt;
import io.waypost.intake.EventReader;
import io.waypost.intake.Intake;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.tenancy.Caller;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;

/** Takes events out of requests, and says what is wrong with them in terms of the request. */
@Component
final class EventReading {

    private static final String ATTRIBUTES = "ce-";

    private final EventReader reader;
    private final Intake intake;
    private final Clock clock;

    EventReading(EventReader reader, Intake intake, Clock clock) {
        this.reader = reader;
        this.intake = intake;
        this.clock = clock;
    }

    /** Publishes what the request holds. */
    List<Receipt> publish(Caller caller, HttpServletRequest request) {
        var body = Bodies.bytes(request);
        var type = request.getContentType();
        var attributes = attributes(request);
        var events = known(reader.read(type, attributes, body, caller, clock.instant()), RepeatKey.of(request));
        try {
            return intake.publish(events);
        } catch (Invalid e) {
            // The intake counts events; who posted a single one knows of no index.
            throw reader.isArray(type, attributes, body) ? e : e.at(pointer -> pointer.replaceFirst("^/0", ""));
        }
    }

    /** Each by the key of the request and its place in it. */
    private static List<NewEvent> known(List<NewEvent> events, @Nullable String key) {
        return key == null
                ? events
                : IntStream.range(0, events.size())
                        .mapToObj(i -> events.get(i).knownBy(key + "/" + i))
                        .toList();
    }

    /** An event that is not stored, for a look at what would become of it. */
    Event sample(Caller caller, String tenant, JsonNode event, String pointer) {
        var now = clock.instant();
        try {
            var bytes = Json.write(event).getBytes(StandardCharsets.UTF_8);
            var read = reader.read(MediaType.APPLICATION_JSON_VALUE, Map.of(), bytes, caller, now);
            return Event.of(of(tenant, read.getFirst()), 0, now);
        } catch (Invalid e) {
            throw e.at(below -> pointer + below);
        }
    }

    private static NewEvent of(String tenant, NewEvent e) {
        return new NewEvent(
                tenant,
                e.type(),
                e.source(),
                e.sourceId(),
                e.subject(),
                e.time(),
                e.test(),
                e.attributes(),
                e.data(),
                e.base64());
    }

    private static Map<String, String> attributes(HttpServletRequest request) {
        var found = new HashMap<String, String>();
        for (var names = request.getHeaderNames(); names.hasMoreElements(); ) {
            var name = names.nextElement().toLowerCase(Locale.ROOT);
            if (name.startsWith(ATTRIBUTES)) {
                found.put(name, String.valueOf(request.getHeader(name)));
            }
        }
        return found;
    }
}
