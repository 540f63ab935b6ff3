package io.waypost.connector.webhook;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.EdECPrivateKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Signing secrets in the notation of Standard Webhooks: {@code whsec_} for HMAC-SHA256, {@code whsk_} for Ed25519 (seed,
 * then public key), {@code whpk_} for a public key.
 *
 * @see <a href="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md">Standard
 *     Webhooks 1.0.0</a>
 */
public final class SigningSecrets {

    private static final String SYMMETRIC = "whsec_";
    private static final String PRIVATE = "whsk_";
    private static final String PUBLIC = "whpk_";
    private static final String ED25519 = "Ed25519";
    private static final int SEED = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    private SigningSecrets() {}

    /**
     * A new secret.
     *
     * @param signing as in a webhook's config: {@code ed25519}, anything else stands for HMAC
     */
    public static String generate(String signing) {
        var random = new byte[SEED];
        RANDOM.nextBytes(random);
        return signing.equals("ed25519") ? PRIVATE + encode(pair(random)) : SYMMETRIC + encode(random);
    }

    /** What is wrong with a secret somebody brings along, in words for that person; null if nothing is. */
    public static @Nullable String problem(String signing, String secret) {
        var prefix = signing.equals("ed25519") ? PRIVATE : SYMMETRIC;
        if (!secret.startsWith(prefix)) {
            return "must begin with %s for %s signatures"
                    .formatted(prefix, signing.equals("ed25519") ? ED25519 : "HMAC");
        }
        try {
            var key = bytes(secret);
            if (prefix.equals(SYMMETRIC)) {
                return key.length >= 24 && key.length <= 64 ? null : "must hold 24 to 64 bytes";
            }
            return key.length == SEED || (key.length == 2 * SEED && Arrays.equals(pair(Arrays.copyOf(key, SEED)), key))
                    ? null
                    : "must hold an Ed25519 key: a seed of 32 bytes, followed by its public key of 32 bytes";
        } catch (IllegalArgumentException _) {
            return "must be %s and then base 64".formatted(prefix);
        }
    }

    /**
     * The public half of a {@code whsk_} secret, as {@code whpk_…}.
     *
     * @throws IllegalArgumentException if it is no such secret
     */
    public static String publicKey(String secret) {
        if (!secret.startsWith(PRIVATE)) {
            throw new IllegalArgumentException("only Ed25519 secrets (whsk_) have a public key");
        }
        var pair = pair(Arrays.copyOf(bytes(secret), SEED));
        return PUBLIC + encode(Arrays.copyOfRange(pair, SEED, 2 * SEED));
    }

    /** A secret made ready to sign with, which costs more than to sign. Safe for many threads. */
    @FunctionalInterface
    interface Key {

        /** One signature, {@code v1,…} or {@code v1a,…} after the kind of the secret. */
        String sign(String id, long timestamp, byte[] body);
    }

    /** @throws IllegalArgumentException if it is no secret; see {@link #problem} */
    static Key key(String secret) {
        try {
            return secret.startsWith(PRIVATE) ? ed25519(secret) : hmac(secret);
        } catch (GeneralSecurityException e) {
            throw everyJdkCan(e);
        }
    }

    private static Key hmac(String secret) throws GeneralSecurityException {
        var ready = Mac.getInstance("HmacSHA256");
        ready.init(new SecretKeySpec(bytes(secret), "HmacSHA256"));
        return (id, timestamp, body) -> {
            try {
                // A copy, because one that is used is another's no more.
                var mac = (Mac) ready.clone();
                mac.update(head(id, timestamp));
                return "v1," + encode(mac.doFinal(body));
            } catch (CloneNotSupportedException e) {
                throw everyJdkCan(e);
            }
        };
    }

    private static Key ed25519(String secret) throws GeneralSecurityException {
        var key = privateKey(Arrays.copyOf(bytes(secret), SEED));
        return (id, timestamp, body) -> {
            try {
                var signature = Signature.getInstance(ED25519);
                signature.initSign(key);
                signature.update(head(id, timestamp));
                signature.update(body);
                return "v1a," + encode(signature.sign());
            } catch (GeneralSecurityException e) {
                throw everyJdkCan(e);
            }
        };
    }

    private static byte[] head(String id, long timestamp) {
        return (id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8);
    }

    private static IllegalStateException everyJdkCan(Exception e) {
        return new IllegalStateException("every JDK can do this", e);
    }

    private static byte[] bytes(String secret) {
        return Base64.getDecoder().decode(secret.substring(secret.indexOf('_') + 1));
    }

    private static String encode(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static PrivateKey privateKey(byte[] seed) throws GeneralSecurityException {
        return KeyFactory.getInstance(ED25519)
                .generatePrivate(new EdECPrivateKeySpec(NamedParameterSpec.ED25519, seed));
    }

    /** Seed and public key. The JDK derives the one from the other only when it generates a pair. */
    private static byte[] pair(byte[] seed) {
        try {
            var generator = KeyPairGenerator.getInstance(ED25519);
            generator.initialize(NamedParameterSpec.ED25519, new Seed(seed));
            var point = ((EdECPublicKey) generator.generateKeyPair().getPublic()).getPoint();
            var bigEndian = point.getY().toByteArray();
            var pair = Arrays.copyOf(seed, 2 * SEED);
            for (int i = 0; i < bigEndian.length && i < SEED; i++) {
                pair[SEED + i] = bigEndian[bigEndian.length - 1 - i];
            }
            if (point.isXOdd()) {
                pair[2 * SEED - 1] |= (byte) 0x80;
            }
            return pair;
        } catch (GeneralSecurityException e) {
            throw everyJdkCan(e);
        }
    }

    /** "Random" bytes that are the seed. */
    private static final class Seed extends SecureRandom {

        private static final long serialVersionUID = 1;

        private final byte[] seed;

        private Seed(byte[] seed) {
            this.seed = seed;
        }

        @Override
        public void nextBytes(byte[] bytes) {
            System.arraycopy(seed, 0, bytes, 0, Math.min(seed.length, bytes.length));
        }
    }
}
