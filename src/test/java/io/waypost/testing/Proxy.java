package io.waypost.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A TCP connection to a server of a test that can be cut, or left hanging, and mended again. */
public final class Proxy implements AutoCloseable {

    private enum State {
        WHOLE,
        CUT,
        HANGING
    }

    private final ServerSocket server;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    /** Sockets between which nothing passes any more; those to the server stay open, as after the loss of a machine. */
    private final Set<Socket> dead = ConcurrentHashMap.newKeySet();

    private volatile State state = State.WHOLE;

    /** @param target the server's port on loopback */
    public Proxy(int target) {
        this.target = target;
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

    /** Ends all connections; new ones are ended at once. */
    public void cut() {
        state = State.CUT;
        open.forEach(Proxy::end);
    }

    /**
     * Lets whatever is sent on the connections vanish, their ends included: neither side hears of the other again. New
     * ones are taken and nothing follows.
     */
    public void hang() {
        dead.addAll(open);
        state = State.HANGING;
        dead.addAll(open);
    }

    /** New connections work again; those that were cut or hung do not. */
    public void mend() {
        state = State.WHOLE;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                accepted(server.accept());
            } catch (IOException _) {
                // Closed, or the server is away: the next one may have more luck.
            }
        }
    }

    private void accepted(Socket near) throws IOException {
        open.add(near);
        switch (state) {
            case CUT -> end(near);
            case HANGING -> dead.add(near);
            case WHOLE -> {
                var far = new Socket(InetAddress.getLoopbackAddress(), target);
                open.add(far);
                Thread.ofVirtual().start(() -> copy(near, far));
                Thread.ofVirtual().start(() -> copy(far, near));
            }
        }
    }

    private void copy(Socket from, Socket to) {
        try {
            var bytes = new byte[16 * 1024];
            var in = from.getInputStream();
            var out = to.getOutputStream();
            for (int count; (count = in.read(bytes)) >= 0; ) {
                if (!dead.contains(from)) {
                    out.write(bytes, 0, count);
                }
            }
        } catch (IOException _) {
            // One side has ended: so does the other.
        } finally {
            if (!dead.contains(from)) {
                open.remove(from);
                open.remove(to);
                end(from);
                end(to);
            }
        }
    }

    private static void end(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
    }
}
