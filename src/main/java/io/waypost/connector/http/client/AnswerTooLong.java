package io.waypost.connector.http.client;

import java.io.IOException;

/** A server has said more than we read. */
public final class AnswerTooLong extends IOException {

    private static final long serialVersionUID = 1;

    public AnswerTooLong() {
        super("the server's answers are longer than %d KiB".formatted(HttpAnswer.MOST_BODY_BYTES / 1024));
    }
}
