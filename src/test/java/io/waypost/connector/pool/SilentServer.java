package io.waypost.connector.pool;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/** Takes connections and all that comes over them, and never says anything. */
public final class SilentServer implements AutoCloseable {

    private final ServerSocket server;
    private final AtomicInteger open = new AtomicInteger();

    public SilentServer() {
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    public int port() {
        return server.getLocalPort();
    }

    /** Whether all who came have gone. */
    public boolean isAlone() {
        return open.get() == 0;
    }

    @Override
    public void close() throws IOException {
        server.close();
    }

    private void accept() {
        try {
            while (true) {
                var connection = server.accept();
                open.incrementAndGet();
                Thread.ofVirtual().start(() -> read(connection));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void read(Socket connection) {
        try (connection) {
            connection.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // broken off by the other side, which is as good
        } finally {
            open.decrementAndGet();
        }
    }
}
