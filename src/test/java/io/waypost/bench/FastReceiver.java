package io.waypost.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A receiver on loopback that costs as little as one can: one thread, no objects per request. Paths that begin with
 * {@code /hang} get no answer, those with {@code /drip} one without an end, those with {@code /services} the one that Slack
 * gives. To those with {@code /fail} the first attempt of each event fails, to those with {@code /tenth} that of one in ten;
 * everything else gets a 204.
 */
final class FastReceiver implements AutoCloseable {

    private static final byte[] ANSWER = "HTTP/1.1 204 No Content\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SLACK =
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FAILURE =
            "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DRIP =
            "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n.".getBytes(StandardCharsets.US_ASCII);

    private final Selector selector;
    private final ServerSocketChannel server;
    private final AtomicLong answered = new AtomicLong();
    /** Used by the one thread only. */
    private final Set<String> seen = new HashSet<>();

    private volatile Latencies latencies = Latencies.NONE;

    FastReceiver() {
        try {
            selector = Selector.open();
            server = ServerSocketChannel.open();
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
            server.configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofPlatform().name("receiver").daemon().start(this::run);
    }

    String url(String path) {
        return "http://127.0.0.1:" + server.socket().getLocalPort() + path;
    }

    /** Requests answered with success so far. */
    long answered() {
        return answered.get();
    }

    /** From now on, how long events took to get here is written down there. */
    void measure(Latencies into) {
        latencies = into;
    }

    private void run() {
        try {
            while (selector.isOpen()) {
                selector.select(this::handle);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void handle(SelectionKey key) {
        try {
            if (key.isAcceptable()) {
                var channel = server.accept();
                channel.configureBlocking(false);
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.register(selector, SelectionKey.OP_READ, new Connection(channel));
            } else {
                ((Connection) key.attachment()).read();
            }
        } catch (IOException _) {
            // The other side has gone.
            key.cancel();
        }
    }

    @Override
    public void close() {
        try {
            server.close();
            selector.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private final class Connection {

        private final SocketChannel channel;
        private ByteBuffer in = ByteBuffer.allocate(64 << 10);

        Connection(SocketChannel channel) {
            this.channel = channel;
        }

        void read() throws IOException {
            if (channel.read(in) < 0) {
                channel.close();
                return;
            }
            while (takeRequest()) {
                // Several may have arrived at once.
            }
            if (!in.hasRemaining()) {
                in = ByteBuffer.allocate(in.capacity() * 2).put(in.flip());
            }
        }

        /** @return whether there was a whole one */
        private boolean takeRequest() throws IOException {
            var bytes = in.array();
            var end = endOfHead(bytes, in.position());
            if (end < 0) {
                return false;
            }
            var length = end + Numbers.after(bytes, end, "content-length:");
            if (in.position() < length) {
                return false;
            }
            latencies.record(bytes, end, (int) length);
            answer(bytes, end);
            in.flip().position((int) length);
            in.compact();
            return true;
        }

        private void answer(byte[] bytes, int end) throws IOException {
            // "POST /h": the eighth byte of the request tells the paths apart.
            switch (bytes[6]) {
                case 'h' -> {}
                case 'd' -> channel.write(ByteBuffer.wrap(DRIP));
                case 'f', 't' -> {
                    var fails = seen.add(id(bytes, end)) && (bytes[6] == 'f' || seen.size() % 10 == 0);
                    channel.write(ByteBuffer.wrap(fails ? FAILURE : ANSWER));
                    if (!fails) {
                        answered.setRelease(answered.getPlain() + 1);
                    }
                }
                default -> {
                    channel.write(ByteBuffer.wrap(bytes[6] == 's' ? SLACK : ANSWER));
                    answered.setRelease(answered.getPlain() + 1);
                }
            }
        }

        private static String id(byte[] bytes, int end) {
            var head = new String(bytes, 0, end, StandardCharsets.US_ASCII);
            var at = head.toLowerCase(Locale.ROOT).indexOf("webhook-id:");
            return head.substring(at, head.indexOf('\r', at));
        }

        private static int endOfHead(byte[] bytes, int length) {
            for (int i = 3; i < length; i++) {
                if (bytes[i] == '\n' && bytes[i - 1] == '\r' && bytes[i - 2] == '\n') {
                    return i + 1;
                }
            }
            return -1;
        }
    }
}
