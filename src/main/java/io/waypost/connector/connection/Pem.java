package io.waypost.connector.connection;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/** Certificates and private keys as text (RFC 7468). What is wrong with one is said without a word of its content. */
public final class Pem {

    /** In characters; a chain of ten certificates has about half of it. */
    public static final int MOST = 64 * 1024;

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,64})-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS");
    private static final int MOST_CERTIFICATES = 20;
    private static final int SEQUENCE = 0x30;
    private static final int OCTETS = 0x04;
    private static final int PARAMETERS = 0xA0;

    /** INTEGER 0, and the algorithm of RSA keys: rsaEncryption with no parameters. */
    private static final byte[] RSA_HEAD = {
        0x02,
        0x01,
        0x00,
        0x30,
        0x0D,
        0x06,
        0x09,
        0x2A,
        (byte) 0x86,
        0x48,
        (byte) 0x86,
        (byte) 0xF7,
        0x0D,
        0x01,
        0x01,
        0x01,
        0x05,
        0x00
    };

    private static final byte[] ZERO = {0x02, 0x01, 0x00};

    /** The object identifier id-ecPublicKey. */
    private static final byte[] EC_KEY = {0x06, 0x07, 0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 0x02, 0x01};

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
     * The one private key of a text: PKCS#8, or the older forms for RSA (PKCS#1) and elliptic curves (SEC 1).
     *
     * @throws IllegalArgumentException if there is none that can be read; the message says what it must be
     */
    public static PrivateKey privateKey(String text) {
        if (text.contains("ENCRYPTED")) {
            throw new IllegalArgumentException("must not be encrypted; take the password off (openssl pkey)");
        }
        var block = BLOCK.matcher(text);
        while (block.find()) {
            var content = decode(block.group(2));
            switch (block.group(1)) {
                case "PRIVATE KEY" -> {
                    return key(content);
                }
                case "RSA PRIVATE KEY" -> {
                    return key(tagged(SEQUENCE, RSA_HEAD, tagged(OCTETS, content)));
                }
                case "EC PRIVATE KEY" -> {
                    var algorithm = tagged(SEQUENCE, EC_KEY, curve(content));
                    return key(tagged(SEQUENCE, ZERO, algorithm, tagged(OCTETS, content)));
                }
                default -> {} // EC PARAMETERS, certificates: not the key
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

    private static PrivateKey key(byte[] pkcs8) {
        for (var algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (InvalidKeySpecException _) {
                // Of another algorithm, or of none: said below.
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("every Java has " + algorithm, e);
            }
        }
        throw new IllegalArgumentException("must be a private key for RSA, an elliptic curve or Ed25519");
    }

    /** The curve of a key in the form of SEC 1, which names it behind the number: {@code [0] OBJECT IDENTIFIER}. */
    private static byte[] curve(byte[] sec1) {
        try {
            var der = ByteBuffer.wrap(sec1);
            enter(der, SEQUENCE);
            skip(der); // the version
            skip(der); // the number
            return enter(der, PARAMETERS);
        } catch (RuntimeException _) {
            throw new IllegalArgumentException(
                    "must name its curve; write the key as PKCS#8 (openssl pkcs8 -topk8 -nocrypt)");
        }
    }

    private static void skip(ByteBuffer der) {
        der.get();
        var length = length(der);
        der.position(der.position() + length);
    }

    /** The content of the next element, at whose beginning the buffer is left. */
    private static byte[] enter(ByteBuffer der, int tag) {
        if ((der.get() & 0xff) != tag) {
            throw new IllegalArgumentException("another element");
        }
        var content = new byte[length(der)];
        der.duplicate().get(content);
        return content;
    }

    private static int length(ByteBuffer der) {
        var first = der.get() & 0xff;
        if (first < 0x80) {
            return first;
        }
        int length = 0;
        for (int i = 0; i < (first & 0x7f); i++) {
            length = length << 8 | (der.get() & 0xff);
        }
        return length;
    }

    private static byte[] tagged(int tag, byte[]... parts) {
        var content = new ByteArrayOutputStream();
        for (var part : parts) {
            content.writeBytes(part);
        }
        var made = new ByteArrayOutputStream();
        made.write(tag);
        var size = content.size();
        if (size >= 0x80) {
            var bytes = size < 0x100 ? 1 : size < 0x10000 ? 2 : 3;
            made.write(0x80 | bytes);
            for (int shift = 8 * (bytes - 1); shift > 0; shift -= 8) {
                made.write(size >> shift);
            }
        }
        made.write(size);
        made.writeBytes(content.toByteArray());
        return made.toByteArray();
    }
}
