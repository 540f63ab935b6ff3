package io.waypost.connector.pool;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import javax.net.SocketFactory;

/** Makes sockets that look the host up by our rules, whatever address the client has found for it. */
final class CheckedSockets extends SocketFactory {

    private final Hosts hosts;

    CheckedSockets(Hosts hosts) {
        this.hosts = hosts;
    }

    @Override
    public Socket createSocket() {
        return new CheckedSocket(hosts);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        var socket = createSocket();
        try {
            socket.connect(InetSocketAddress.createUnresolved(host, port));
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return createSocket(host.getHostAddress(), port);
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
            throws IOException {
        return createSocket(address, port);
    }

    private static final class CheckedSocket extends Socket {

        private final Hosts hosts;

        private CheckedSocket(Hosts hosts) {
            this.hosts = hosts;
        }

        @Override
        public void connect(SocketAddress endpoint, int timeout) throws IOException {
            if (!(endpoint instanceof InetSocketAddress target)) {
                throw new UnknownHostException(endpoint + " is no address of the internet");
            }
            super.connect(new InetSocketAddress(hosts.address(target.getHostString()), target.getPort()), timeout);
        }

        @Override
        public void connect(SocketAddress endpoint) throws IOException {
            connect(endpoint, 0);
        }
    }
}
