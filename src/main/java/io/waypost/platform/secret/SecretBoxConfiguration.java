package io.waypost.platform.secret;

import io.waypost.platform.CannotStart;
import io.waypost.platform.WaypostProperties;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Finds the key that encrypts what is stored: the setting, or {@code secret.key} in the data directory, made at the first
 * start. Whoever gets the box gets one whose key has been checked against the database.
 */
@Configuration(proxyBeanMethods = false)
class SecretBoxConfiguration {

    private static final int KEY_BYTES = 32;

    @Bean
    KeyCheck keyCheck(KeyCheckStore checks, SealedRows rows, WaypostProperties properties) {
        return new KeyCheck(checks, rows, properties.secret().startWithUnreadable());
    }

    @Bean
    AesSecretBox secretBox(WaypostProperties properties, KeyCheck check) {
        var box = box(properties);
        check.check(box);
        return box;
    }

    static AesSecretBox box(WaypostProperties properties) {
        var others = new ArrayList<byte[]>();
        add(properties.nextSecretKey(), "WAYPOST_NEXT_SECRET_KEY", others);
        add(properties.previousSecretKeys(), "WAYPOST_PREVIOUS_SECRET_KEYS", others);
        return new AesSecretBox(key(properties), others);
    }

    /** @param given keys parted by commas */
    private static void add(@Nullable String given, String place, List<byte[]> keys) {
        for (var key : given == null ? new String[0] : given.split(",")) {
            if (!key.isBlank()) {
                keys.add(decode(key, place));
            }
        }
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
}
