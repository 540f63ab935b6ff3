package io.waypost.route.resource;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;

/** JSON on its way into a request, which is told by it what it carries. */
public final class JsonStream extends ByteArrayInputStream {

    public JsonStream(String json) {
        super(json.getBytes(StandardCharsets.UTF_8));
    }
}
