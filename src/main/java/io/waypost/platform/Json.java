package io.waypost.platform;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.POJONode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.databind.node.ValueNode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
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

    /** Bytes of memory that the tree of a document, or of one element of a batch, may take; about. */
    private static final long MAX_TREE = 64 * 1024 * 1024;

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

    /** What decoding puts in the place of bytes that are no UTF-8. */
    private static final char REPLACEMENT = '\uFFFD';

    private static final ObjectReader ELEMENT = MAPPER.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    static {
        MAPPER.getFactory().setStreamReadConstraints(CONSTRAINTS);
    }

    private Json() {}

    /**
     * Reads a whole document from outside.
     *
     * @throws Refused (malformed) if it is no JSON, holds a name twice, goes deeper than 200 levels, or has a number of
     *     more than 1,000 digits, written out; (too large) if its tree would take more than 64 MiB of memory
     */
    public static JsonNode read(byte[] bytes) {
        return reading(() -> {
            try (var parser = new Weighed(MAPPER.createParser(bytes))) {
                var node = MAPPER.<JsonNode>readTree(parser);
                if (node == null || node.isMissingNode()) {
                    throw Refused.malformed("The body is empty; it must be JSON");
                }
                return node;
            }
        });
    }

    /**
     * Reads a whole document as {@link #read(byte[])} does, but makes no tree of what an object has in one of its fields.
     *
     * @param verbatim the name of that field; if it holds an object or an array, it becomes a node that {@link #textOf} and
     *     {@link #write} give as it came, blanks and all
     */
    public static JsonNode read(byte[] bytes, String verbatim) {
        return reading(() -> {
            try (var parser = new Weighed(MAPPER.createParser(bytes))) {
                if (parser.nextToken() == null) {
                    throw Refused.malformed("The body is empty; it must be JSON");
                }
                var node = parser.element(bytes, verbatim);
                parser.end();
                return node;
            }
        });
    }

    /** The text of a field's value: as it came if it was read verbatim. */
    public static String textOf(JsonNode value) {
        return value instanceof POJONode node && node.getPojo() instanceof RawValue text
                ? (String) text.rawValue()
                : write(value);
    }

    /** Whether the document begins as an array. */
    public static boolean isArray(byte[] bytes) {
        try (var parser = MAPPER.createParser(bytes)) {
            return parser.nextToken() == JsonToken.START_ARRAY;
        } catch (IOException _) {
            return false; // as whoever reads it will say
        }
    }

    /** Takes the elements of an array one by one. */
    @FunctionalInterface
    public interface Elements {

        /**
         * @param index from 0
         * @param bytes of the text it was read from, at most
         */
        void take(JsonNode element, int index, long bytes);
    }

    /**
     * Reads the elements of an array, with no more than one of them in memory, and no more of them than wanted.
     *
     * @param verbatim as {@link #read(byte[], String)} has it, for each element
     * @return how many there are, or {@code most + 1} if there are more than {@code most}, of which the first were taken;
     *     -1 if it is no array
     * @throws Refused as {@link #read(byte[])} for each element; what comes after the most of them is not looked at
     */
    public static int read(byte[] array, int most, String verbatim, Elements elements) {
        return reading(() -> {
            try (var parser = new Weighed(MAPPER.createParser(array))) {
                if (parser.nextToken() != JsonToken.START_ARRAY) {
                    return -1;
                }
                int count = 0;
                for (; parser.nextToken() != JsonToken.END_ARRAY; count++) {
                    if (count == most) {
                        return most + 1;
                    }
                    var from = parser.currentTokenLocation().getByteOffset();
                    var element = parser.element(array, verbatim);
                    // Of a text in UTF-16 the parser does not know.
                    var bytes =
                            from < 0 ? array.length : parser.currentLocation().getByteOffset() - from;
                    elements.take(element, count, bytes);
                    parser.begin();
                }
                parser.end();
                return count;
            }
        });
    }

    @FunctionalInterface
    private interface Reading<T> {
        T read() throws IOException;
    }

    /** Says in our words why something cannot be read. */
    private static <T> T reading(Reading<T> reading) {
        try {
            return reading.read();
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
     * Adds up what the tree takes while it is made, so that whoever makes one of {@code [{},{},{}…]} ends before the memory
     * does. The sums are those of a 64-bit JVM below 32 GiB.
     */
    private static final class Weighed extends JsonParserDelegate {

        /** An ObjectNode with its LinkedHashMap; its table comes with the first field. */
        private static final int OBJECT = 24 + 56 + 16;

        /** An entry of that map, its part of the table, and of the set that finds names that come twice. */
        private static final int FIELD = 40 + 16 + 40;

        /** An ArrayNode with its ArrayList, and the first places in it. */
        private static final int ARRAY = 24 + 24 + 56;

        /** A place in an array, and a node with what it holds, without the characters of a text. */
        private static final int VALUE = 8 + 16 + 40;

        private long left = MAX_TREE;

        Weighed(JsonParser parser) {
            super(parser);
        }

        /** The next one has all the room again. */
        void begin() {
            left = MAX_TREE;
        }

        void end() throws IOException {
            if (nextToken() != null) {
                throw Refused.malformed("The body is not JSON: something follows its end");
            }
        }

        /** The value that begins with the current token. */
        JsonNode element(byte[] bytes, String verbatim) throws IOException {
            if (currentToken() != JsonToken.START_OBJECT) {
                return ELEMENT.readTree(this);
            }
            var object = object();
            while (nextToken() != JsonToken.END_OBJECT) {
                var name = currentName();
                if (nextToken().isStructStart() && name.equals(verbatim)) {
                    object.set(name, verbatim(bytes));
                } else {
                    object.set(
                            name,
                            hasToken(JsonToken.VALUE_STRING) ? TextNode.valueOf(getText()) : ELEMENT.readTree(this));
                }
            }
            return object;
        }

        /** Goes through an object or array and checks all that making a tree of it would. */
        private JsonNode verbatim(byte[] bytes) throws IOException {
            var from = (int) currentTokenLocation().getByteOffset();
            if (from < 0) {
                return ELEMENT.readTree(this); // UTF-16 or 32, where the parser does not know
            }
            for (int depth = 1; depth > 0; ) {
                switch (nextToken()) {
                    case START_OBJECT, START_ARRAY -> depth++;
                    case END_OBJECT, END_ARRAY -> depth--;
                    case VALUE_NUMBER_FLOAT -> BoundedNumbers.check(getDecimalValue());
                    default -> {}
                }
            }
            var to = (int) currentLocation().getByteOffset();
            var text = new String(bytes, from, to - from, StandardCharsets.UTF_8);
            // The parser takes some byte sequences that are no UTF-8, such as halves of a surrogate pair.
            return text.indexOf(REPLACEMENT) < 0
                    ? MAPPER.getNodeFactory().rawValueNode(new RawValue(text))
                    : MAPPER.readTree(bytes, from, to - from);
        }

        @Override
        public JsonToken nextToken() throws IOException {
            var token = delegate.nextToken();
            if (token != null) {
                left -= switch (token) {
                    case START_OBJECT -> OBJECT;
                    case FIELD_NAME -> FIELD + delegate.currentName().length();
                    case START_ARRAY -> ARRAY;
                    case VALUE_STRING -> VALUE + (long) delegate.getTextLength();
                    case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> VALUE;
                    default -> 8;
                };
                if (left < 0) {
                    throw Refused.tooLarge(
                            "The body holds more values than are read: they would take more than 64 MiB of"
                                    + " memory. Send fewer at once, or a text instead of many small values");
                }
            }
            return token;
        }
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
            check(number);
            return super.numberNode(number);
        }

        static void check(@Nullable BigDecimal number) {
            if (number != null && (number.scale() > MAX_SCALE || number.scale() < -MAX_SCALE)) {
                throw Refused.malformed("The body holds a number of more than 1,000 digits, written out");
            }
        }
    }
}
