package io.waypost.connector.connection;

import io.waypost.connector.Credential.Certificate;
import io.waypost.connector.http.client.ClientTls;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Makes client certificates fit for TLS; those used last are kept ready, one for each revision of a connection. */
@Component
final class ClientCertificates {

    private static final int MOST_READY = 256;

    private final Map<ClientTls.Key, ClientTls> ready = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ClientTls.Key, ClientTls> eldest) {
            return size() > MOST_READY;
        }
    };

    /** @throws IllegalArgumentException if it cannot be used; the message says why */
    ClientTls tls(Certificate certificate) {
        var key = new ClientTls.Key(certificate.id(), certificate.revision());
        synchronized (ready) {
            var known = ready.get(key);
            if (known != null) {
                return known;
            }
            ready.keySet().removeIf(other -> other.id().equals(key.id()));
            var made = new ClientTls(key, context(certificate));
            ready.put(key, made);
            return made;
        }
    }

    /**
     * What is wrong with one, with pointers relative to the config; null stands for what is not there.
     *
     * @param now when it must be valid
     */
    static List<Violation> violations(
            @Nullable String certificate, @Nullable String privateKey, @Nullable String ca, Instant now) {
        var found = new Violations();
        var chain = read("/certificate", certificate, Pem::certificates, found);
        var key = read("/privateKey", privateKey, Pem::privateKey, found);
        var trusted = read("/ca", ca, Pem::certificates, found);
        if (chain != null) {
            chain.forEach(one -> checkTime("/certificate", one, now, found));
            if (key != null && !belongTogether(key, chain.getFirst().getPublicKey())) {
                found.add(new Violation("/privateKey", "must be the key of the (first) certificate, and is another"));
            }
        }
        if (trusted != null) {
            trusted.forEach(one -> checkTime("/ca", one, now, found));
        }
        return found.stream().distinct().toList();
    }

    /** When the first of its certificates ends. */
    static Instant end(String certificate) {
        return Pem.certificates(certificate).stream()
                .map(one -> one.getNotAfter().toInstant())
                .min(Instant::compareTo)
                .orElseThrow();
    }

    private static <T> @Nullable T read(
            String pointer, @Nullable String text, Function<String, T> reader, List<Violation> found) {
        try {
            return text == null ? null : reader.apply(text);
        } catch (IllegalArgumentException e) {
            found.add(new Violation(pointer, String.valueOf(e.getMessage())));
            return null;
        }
    }

    private static void checkTime(String pointer, X509Certificate one, Instant now, List<Violation> found) {
        var from = one.getNotBefore().toInstant();
        var until = one.getNotAfter().toInstant();
        if (until.isBefore(now)) {
            found.add(new Violation(pointer, "must not be expired; it was valid until " + until));
        } else if (from.isAfter(now)) {
            found.add(new Violation(pointer, "must be valid now; it is valid only from " + from));
        }
    }

    /** By a signature of the one that the other verifies: right for every kind of key. */
    private static boolean belongTogether(PrivateKey key, PublicKey other) {
        var algorithm =
                switch (key.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> key.getAlgorithm();
                };
        try {
            var signing = Signature.getInstance(algorithm);
            signing.initSign(key);
            signing.update(algorithm.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            var signature = signing.sign();
            var verifying = Signature.getInstance(algorithm);
            verifying.initVerify(other);
            verifying.update(algorithm.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            return verifying.verify(signature);
        } catch (GeneralSecurityException _) {
            return false; // keys of two kinds
        }
    }

    private static SSLContext context(Certificate certificate) {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(keys(certificate), certificate.ca() == null ? null : trust(certificate.ca()), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException(
                    "the certificate of the connection cannot be used: " + e.getMessage(), e);
        }
    }

    private static KeyManager[] keys(Certificate certificate) throws GeneralSecurityException, IOException {
        var store = empty();
        var chain = Pem.certificates(certificate.certificate()).toArray(X509Certificate[]::new);
        store.setKeyEntry("client", Pem.privateKey(certificate.privateKey()), new char[0], chain);
        var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, new char[0]);
        return factory.getKeyManagers();
    }

    private static TrustManager[] trust(String ca) throws GeneralSecurityException, IOException {
        var store = empty();
        for (var one : Pem.certificates(ca)) {
            store.setCertificateEntry("ca-" + store.size(), one);
        }
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }
}
