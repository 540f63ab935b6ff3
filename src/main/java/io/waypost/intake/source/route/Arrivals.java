package io.waypost.intake.source.route;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.event.NewEvent;
import io.waypost.event.TypeName;
import io.waypost.intake.source.Digest;
import io.waypost.intake.source.Posting;
import io.waypost.intake.source.Source;
import io.waypost.platform.Fields;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.platform.Texts;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.Body;
import org.apache.camel.Variable;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * The step of a source's route that makes events of what the file's expression said of an item: an object, an array of
 * them, or nothing for what is no event. Its fields:
 *
 * <ul>
 *   <li>{@code type}: required
 *   <li>{@code id}: the de-duplication key: a text, or an object or array of parts that are hashed; none: nothing is a duplicate
 *   <li>{@code time}: see {@link EventTimes}
 *   <li>{@code test}: whether the vendor only tried the address out
 *   <li>{@code data}: the event's data; the item itself is put into it as {@code raw}
 * </ul>
 */
@Component("arrivals")
public class Arrivals {

    private static final int LONGEST_ID = 1_000;

    Arrivals() {}

    /**
     * The events of one item.
     *
     * @param raw the item as the vendor wrote it
     * @param said what the expression made of it
     * @throws Refused (malformed) if it says no type, or no time that can be read
     */
    public List<NewEvent> events(
            @Body JsonNode raw,
            @Variable("event") @Nullable JsonNode said,
            @Variable("source") Source source,
            @Variable("posting") Posting posting) {
        if (said == null || said.isMissingNode()) {
            return List.of();
        }
        if (!said.isArray()) {
            return List.of(event(raw, said, source, posting));
        }
        var events = new ArrayList<NewEvent>();
        said.forEach(one -> events.add(event(raw, one, source, posting)));
        return events;
    }

    private static NewEvent event(JsonNode raw, JsonNode said, Source source, Posting posting) {
        var fields = Fields.of(said, "", new ArrayList<>());
        var type = fields.any("type");
        if (type == null || !type.isTextual()) {
            throw Refused.malformed("It does not say what happened, as the events of this vendor do");
        }
        if (!TypeName.isOne(type.textValue())) {
            throw Refused.malformed("The type of the event %s".formatted(TypeName.RULE));
        }
        var id = id(fields.any("id"));
        var time = EventTimes.of(fields.any("time"), source.zone(), posting.receivedAt());
        var test = fields.any("test");
        var data = data(fields.any("data"), raw);
        if (!fields.unasked().isEmpty()) {
            throw new IllegalStateException("the expression of %s gives %s".formatted(source.kind(), fields.unasked()));
        }
        return new NewEvent(
                source.tenant(),
                type.textValue(),
                source.eventSource(),
                id,
                null,
                time,
                test != null && test.asBoolean(),
                null,
                data,
                false);
    }

    /** Put in here, so that it never was in any evaluator's hands. */
    private static String data(@Nullable JsonNode said, JsonNode raw) {
        var data = said instanceof ObjectNode object ? object.deepCopy() : Json.object();
        data.set("raw", raw);
        return Json.write(data);
    }

    private static @Nullable String id(@Nullable JsonNode said) {
        if (said == null || (said.isTextual() && said.textValue().isEmpty())) {
            return null;
        }
        if (said.isTextual() && Texts.lineFault(said.textValue(), LONGEST_ID) == null) {
            return said.textValue();
        }
        return said.isNumber() ? said.asText() : Digest.of(Json.write(said));
    }
}
