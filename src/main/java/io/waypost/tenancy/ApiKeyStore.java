package io.waypost.tenancy;

import java.util.List;
import java.util.Optional;

/** Where keys are kept, as SHA-256 hashes in hexadecimal. */
public interface ApiKeyStore {

    void create(ApiKey key, String hash);

    Optional<ApiKey> findByHash(String hash);

    /** Newest first. */
    List<ApiKey> list(String tenant);

    /** @return whether there was one */
    boolean delete(String tenant, String id);
}
