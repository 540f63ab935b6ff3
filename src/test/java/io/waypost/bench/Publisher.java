package io.waypost.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Publishes over some connections, each with one request under way, as fast as it is answered or at a given rate. Written
 * on sockets, so that the load costs little beside what is measured. What is answered 503 is sent again.
 */
final class Publisher implements AutoCloseable {

    private static final int SENT_DIGITS = 19;

    private final int port;
    private final String key;
    private final String type;
    private final int atOnce;
    private final int bytes;
    private final LongAdder accepted = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final AtomicLong left = new AtomicLong(Long.MAX_VALUE);
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopped;

    /**
     * @param type of the events
     * @param atOnce events in a request
     * @param bytes of an event's data, about
     */
    Publisher(int port, String key, String type, int atOnce, int bytes) {
        this.port = port;
        this.key = key;
        this.type = type;
        this.atOnce = atOnce;
        this.bytes = bytes;
    }

    /** As fast as it goes. */
    Publisher start(int connections) {
        return start(connections, 0);
    }

    /** @param perSecond requests of all connections together; 0: as many as it gets answered */
    Publisher start(int connections, int perSecond) {
        var interval = perSecond == 0 ? 0 : 1_000_000_000L * connections / perSecond;
        for (int i = 0; i < connections; i++) {
            var offset = i * interval / connections;
            threads.add(Thread.ofPlatform()
                    .name("publisher-" + i)
                    .daemon()
                    .start(() -> run(System.nanoTime() + offset, interval)));
        }
        return this;
    }

    /** As fast as it goes, so many events; returns when all are acknowledged. */
    void publish(int connections, int events) {
        left.set(events / atOnce);
        start(connections);
        join();
    }

    /** Events acknowledged so far. */
    long accepted() {
        return accepted.sum();
    }

    /** Requests answered 503 so far. */
    long refused() {
        return refused.sum();
    }

    private void run(long begin, long interval) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            var out = socket.getOutputStream();
            var in = new BufferedInputStream(socket.getInputStream(), 32 << 10);
            var request = request();
            var stamp =
                    new String(request, StandardCharsets.US_ASCII).indexOf(Latencies.SENT) + Latencies.SENT.length();
            for (var due = begin; !stopped && left.getAndDecrement() > 0; due += interval) {
                if (interval > 0) {
                    LockSupport.parkNanos(due - System.nanoTime());
                }
                stamp(request, stamp, System.nanoTime());
                out.write(request);
                var status = status(in);
                if (status == 202) {
                    accepted.add(atOnce);
                } else if (status == 503) {
                    refused.increment();
                    left.incrementAndGet();
                } else {
                    throw new IllegalStateException("Publishing is answered " + status);
                }
            }
        } catch (IOException e) {
            if (!stopped) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private byte[] request() {
        var event = "{\"type\":\"%s\",\"data\":{\"sent\":%s,\"order\":\"%s\"}}"
                .formatted(type, "1".repeat(SENT_DIGITS), "x".repeat(bytes));
        var events = new ArrayList<String>();
        for (int i = 0; i < atOnce; i++) {
            events.add(event);
        }
        var body = atOnce == 1 ? event : events.toString();
        return "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(key, body.length(), body)
                .getBytes(StandardCharsets.US_ASCII);
    }

    /** All events of a request were sent at once; the first one's stamp stands for them. */
    private static void stamp(byte[] request, int at, long nanos) {
        var rest = nanos;
        for (int i = SENT_DIGITS - 1; i >= 0; i--) {
            request[at + i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        if (request[at] == '0') {
            // JSON has no numbers with leading zeros.
            for (int i = 0; request[at + i] == '0'; i++) {
                request[at + i] = ' ';
            }
        }
    }

    /** Reads a whole answer. */
    private static int status(InputStream in) throws IOException {
        var first = line(in);
        var length = 0;
        for (var line = line(in); !line.isEmpty(); line = line(in)) {
            if (line.regionMatches(true, 0, "Content-Length:", 0, 15)) {
                length = Integer.parseInt(line.substring(15).strip());
            } else if (line.regionMatches(true, 0, "Transfer-Encoding:", 0, 18)) {
                length = -1;
            }
        }
        if (length < 0) {
            for (var size = chunk(in); size > 0; size = chunk(in)) {
                in.skipNBytes(size + 2);
            }
            in.skipNBytes(2);
        } else {
            in.skipNBytes(length);
        }
        return Integer.parseInt(first.substring(9, 12));
    }

    private static int chunk(InputStream in) throws IOException {
        return Integer.parseInt(line(in), 16);
    }

    private static String line(InputStream in) throws IOException {
        var line = new StringBuilder(64);
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("The gateway has closed the connection");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() {
        stopped = true;
        join();
    }

    private void join() {
        for (var thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
