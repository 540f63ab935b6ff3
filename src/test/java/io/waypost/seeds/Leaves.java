package io.waypost.seeds;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.TreeMap;
import org.w3c.dom.Element;

/** The values of a document by where they stand, the same for JSON and XML. */
final class Leaves {

    private Leaves() {}

    static Map<String, String> of(JsonNode json) {
        return values(json, "", new TreeMap<>());
    }

    static Map<String, String> of(Element xml) {
        return values(xml, "", new TreeMap<>());
    }

    private static Map<String, String> values(JsonNode node, String path, Map<String, String> found) {
        if (node.isObject()) {
            node.properties().forEach(f -> values(f.getValue(), path + "/" + f.getKey(), found));
        } else {
            found.put(path, node.asText());
        }
        return found;
    }

    private static Map<String, String> values(Element element, String path, Map<String, String> found) {
        var deeper = false;
        for (var child = element.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (child instanceof Element inner) {
                deeper = true;
                values(inner, path + "/" + inner.getTagName(), found);
            }
        }
        if (!deeper) {
            found.put(path, element.getTextContent());
        }
        return found;
    }
}
