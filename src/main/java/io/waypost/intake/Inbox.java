package io.waypost.intake;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.waypost.event.NewEvent;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.platform.Violation;
import io.waypost.tenancy.Caller;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.apache.camel.util.ObjectHelper;
import org.springframework.stereotype.Component;

/**
 * Reads files of events: one event, an array, or a line for each ({@code .jsonl}, {@code .ndjson}), as {@code POST /v1/events}
 * takes them with an admin key. A file that is read again after a crash is known again: an event without an {@code id} gets
 * one by its file, when that was changed, and its place in it.
 */
@Component("inbox")
public class Inbox {

    /** Where files go afterwards, below the inbox. */
    static final String DONE = ".done";

    static final String REJECTED = ".rejected";

    private static final String FILE = "inboxFile";
    private static final int AT_ONCE = 1_000;
    private static final Caller OPERATOR = new Caller(null, "inbox", Set.of());

    private final EventReader reader;
    private final Clock clock;

    Inbox(EventReader reader, Clock clock) {
        this.reader = reader;
        this.clock = clock;
    }

    /**
     * The events of a file, in parts that may be published at once; none if the file is not well: then what is wrong stands
     * beside it, where it is put.
     *
     * @throws Refused (overloaded) if it cannot be said now
     */
    public List<List<NewEvent>> read(Exchange exchange) {
        var file = exchange.getMessage().getBody(File.class).toPath();
        exchange.setVariable(FILE, file);
        exchange.setVariable("place", DONE);
        try {
            return parts(file);
        } catch (Invalid e) {
            return rejected(exchange, file, lines(e));
        } catch (Refused e) {
            if (e.reason() == Refused.Reason.OVERLOADED) {
                throw e;
            }
            return rejected(exchange, file, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What was read cannot be published. */
    public void reject(Exchange exchange) {
        var cause = ObjectHelper.getException(
                Invalid.class, exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class));
        rejected(exchange, exchange.getVariable(FILE, Path.class), lines(cause));
    }

    private List<List<NewEvent>> parts(Path file) throws IOException {
        if (Files.size(file) > EventReader.MAX_REQUEST_BYTES) {
            throw Refused.tooLarge("A file may have 16 MiB; split it");
        }
        var all = array(file);
        if (all.isEmpty()) {
            throw new Invalid("", "holds no event");
        }
        var changed = Files.getLastModifiedTime(file).toMillis();
        var parts = new ArrayList<List<NewEvent>>();
        for (int from = 0; from < all.size(); from += AT_ONCE) {
            var part = Json.MAPPER.createArrayNode();
            for (int i = from; i < Math.min(all.size(), from + AT_ONCE); i++) {
                part.add(all.get(i));
            }
            var bytes = Json.write(part).getBytes(StandardCharsets.UTF_8);
            var events = reader.read("application/json", Map.of(), bytes, OPERATOR, clock.instant());
            var known = new ArrayList<NewEvent>();
            for (var event : events) {
                known.add(known(event, file.getFileName() + "@" + changed + "#" + (from + known.size())));
            }
            parts.add(known);
        }
        return parts;
    }

    private static ArrayNode array(Path file) throws IOException {
        var text = Files.readString(file);
        if (!file.toString().endsWith(".json")) {
            text = text.lines().filter(line -> !line.isBlank()).collect(Collectors.joining(",", "[", "]"));
        }
        // As bytes, because what is no JSON is then the sender's mistake and not the store's.
        var read = Json.read(text.getBytes(StandardCharsets.UTF_8));
        return read instanceof ArrayNode array
                ? array
                : Json.MAPPER.createArrayNode().add(read);
    }

    private static NewEvent known(NewEvent e, String id) {
        return e.sourceId() != null
                ? e
                : new NewEvent(
                        e.tenant(),
                        e.type(),
                        e.source(),
                        id,
                        e.subject(),
                        e.time(),
                        e.test(),
                        e.attributes(),
                        e.data(),
                        e.base64());
    }

    private static List<List<NewEvent>> rejected(Exchange exchange, Path file, String why) {
        exchange.setVariable("place", REJECTED);
        try {
            var directory = Files.createDirectories(file.resolveSibling(REJECTED));
            Files.writeString(directory.resolve(file.getFileName() + ".error.txt"), why + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return List.of();
    }

    private static String lines(Invalid invalid) {
        return invalid.violations().stream().map(Inbox::line).collect(Collectors.joining("\n"));
    }

    private static String line(Violation violation) {
        return (violation.pointer() + " " + violation.detail()).strip();
    }
}
