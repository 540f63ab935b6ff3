package io.waypost.intake.source.proof;

import io.waypost.intake.source.NotProven;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The arithmetic of signatures. */
final class Signatures {

    private static final String HMAC = "HmacSHA256";
    private static final String PUBLIC_KEY = "whpk_";

    /** What stands before the 32 bytes of an Ed25519 key in its DER form (RFC 8410). */
    private static final byte[] ED25519_DER = HexFormat.of().parseHex("302a300506032b6570032100");

    private Signatures() {}

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static boolean same(byte[] one, byte[] other) {
        return MessageDigest.isEqual(one, other);
    }

    /** No bytes for what is not encoded so. */
    static byte[] decode(String encoding, String text) {
        try {
            return encoding.equals("hex")
                    ? HexFormat.of().parseHex(text)
                    : Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException _) {
            return new byte[0];
        }
    }

    static byte[] hmac(byte[] key, byte[]... parts) {
        if (key.length == 0) {
            throw new NotProven("The secret of this source is none that signs");
        }
        try {
            var mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(key, HMAC));
            for (var part : parts) {
                mac.update(part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK can do this", e);
        }
    }

    static boolean standardWebhooks(String secret, byte[] head, byte[] body, List<String> given) {
        var key = decode("base64", secret.substring(secret.indexOf('_') + 1));
        if (secret.startsWith(PUBLIC_KEY)) {
            var publicKey = publicKey("Ed25519", concat(ED25519_DER, key));
            return given.stream()
                    .filter(one -> one.startsWith("v1a,"))
                    .anyMatch(one -> verify("Ed25519", publicKey, decode("base64", one.substring(4)), head, body));
        }
        var expected = hmac(key, head, body);
        return given.stream()
                .filter(one -> one.startsWith("v1,"))
                .anyMatch(one -> same(expected, decode("base64", one.substring(3))));
    }

    static boolean ecdsa(String secret, byte[] head, byte[] body, byte[] signature) {
        // The key is also shown as PEM: with a line before, one after, and breaks within.
        var der = decode("base64", secret.replaceAll("-----[A-Z ]+-----|\\s", ""));
        return verify("SHA256withECDSA", publicKey("EC", der), signature, head, body);
    }

    private static PublicKey publicKey(String algorithm, byte[] der) {
        try {
            return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(der));
        } catch (GeneralSecurityException e) {
            throw new NotProven("The secret of this source is no public key for " + algorithm);
        }
    }

    private static boolean verify(String algorithm, PublicKey key, byte[] signature, byte[]... parts) {
        try {
            var verifier = Signature.getInstance(algorithm);
            verifier.initVerify(key);
            for (var part : parts) {
                verifier.update(part);
            }
            return verifier.verify(signature);
        } catch (GeneralSecurityException _) {
            // Bytes that are no signature at all.
            return false;
        }
    }

    private static byte[] concat(byte[] head, byte[] tail) {
        var whole = new byte[head.length + tail.length];
        System.arraycopy(head, 0, whole, 0, head.length);
        System.arraycopy(tail, 0, whole, head.length, tail.length);
        return whole;
    }
}
