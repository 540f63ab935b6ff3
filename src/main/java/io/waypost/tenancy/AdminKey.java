package io.waypost.tenancy;

import io.waypost.platform.KeyFile;
import io.waypost.platform.WaypostProperties;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.EnumSet;
import org.springframework.stereotype.Component;

/** The first key, with all rights: the setting, or one made at the first start and kept in {@code admin.key}. */
@Component
public class AdminKey {

    private static final Caller CALLER = new Caller(null, "admin", EnumSet.allOf(Scope.class));

    private final byte[] hash;
    private final boolean generated;
    private final Path file;

    public AdminKey(WaypostProperties properties) {
        var given = properties.adminKey();
        generated = given == null || given.isBlank();
        file = properties.dataDir().resolve("admin.key");
        var key = given == null || given.isBlank() ? KeyFile.readOrMake(file, ApiKeys::newKey) : given.strip();
        hash = hash(key);
    }

    /** Takes the same time for every wrong key. */
    boolean matches(String key) {
        return MessageDigest.isEqual(hash, hash(key));
    }

    Caller caller() {
        return CALLER;
    }

    /** Whether the key is the gateway's own, to be found in {@link #file()}. */
    public boolean generated() {
        return generated;
    }

    /** Where a generated key is kept. */
    public Path file() {
        return file;
    }

    private static byte[] hash(String key) {
        return Hashes.sha256(key.getBytes(StandardCharsets.UTF_8));
    }
}
