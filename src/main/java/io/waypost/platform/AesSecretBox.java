package io.waypost.platform;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES-256-GCM with a random nonce each time, as {@code v1.} and URL-safe base 64 of nonce, ciphertext and tag. Encrypting and
 * signing have keys of their own, derived from the one given.
 */
final class AesSecretBox implements SecretBox {

    private static final String VERSION = "v1.";
    private static final int NONCE = 12;
    private static final int TAG_BITS = 128;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final SecretKey signing;

    /** The first seals; all open. */
    private final List<SecretKey> sealing;

    /**
     * @param key 32 bytes
     * @param previous keys that no longer seal, but open what they once sealed
     */
    AesSecretBox(byte[] key, List<byte[]> previous) {
        signing = derive(key, "HmacSHA256", "waypost signing");
        sealing = Stream.concat(Stream.of(key), previous.stream())
                .map(k -> derive(k, "AES", "waypost sealing"))
                .toList();
    }

    @Override
    public String seal(String text) {
        var nonce = new byte[NONCE];
        RANDOM.nextBytes(nonce);
        var sealed = encrypt(sealing.getFirst(), nonce, text.getBytes(StandardCharsets.UTF_8));
        var box = Arrays.copyOf(nonce, NONCE + sealed.length);
        System.arraycopy(sealed, 0, box, NONCE, sealed.length);
        return VERSION + Base64.getUrlEncoder().withoutPadding().encodeToString(box);
    }

    @Override
    public String open(String sealed) {
        var box = decode(sealed);
        var nonce = Arrays.copyOf(box, NONCE);
        var content = Arrays.copyOfRange(box, NONCE, box.length);
        for (var key : sealing) {
            try {
                return new String(decrypt(key, nonce, content), StandardCharsets.UTF_8);
            } catch (AEADBadTagException _) {
                // Sealed with another of the keys, or none of them: said below.
            }
        }
        throw new IllegalStateException("A stored secret was sealed with another key, or is damaged");
    }

    private static byte[] decode(String sealed) {
        if (sealed.startsWith(VERSION)) {
            try {
                var box = Base64.getUrlDecoder().decode(sealed.substring(VERSION.length()));
                if (box.length >= NONCE + TAG_BITS / 8) {
                    return box;
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalStateException("A stored secret is damaged", e);
            }
        }
        throw new IllegalStateException("A stored secret is damaged");
    }

    @Override
    public String sign(String purpose, String text) {
        var purposeKey = hmac(signing, purpose);
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(hmac(new SecretKeySpec(purposeKey, "HmacSHA256"), text));
    }

    private static byte[] hmac(SecretKey key, String text) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HMAC-SHA256", e);
        }
    }

    private static byte[] encrypt(SecretKey key, byte[] nonce, byte[] content) {
        try {
            return cipher(Cipher.ENCRYPT_MODE, key, nonce).doFinal(content);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has AES-GCM", e);
        }
    }

    private static byte[] decrypt(SecretKey key, byte[] nonce, byte[] content) throws AEADBadTagException {
        try {
            return cipher(Cipher.DECRYPT_MODE, key, nonce).doFinal(content);
        } catch (AEADBadTagException e) {
            throw e;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has AES-GCM", e);
        }
    }

    private static Cipher cipher(int mode, SecretKey key, byte[] nonce) throws GeneralSecurityException {
        var cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        return cipher;
    }

    private static SecretKey derive(byte[] key, String algorithm, String purpose) {
        try {
            return KDF.getInstance("HKDF-SHA256")
                    .deriveKey(
                            algorithm,
                            HKDFParameterSpec.ofExtract()
                                    .addIKM(key)
                                    .thenExpand(purpose.getBytes(StandardCharsets.UTF_8), 32));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java 25 has HKDF-SHA256", e);
        }
    }
}
