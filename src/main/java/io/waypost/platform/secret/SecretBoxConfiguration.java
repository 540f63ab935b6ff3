package io.waypost.platform.secret;

import io.waypost.platform.CannotStart;
import io.waypost.platform.SecretBox;
import io.waypost.platform.WaypostProperties;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.stream.Stream;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Finds the key that encrypts what is stored: the setting, or {@code secret.key} in the data directory, made at the first
 * start. Whoever gets the box gets one whose key has been checked against the database.
 */
@Configuration(proxyBeanMethods = false)
class SecretBoxConfiguration {

    private static final int KEY_BYTES = 32;
    private static final String KNOWN = "Waypost, sealed";

    @Bean
    SecretBox secretBox(
            WaypostProperties properties,
            @Value("${waypost.previous-secret-keys:}") String previous,
            KeyCheckStore checks) {
        return checked(box(properties, previous), checks);
    }

    /** @param previous keys parted by commas */
    static SecretBox box(WaypostProperties properties, String previous) {
        var old = Stream.of(previous.split(","))
                .filter(key -> !key.isBlank())
                .map(key -> decode(key, "WAYPOST_PREVIOUS_SECRET_KEYS"))
                .toList();
        return new AesSecretBox(key(properties), old);
    }

    private static byte[] key(WaypostProperties properties) {
        var given = properties.secretKey();
        if (given != null && !given.isBlank()) {
            return decode(given, "WAYPOST_SECRET_KEY");
        }
        var file = properties.dataDir().resolve("secret.key");
        return decode(KeyFile.readOrMake(file, SecretBoxConfiguration::newKey), file.toString());
    }

    private static String newKey() {
        var key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        return Base64.getEncoder().encodeToString(key);
    }

    private static byte[] decode(String text, String place) {
        try {
            var key = Base64.getDecoder().decode(text.strip());
            if (key.length == KEY_BYTES) {
                return key;
            }
        } catch (IllegalArgumentException _) {
            // The message below says what it must be; the cause would repeat a part of the key.
        }
        throw new CannotStart(
                place + " must hold exactly 32 bytes in base64", "Such a key is made with: openssl rand -base64 32");
    }

    /**
     * @throws CannotStart if the database's secrets were sealed with a key this box does not have
     */
    static SecretBox checked(SecretBox box, KeyCheckStore checks) {
        var stored = checks.find().orElseGet(() -> {
            checks.create(box.seal(KNOWN));
            return checks.find().orElseThrow();
        });
        try {
            if (!KNOWN.equals(box.open(stored))) {
                throw new IllegalStateException("The check text of the secret key is damaged in the database");
            }
        } catch (IllegalStateException e) {
            throw new CannotStart(
                    "The secret key is not the one this database's secrets were sealed with",
                    "Start with the right one in WAYPOST_SECRET_KEY or in secret.key of the data directory; after a change of"
                            + " keys, name the old one in WAYPOST_PREVIOUS_SECRET_KEYS.",
                    e);
        }
        // Sealed with today's key from now on, so that a node that only has an old one is told at start.
        checks.replace(box.seal(KNOWN));
        return box;
    }
}
