package io.waypost.connector.pool;

import io.waypost.connector.http.client.AnswerTooLong;
import io.waypost.connector.http.client.HttpAnswer;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How much a server may say: 64 KiB until it is renewed, over all sockets that have it. Counted are bytes of the network, with
 * what TLS adds, so that nothing the other side does can make more of them.
 */
public final class Allowance {

    private final AtomicInteger left = new AtomicInteger(HttpAnswer.MOST_BODY_BYTES);

    /** Begins to count anew: another attempt. */
    public void renew() {
        left.set(HttpAnswer.MOST_BODY_BYTES);
    }

    /** The same bytes, and {@link AnswerTooLong} instead of those beyond. */
    InputStream within(InputStream in) {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                return counted(in.read(), 1);
            }

            @Override
            public int read(byte[] bytes, int from, int length) throws IOException {
                var count = in.read(bytes, from, length);
                return counted(count, count);
            }

            @Override
            public int available() throws IOException {
                return in.available();
            }

            @Override
            public void close() throws IOException {
                in.close();
            }
        };
    }

    /** @param result negative at the end */
    private int counted(int result, int bytes) throws AnswerTooLong {
        if (result >= 0 && left.addAndGet(-bytes) < 0) {
            throw new AnswerTooLong();
        }
        return result;
    }
}
