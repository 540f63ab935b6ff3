package io.waypost.platform;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.ValueNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The one JSON mapper. Numbers keep their digits: 18859015918863553 and 1.10 come out as they went in. */
public final class Json {

    /** 200 levels and 1,000 digits a number: more than any real event, less than what hurts. */
    private static final StreamReadConstraints CONSTRAINTS = StreamReadConstraints.builder()
            .maxNestingDepth(200)
            .maxNumberLength(1_000)
            .maxStringLength(16 * 1024 * 1024)
            .build();

    /** What the parser says of its own options and classes, which nobody outside can turn on or see. */
    private static final Pattern OF_ITS_OWN =
            Pattern.compile(", from `[^`]*`|( \\((start marker|bound as|not recognized)|: enable `).*", Pattern.DOTALL);

    public static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .nodeFactory(new BoundedNumbers())
            .build();

    static {
        MAPPER.getFactory().setStreamReadConstraints(CONSTRAINTS);
    }

    private Json() {}

    /**
     * Reads a whole document.
     *
     * @throws Refused (malformed) if it is no JSON, holds a name twice, goes deeper than 200 levels, or has a number of
     *     more than 1,000 digits, written out
     */
    public static JsonNode read(byte[] bytes) {
        try {
            var node = MAPPER.readTree(bytes);
            if (node == null || node.isMissingNode()) {
                throw Refused.malformed("The body is empty; it must be JSON");
            }
            return node;
        } catch (StreamConstraintsException e) {
            throw Refused.malformed("The body is more than is read (200 levels, 1,000 digits a number): " + where(e));
        } catch (JsonProcessingException e) {
            throw Refused.malformed("The body is not JSON: " + where(e));
        } catch (IOException e) {
            // Not of the stream, which is in memory: the bytes are none of the encoding that their beginning suggests.
            throw Refused.malformed("The body is not JSON in UTF-8: " + e.getMessage());
        }
    }

    /**
     * Reads text that we wrote ourselves.
     *
     * @throws IllegalStateException if it is no JSON after all
     */
    public static JsonNode read(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("stored JSON is damaged: " + where(e), e);
        }
    }

    /** The text; half a surrogate pair is written as its escape, since no encoding has bytes for it. */
    public static String write(Object value) {
        try {
            return escapeLoneSurrogates(MAPPER.writeValueAsString(value));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot be written as JSON", e);
        }
    }

    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    private static String escapeLoneSurrogates(String json) {
        StringBuilder escaped = null;
        for (int i = 0; i < json.length(); i++) {
            var c = json.charAt(i);
            if (!Character.isSurrogate(c)) {
                append(escaped, c);
            } else if (Character.isHighSurrogate(c) && i + 1 < json.length() && isLow(json.charAt(i + 1))) {
                append(escaped, c);
                append(escaped, json.charAt(++i));
            } else {
                escaped = escaped == null ? new StringBuilder(json.substring(0, i)) : escaped;
                escaped.append("\\u").append(Integer.toHexString(c));
            }
        }
        return escaped == null ? json : escaped.toString();
    }

    private static boolean isLow(char c) {
        return Character.isLowSurrogate(c);
    }

    private static void append(@Nullable StringBuilder text, char c) {
        if (text != null) {
            text.append(c);
        }
    }

    private static String where(JsonProcessingException e) {
        var at = e.getLocation();
        var what = OF_ITS_OWN.matcher(String.valueOf(e.getOriginalMessage())).replaceAll("");
        return at == null ? what : "%s (line %d, column %d)".formatted(what, at.getLineNr(), at.getColumnNr());
    }

    /**
     * Keeps out 1e999999999: short to write, but whoever calculates with it (a schema's {@code multipleOf}, an expression)
     * would fill the memory with its digits.
     */
    private static final class BoundedNumbers extends JsonNodeFactory {

        private static final long serialVersionUID = 1;

        private static final int MAX_SCALE = 1_000;

        BoundedNumbers() {
            super(true);
        }

        @Override
        public ValueNode numberNode(BigDecimal number) {
            if (number != null && (number.scale() > MAX_SCALE || number.scale() < -MAX_SCALE)) {
                throw Refused.malformed("The body holds a number of more than 1,000 digits, written out");
            }
            return super.numberNode(number);
        }
    }
}
