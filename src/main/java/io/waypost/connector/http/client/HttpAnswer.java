package io.waypost.connector.http.client;

import io.waypost.connector.Failure;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.hc.core5.http.MessageHeaders;
import org.jspecify.annotations.Nullable;

/** What came back of one request. */
public sealed interface HttpAnswer {

    /** As much of an answer is read and kept. */
    int MOST_BODY_BYTES = 64 * 1024;

    /**
     * A whole answer, or as much of one as we read.
     *
     * @param body at most 64 KiB
     */
    record Answered(int status, MessageHeaders headers, byte[] body) implements HttpAnswer {

        private static final int SHOWN = 1024;

        public @Nullable String header(String name) {
            var header = headers.getFirstHeader(name);
            return header == null ? null : header.getValue();
        }

        /** All of the body as text; what is no UTF-8 is replaced. */
        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        /** The first KiB as text; what no database takes as text (NUL, half characters) is replaced. */
        public String beginning() {
            var text = new String(body.length <= SHOWN ? body : Arrays.copyOf(body, SHOWN), StandardCharsets.UTF_8);
            return text.indexOf('\0') < 0 ? text : text.replace("\0", "");
        }
    }

    /** Nothing was sent, because the gateway itself had no room. */
    record NotSent(String detail) implements HttpAnswer {}

    /** No answer that could be used. */
    record NoAnswer(Failure failure, String detail) implements HttpAnswer {}
}
