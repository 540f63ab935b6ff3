package io.waypost.intake.source;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps sources and what they refused. Tokens and settings are encrypted before they are stored; a source of which they
 * cannot be read is given without, and says so ({@link Source#unreadable}).
 */
public interface SourceStore {

    /** @param tokenHash what {@link #findByToken} will be asked for */
    void create(Source source, String tokenHash);

    Optional<Source> findByToken(String tokenHash);

    Optional<Source> find(String id);

    /**
     * Newest first.
     *
     * @param tenant whose; null: everybody's
     * @param before the id of the last one seen; null: from the newest on
     */
    List<Source> list(@Nullable String tenant, @Nullable String before, int limit);

    /** With all it refused. */
    boolean delete(String id);

    /** Notes what was refused; of a source that is gone nothing is noted. */
    void reject(Rejected rejected);

    /** Forgets what of a source was refused before the newest {@link Rejected#MOST}. */
    void trim(String source);

    /** Newest first; {@code before} as for {@link #list}. */
    List<Rejected> rejected(String source, @Nullable String before, int limit);

    /** @return how many were forgotten, at most {@code most} */
    int purge(Instant olderThan, int most);
}
