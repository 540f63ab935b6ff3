package io.waypost.testing;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.waypost.connector.connection.Pem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManagerFactory;

/** A receiver on loopback whose certificate is of the tests' own CA, and that may demand one of its clients. */
public final class TlsReceiver implements AutoCloseable {

    private static final char[] NONE = new char[0];

    private final HttpsServer server;
    private final List<String> clients = new CopyOnWriteArrayList<>();

    /** @param demands whether it talks only to clients that show a certificate of the CA */
    public TlsReceiver(boolean demands) {
        try {
            server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setHttpsConfigurator(new Configurator(context(), demands));
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            try (exchange) {
                exchange.getRequestBody().readAllBytes();
                clients.add(client((HttpsExchange) exchange));
                exchange.sendResponseHeaders(204, -1);
            }
        });
        server.start();
    }

    public String url() {
        return "https://127.0.0.1:" + server.getAddress().getPort() + "/hook";
    }

    /** Who sent each request: the name in its certificate, or {@code nobody}. */
    public List<String> clients() {
        return clients;
    }

    private static String client(HttpsExchange exchange) {
        try {
            return exchange.getSSLSession().getPeerPrincipal().getName();
        } catch (SSLPeerUnverifiedException _) {
            return "nobody";
        }
    }

    private static SSLContext context() throws IOException, GeneralSecurityException {
        var keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        keys.setKeyEntry(
                "server",
                Pem.privateKey(Pems.pem("server.key")),
                NONE,
                Pem.certificates(Pems.pem("server.pem")).toArray(X509Certificate[]::new));
        keys.setCertificateEntry("ca", Pem.certificates(Pems.pem("ca.pem")).getFirst());
        var own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(keys, NONE);
        var trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusted.init(keys);
        var context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
        return context;
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private static final class Configurator extends HttpsConfigurator {

        private final boolean demands;

        Configurator(SSLContext context, boolean demands) {
            super(context);
            this.demands = demands;
        }

        @Override
        public void configure(HttpsParameters parameters) {
            var wanted = getSSLContext().getDefaultSSLParameters();
            if (demands) {
                wanted.setNeedClientAuth(true);
            } else {
                wanted.setWantClientAuth(true);
            }
            parameters.setSSLParameters(wanted);
        }
    }
}
