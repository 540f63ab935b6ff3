package io.waypost.connector.http.client;

import java.io.IOException;

/** A request to which there is no answer that could be used: {@code camel-http}, and so its exchange, fails with it. */
public final class Unanswered extends IOException {

    private static final long serialVersionUID = 1;

    private final transient HttpAnswer answer;

    Unanswered(HttpAnswer answer, Throwable cause) {
        super(cause);
        this.answer = answer;
    }

    /** Why there is none. */
    public HttpAnswer answer() {
        return answer;
    }

    @Override
    public Throwable fillInStackTrace() {
        return this; // the cause says where; receivers that do not answer are an everyday thing
    }
}
