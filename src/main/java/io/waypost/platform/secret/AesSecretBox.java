package io.waypost.platform.secret;

import io.waypost.platform.SecretBox;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
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
import org.jspecify.annotations.Nullable;

/**
 * AES-256-GCM with a random nonce each time. A sealed value is {@code v2.}, the id of its key, a dot, and URL-safe base 64 of
 * nonce, ciphertext and tag; its place is the associated data. Before there were places it was {@code v1.} and the base 64:
 * such values are opened until {@link #refuseUnbound}. Encrypting, signing and the id have keys of their own, derived from
 * the one given.
 */
final class AesSecretBox implements SecretBox {

    private static final String UNBOUND = "v1.";
    private static final String BOUND = "v2.";
    private static final int ID_BYTES = 6;
    private static final int NONCE = 12;
    private static final int TAG_BITS = 128;
    private static final byte[] NO_PLACE = {};
    private static final SecureRandom RANDOM = new SecureRandom();

    /** The first seals; all open. */
    private final List<Key> keys;

    private volatile boolean bindsNew = true;
    private volatile boolean opensUnbound = true;

    /** @param prefix what is sealed with it begins with */
    private record Key(String prefix, SecretKey sealing, SecretKey signing) {

        static Key of(byte[] key) {
            var id = derive(key, "Generic", "waypost key id", ID_BYTES).getEncoded();
            return new Key(
                    BOUND + base64(id) + ".",
                    derive(key, "AES", "waypost sealing", 32),
                    derive(key, "HmacSHA256", "waypost signing", 32));
        }
    }

    /**
     * @param key 32 bytes; it seals
     * @param others keys that only open what was, or will be, sealed with them
     */
    AesSecretBox(byte[] key, List<byte[]> others) {
        keys = Stream.concat(Stream.of(key), others.stream()).map(Key::of).toList();
    }

    /** What is sealed with the present key, for its place, begins with; it names the key and tells nothing else of it. */
    String prefix() {
        return keys.getFirst().prefix;
    }

    /** What anything that the keys may open begins with. */
    List<String> prefixes() {
        return Stream.concat(Stream.of(UNBOUND), keys.stream().map(Key::prefix)).toList();
    }

    /** Whether what is sealed from now on is bound to its place; always, once what is not is refused. */
    void bindsNew(boolean binds) {
        bindsNew = binds || !opensUnbound;
    }

    /** From now on, what is not bound to its place is not opened. */
    void refuseUnbound() {
        opensUnbound = false;
        bindsNew = true;
    }

    @Override
    public String seal(Place place, String text) {
        var binds = bindsNew;
        var key = keys.getFirst();
        var nonce = new byte[NONCE];
        RANDOM.nextBytes(nonce);
        var sealed =
                encrypt(key.sealing, nonce, binds ? bytes(place) : NO_PLACE, text.getBytes(StandardCharsets.UTF_8));
        var box = Arrays.copyOf(nonce, NONCE + sealed.length);
        System.arraycopy(sealed, 0, box, NONCE, sealed.length);
        return (binds ? key.prefix : UNBOUND) + base64(box);
    }

    @Override
    public String open(Place place, String sealed) {
        if (sealed.startsWith(UNBOUND)) {
            return openUnbound(sealed);
        }
        var end = sealed.indexOf('.', BOUND.length()) + 1;
        if (!sealed.startsWith(BOUND) || end == 0) {
            throw new CannotOpen("is damaged");
        }
        var key = keys.stream()
                .filter(k -> sealed.startsWith(k.prefix))
                .findFirst()
                .orElseThrow(() -> new CannotOpen("is sealed with a key that this node does not have"));
        var text = decrypt(key, bytes(place), decode(sealed.substring(end)));
        if (text == null) {
            throw new CannotOpen("is damaged, or was sealed for another place");
        }
        return text;
    }

    private String openUnbound(String sealed) {
        if (!opensUnbound) {
            throw new CannotOpen("is sealed in a form that is not accepted any more");
        }
        var box = decode(sealed.substring(UNBOUND.length()));
        for (var key : keys) {
            var text = decrypt(key, NO_PLACE, box);
            if (text != null) {
                return text;
            }
        }
        throw new CannotOpen("is sealed with a key that this node does not have, or is damaged");
    }

    /** Each part with its length before it, so that no two places give the same bytes. */
    private static byte[] bytes(Place place) {
        var bytes = new ByteArrayOutputStream();
        for (var part : List.of(place.table(), place.row(), place.tenant(), place.field())) {
            var text = part.getBytes(StandardCharsets.UTF_8);
            bytes.writeBytes(
                    ByteBuffer.allocate(Integer.BYTES).putInt(text.length).array());
            bytes.writeBytes(text);
        }
        return bytes.toByteArray();
    }

    private static byte[] decode(String text) {
        try {
            var box = Base64.getUrlDecoder().decode(text);
            if (box.length >= NONCE + TAG_BITS / 8) {
                return box;
            }
        } catch (IllegalArgumentException _) {
            // Said below, without a piece of the value.
        }
        throw new CannotOpen("is damaged");
    }

    @Override
    public String sign(String purpose, String text) {
        return signature(keys.getFirst(), purpose, text);
    }

    @Override
    public boolean isSigned(String purpose, String text, String signature) {
        var given = signature.getBytes(StandardCharsets.UTF_8);
        return keys.stream()
                .anyMatch(key ->
                        MessageDigest.isEqual(signature(key, purpose, text).getBytes(StandardCharsets.UTF_8), given));
    }

    private static String signature(Key key, String purpose, String text) {
        return base64(hmac(new SecretKeySpec(hmac(key.signing, purpose), "HmacSHA256"), text));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
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

    private static byte[] encrypt(SecretKey key, byte[] nonce, byte[] place, byte[] content) {
        try {
            return cipher(Cipher.ENCRYPT_MODE, key, nonce, place).doFinal(content);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has AES-GCM", e);
        }
    }

    /** @return null if it was sealed with another key or for another place, or is damaged */
    private static @Nullable String decrypt(Key key, byte[] place, byte[] box) {
        try {
            var cipher = cipher(Cipher.DECRYPT_MODE, key.sealing, Arrays.copyOf(box, NONCE), place);
            return new String(cipher.doFinal(box, NONCE, box.length - NONCE), StandardCharsets.UTF_8);
        } catch (AEADBadTagException _) {
            return null;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has AES-GCM", e);
        }
    }

    private static Cipher cipher(int mode, SecretKey key, byte[] nonce, byte[] place) throws GeneralSecurityException {
        var cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(place);
        return cipher;
    }

    private static SecretKey derive(byte[] key, String algorithm, String purpose, int bytes) {
        try {
            return KDF.getInstance("HKDF-SHA256")
                    .deriveKey(
                            algorithm,
                            HKDFParameterSpec.ofExtract()
                                    .addIKM(key)
                                    .thenExpand(purpose.getBytes(StandardCharsets.UTF_8), bytes));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java 25 has HKDF-SHA256", e);
        }
    }
}
