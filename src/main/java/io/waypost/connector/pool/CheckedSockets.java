package io.waypost.connector.pool;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import javax.net.SocketFactory;

/** Makes sockets that look the host up by our rules, whatever address the client has found for it, and read no more than they may. */
final class CheckedSockets extends SocketFactory {

    private final Hosts hosts;
    private final Allowance allowance;

    CheckedSockets(Hosts hosts, Allowance allowance) {
        this.hosts = hosts;
        this.allowance = allowance;
    }

    @Override
    public Socket createSocket() {
        return new CheckedSocket(hosts, allowance);
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
        private final Allowance allowance;

        private CheckedSocket(Hosts hosts, Allowance allowance) {
            this.hosts = hosts;
            this.allowance = allowance;
        }

        @Override
        public InputStream getInputStream() throws IOException {
            return allowance.within(super.getInputStream());
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
