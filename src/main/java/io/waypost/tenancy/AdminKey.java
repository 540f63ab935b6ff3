package io.waypost.tenancy;

import io.waypost.platform.WaypostProperties;
import io.waypost.platform.secret.KeyFile;
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
        hash = Hashes.sha256(key);
    }

    /**
     * Takes the same time for every wrong key.
     *
     * @param keyHash of what somebody came with, as {@link Hashes#sha256} makes it
     */
    boolean matches(byte[] keyHash) {
        return MessageDigest.isEqual(hash, keyHash);
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
}
