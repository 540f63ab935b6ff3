package io.waypost.intake.source.route;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.intake.EventReader;
import io.waypost.intake.source.Parameters;
import io.waypost.intake.source.Posting;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.camel.Body;
import org.springframework.stereotype.Component;

/** The step of a source's route that reads what was posted: as the items that become events, one by one. */
@Component("posting")
public class PostingReader {

    private static final int MOST_ITEMS = 5_000;
    private static final String FORM = "application/x-www-form-urlencoded";

    PostingReader() {}

    /**
     * JSON: an array's elements, or the one object. A form with JSON in its field {@code payload} counts as that JSON.
     *
     * @throws Refused (malformed; too large)
     */
    public List<JsonNode> json(@Body Posting posting) {
        var json = payload(posting);
        return json.isArray() ? elements(json, posting) : List.of(single(json, posting));
    }

    /**
     * JSON that is one item, whatever it is.
     *
     * @throws Refused (malformed; too large)
     */
    public List<JsonNode> whole(@Body Posting posting) {
        requireSize(posting.body().length);
        return List.of(payload(posting));
    }

    /**
     * A form: one object.
     *
     * @throws Refused (malformed; too large)
     */
    public List<JsonNode> form(@Body Posting posting) {
        requireSize(posting.body().length);
        return List.of(object(new String(posting.body(), StandardCharsets.UTF_8)));
    }

    /**
     * The query of a GET, or the form of a POST: one object.
     *
     * @throws Refused (malformed; too large)
     */
    public List<JsonNode> query(@Body Posting posting) {
        return posting.isGet() ? List.of(object(Parameters.withoutSecret(posting.query()))) : form(posting);
    }

    private static JsonNode payload(Posting posting) {
        var type = String.valueOf(posting.header("content-type")).toLowerCase(Locale.ROOT);
        if (type.startsWith(FORM)) {
            requireSize(posting.body().length);
            for (var field : Parameters.of(new String(posting.body(), StandardCharsets.UTF_8))) {
                if (field.name().equals("payload")) {
                    return Json.read(field.value().getBytes(StandardCharsets.UTF_8));
                }
            }
        }
        return Json.read(posting.body());
    }

    private static JsonNode object(String text) {
        var object = Parameters.object(Parameters.of(text));
        if (object.isEmpty()) {
            throw Refused.malformed("There are no parameters");
        }
        return object;
    }

    private static JsonNode single(JsonNode json, Posting posting) {
        requireSize(posting.body().length);
        if (!json.isObject()) {
            throw Refused.malformed("The body must be a JSON object, or an array of them");
        }
        return json;
    }

    private static List<JsonNode> elements(JsonNode array, Posting posting) {
        if (array.isEmpty()) {
            throw Refused.malformed("The array is empty");
        }
        if (array.size() > MOST_ITEMS) {
            throw Refused.tooLarge("An array may have %d elements".formatted(MOST_ITEMS));
        }
        var elements = new ArrayList<JsonNode>(array.size());
        for (var element : array) {
            if (posting.body().length > EventReader.MAX_EVENT_BYTES) {
                requireSize(Json.write(element).getBytes(StandardCharsets.UTF_8).length);
            }
            elements.add(element);
        }
        return elements;
    }

    private static void requireSize(int bytes) {
        if (bytes > EventReader.MAX_EVENT_BYTES) {
            throw Refused.tooLarge("An event may have 1 MiB");
        }
    }
}
