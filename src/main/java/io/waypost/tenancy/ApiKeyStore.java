package io.waypost.tenancy;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where keys are kept, as SHA-256 hashes in hexadecimal. */
public interface ApiKeyStore {

    void create(ApiKey key, String hash);

    Optional<ApiKey> findByHash(String hash);

    /**
     * Those of them that there are, by their hashes.
     *
     * @param hashes at most 1,000
     */
    Map<String, ApiKey> findByHashes(Collection<String> hashes);

    /** Newest first. */
    List<ApiKey> list(String tenant);

    /** @return whether there was one */
    boolean delete(String tenant, String id);
}
