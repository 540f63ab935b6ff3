package io.waypost.connector.http.client;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.apache.hc.client5.http.io.ManagedHttpClientConnection;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.http.ProtocolException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultBHttpClientConnection;
import org.apache.hc.core5.http.impl.io.DefaultHttpResponseParser;
import org.apache.hc.core5.http.impl.io.SocketHolder;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * A connection that trusts nobody: the head of an answer has at most 64 KiB, few interim answers are taken, and before it
 * is used again it looks, without waiting, whether the other side has closed it or sent what nobody asked for.
 */
final class ReceiverConnection extends DefaultBHttpClientConnection implements ManagedHttpClientConnection {

    static final int MOST_HEAD_BYTES = 64 * 1024;

    private static final int MOST_INTERIM_ANSWERS = 8;
    private static final Timeout SHORTEST = Timeout.ofMilliseconds(1);

    private volatile boolean closed;
    private volatile @Nullable Input input;
    private int requests;
    private int interim;
    private Timeout socketTimeout = Timeout.DISABLED;

    ReceiverConnection(Http1Config config) {
        // The strict parser: garbage is an error at once, not something to read over.
        super(config, null, null, null, null, null, null, _ -> new DefaultHttpResponseParser(config));
    }

    /** Whether a request was sent on it before and another one must not be. */
    boolean spent() throws IOException {
        var from = input;
        if (requests == 0 || from == null) {
            return false;
        }
        from.glancing = true;
        try {
            return isDataAvailable(SHORTEST) || from.ended;
        } finally {
            from.glancing = false;
        }
    }

    @Override
    public void sendRequestHeader(ClassicHttpRequest request) throws HttpException, IOException {
        requests++;
        interim = 0;
        var from = input;
        if (from != null) {
            from.left = MOST_HEAD_BYTES;
        }
        super.sendRequestHeader(request);
    }

    @Override
    public ClassicHttpResponse receiveResponseHeader() throws HttpException, IOException {
        var response = nextHeader();
        var version = response.getVersion();
        if (version != null && version.getMajor() != 1) {
            throw new ProtocolException("the answer is in " + version);
        }
        if (response.getCode() < 200 && ++interim > MOST_INTERIM_ANSWERS) {
            throw new ProtocolException("one interim answer (1xx) after the other");
        }
        var from = input;
        if (from != null && from.ended) {
            throw new ConnectionClosedException("the other side closed the connection within the head of its answer");
        }
        if (from != null && response.getCode() >= 200) {
            from.left = Long.MAX_VALUE;
        }
        return response;
    }

    private ClassicHttpResponse nextHeader() throws HttpException, IOException {
        try {
            return super.receiveResponseHeader();
        } catch (NoHttpResponseException e) {
            if (interim > 0) {
                throw new ProtocolException("an interim answer (1xx) and no final one", e);
            }
            throw e;
        }
    }

    @Override
    public void bind(Socket socket) throws IOException {
        hold(new Holder(socket));
    }

    @Override
    public void bind(SSLSocket sslSocket, Socket socket) throws IOException {
        hold(new Holder(sslSocket, socket));
    }

    @Override
    public @Nullable Socket getSocket() {
        var holder = getSocketHolder();
        return holder == null ? null : holder.getSocket();
    }

    @Override
    public @Nullable SSLSession getSSLSession() {
        return getSocket() instanceof SSLSocket tls ? tls.getSession() : null;
    }

    @Override
    public void setSocketTimeout(Timeout timeout) {
        super.setSocketTimeout(timeout);
        socketTimeout = timeout;
    }

    @Override
    public void passivate() {
        super.setSocketTimeout(Timeout.ZERO_MILLISECONDS);
    }

    @Override
    public void activate() {
        super.setSocketTimeout(socketTimeout);
    }

    @Override
    public void close() throws IOException {
        closed = true;
        super.close();
    }

    @Override
    public void close(CloseMode mode) {
        closed = true;
        super.close(mode);
    }

    private void hold(Holder holder) throws IOException {
        super.bind(holder);
        if (closed) {
            // Cut off while connecting: whoever closed it did not see this socket.
            super.close(CloseMode.IMMEDIATE);
            throw new IOException("the connection was closed while it was being made");
        }
    }

    private final class Holder extends SocketHolder {

        private Holder(Socket socket) {
            super(socket);
        }

        private Holder(SSLSocket sslSocket, Socket socket) {
            super(sslSocket, socket);
        }

        @Override
        protected InputStream getInputStream(Socket socket) throws IOException {
            var made = new Input(socket, getBaseSocket());
            input = made;
            return made;
        }
    }

    /** Counts what is read, and can look for input without waiting for it. */
    private static final class Input extends InputStream {

        @SuppressWarnings("StaticAssignmentOfThrowable") // it has no stack trace that could be wrong
        private static final SocketTimeoutException NOTHING = new SocketTimeoutException("nothing there") {
            private static final long serialVersionUID = 1;

            @Override
            public Throwable fillInStackTrace() {
                return this; // thrown before every reuse of a connection; nobody looks at its stack
            }
        };

        private final InputStream in;
        private final Socket base;
        private final boolean plain;
        private long left = Long.MAX_VALUE;
        private boolean glancing;
        private boolean ended;

        private Input(Socket socket, Socket base) throws IOException {
            this.in = socket.getInputStream();
            this.base = base;
            this.plain = socket == base;
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            var count = glancing ? glance(bytes, offset, length) : in.read(bytes, offset, length);
            if (count < 0) {
                ended = true;
            } else {
                left -= count;
                if (left < 0) {
                    throw new MessageConstraintException("The head of the answer is longer than 64 KiB");
                }
            }
            return count;
        }

        private int glance(byte[] bytes, int offset, int length) throws IOException {
            if (!plain) {
                // Records of TLS cannot be looked at without waiting; only if bytes are there is one read.
                if (base.getInputStream().available() == 0) {
                    throw NOTHING;
                }
                return in.read(bytes, offset, length);
            }
            var channel = base.getChannel();
            channel.configureBlocking(false);
            try {
                var count = channel.read(ByteBuffer.wrap(bytes, offset, length));
                if (count == 0) {
                    throw NOTHING;
                }
                return count;
            } finally {
                channel.configureBlocking(true);
            }
        }
    }
}
