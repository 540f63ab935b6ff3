package io.waypost.connector.webhook;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * JSON as XML: elements named as the fields, arrays as repeated elements, what cannot be an element's name as {@code <field
 * name="…">}, and U+FFFD for characters that XML has no place for.
 */
final class Xml {

    private static final char REPLACEMENT = '\uFFFD';

    private final StringBuilder out = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");

    private Xml() {}

    static String document(String root, JsonNode content) {
        var xml = new Xml();
        xml.element(root, content);
        return xml.out.toString();
    }

    private void element(String name, JsonNode value) {
        open(name);
        if (value.isArray()) {
            value.forEach(item -> element("item", item));
        } else if (value.isObject()) {
            value.properties().forEach(field -> field(field.getKey(), field.getValue()));
        } else {
            text(Fields.text(value), false);
        }
        close(name);
    }

    private void field(String name, JsonNode value) {
        if (value.isArray()) {
            value.forEach(item -> element(name, item));
        } else {
            element(name, value);
        }
    }

    private void open(String name) {
        if (isName(name)) {
            out.append('<').append(name).append('>');
        } else {
            out.append("<field name=\"");
            text(name, true);
            out.append("\">");
        }
    }

    private void close(String name) {
        out.append("</").append(isName(name) ? name : "field").append('>');
    }

    private void text(String text, boolean attribute) {
        for (int i = 0; i < text.length(); ) {
            var c = text.codePointAt(i);
            i += Character.charCount(c);
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '\r' -> out.append("&#13;");
                case '"' -> out.append(attribute ? "&quot;" : "\"");
                case '\n' -> out.append(attribute ? "&#10;" : "\n");
                case '\t' -> out.append(attribute ? "&#9;" : "\t");
                default -> out.appendCodePoint(isAllowed(c) ? c : REPLACEMENT);
            }
        }
    }

    private static boolean isAllowed(int c) {
        return (c >= 0x20 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD) || c >= 0x10000;
    }

    /** The production Name of XML 1.0, without the colon and without what begins with "xml". */
    static boolean isName(String text) {
        if (text.isEmpty() || text.regionMatches(true, 0, "xml", 0, 3) || !isNameStart(text.codePointAt(0))) {
            return false;
        }
        return text.codePoints().allMatch(Xml::isNamePart);
    }

    private static boolean isNameStart(int c) {
        return (c >= 'A' && c <= 'Z')
                || c == '_'
                || (c >= 'a' && c <= 'z')
                || (c >= 0xC0 && c <= 0x2FF && c != 0xD7 && c != 0xF7)
                || (c >= 0x370 && c <= 0x1FFF && c != 0x37E)
                || (c >= 0x200C && c <= 0x200D)
                || (c >= 0x2070 && c <= 0x218F)
                || (c >= 0x2C00 && c <= 0x2FEF)
                || (c >= 0x3001 && c <= 0xD7FF)
                || (c >= 0xF900 && c <= 0xFDCF)
                || (c >= 0xFDF0 && c <= 0xFFFD)
                || (c >= 0x10000 && c <= 0xEFFFF);
    }

    private static boolean isNamePart(int c) {
        return isNameStart(c)
                || c == '-'
                || c == '.'
                || (c >= '0' && c <= '9')
                || c == 0xB7
                || (c >= 0x300 && c <= 0x36F)
                || (c >= 0x203F && c <= 0x2040);
    }
}
