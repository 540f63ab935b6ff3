package io.waypost.connector.connection;

import java.io.ByteArrayInputStream;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.springframework.boot.ssl.pem.PemContent;

/**
 * Certificates and private keys as text (RFC 7468). What is wrong with one is said without a word of its content.
 *
 * <p>Spring Boot's {@link PemContent} reads the keys, one well-formed block at a time. It does not see the text itself, which
 * a tenant has written: its expressions (Spring Boot 3.5.16) end in a StackOverflowError on 60,000 blank lines behind
 * {@code BEGIN PRIVATE KEY}, and take 11 s for 64 KiB of repeated {@code BEGIN CERTIFICATE}. Nor does it tell a key that is
 * encrypted, or among the certificates, from text of another kind.
 */
public final class Pem {

    /** In characters; a chain of ten certificates has about half of it. */
    public static final int MOST = 64 * 1024;

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,64})-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");
    private static final Set<String> KEYS = Set.of("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY");
    private static final Set<String> ALGORITHMS = Set.of("RSA", "EC", "EdDSA", "RSASSA-PSS");
    private static final int MOST_CERTIFICATES = 20;

    private Pem() {}

    /**
     * All certificates of a text, in its order.
     *
     * @throws IllegalArgumentException if there is none, or one cannot be read; the message says what it must be
     */
    public static List<X509Certificate> certificates(String text) {
        var found = new ArrayList<X509Certificate>();
        var block = BLOCK.matcher(text);
        while (block.find()) {
            if (block.group(1).equals("CERTIFICATE")) {
                found.add(certificate(decode(block.group(2))));
            } else if (block.group(1).endsWith("PRIVATE KEY")) {
                throw new IllegalArgumentException("must be certificates alone; a private key is in it");
            }
        }
        if (found.isEmpty() || found.size() > MOST_CERTIFICATES) {
            throw new IllegalArgumentException(
                    "must be PEM with 1 to %d certificates (-----BEGIN CERTIFICATE-----)".formatted(MOST_CERTIFICATES));
        }
        return List.copyOf(found);
    }

    /**
     * The one private key of a text: PKCS#8, or the older forms for RSA (PKCS#1) and elliptic curves (SEC 1). One of SEC 1
     * that names no curve, which no usual tool writes, is taken for one of P-384.
     *
     * @throws IllegalArgumentException if there is none that can be read; the message says what it must be
     */
    public static PrivateKey privateKey(String text) {
        if (text.contains("ENCRYPTED")) {
            throw new IllegalArgumentException("must not be encrypted; take the password off (openssl pkey)");
        }
        var block = BLOCK.matcher(text);
        while (block.find()) {
            // EC PARAMETERS and certificates may be there too.
            if (KEYS.contains(block.group(1))) {
                return key(block.group(1), decode(block.group(2)));
            }
        }
        throw new IllegalArgumentException("must be a private key as PEM (-----BEGIN PRIVATE KEY-----)");
    }

    private static byte[] decode(String base64) {
        try {
            return Base64.getMimeDecoder().decode(base64);
        } catch (IllegalArgumentException _) {
            throw new IllegalArgumentException("must be well-formed PEM; a block of it is no base64");
        }
    }

    private static X509Certificate certificate(byte[] content) {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(content));
        } catch (CertificateException _) {
            throw new IllegalArgumentException("must be X.509 certificates; one of them cannot be read");
        }
    }

    private static PrivateKey key(String label, byte[] der) {
        try {
            var key = PemContent.of("-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----"
                            .formatted(label, Base64.getEncoder().encodeToString(der)))
                    .getPrivateKey();
            if (ALGORITHMS.contains(key.getAlgorithm())) {
                return key;
            }
        } catch (IllegalStateException _) {
            // Said below, without what the exception tells of the content.
        }
        throw new IllegalArgumentException(
                label.startsWith("EC")
                        ? "must name its curve; write the key as PKCS#8 (openssl pkcs8 -topk8 -nocrypt)"
                        : "must be a private key for RSA, an elliptic curve or Ed25519");
    }
}
