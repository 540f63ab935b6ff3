package io.waypost.tenancy;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where it is kept which requests were made. Each method is one statement that commits by itself: called outside any
 * transaction, because who loses a race must see the winner's row.
 */
public interface IdempotencyStore {

    /**
     * @param id stands for caller, key and path
     * @param tenant whose request it is; empty: an admin's
     * @param token tells apart those who take up the same request one after the other; 0: nobody has it in hand
     * @param seed what the request's events are known by; the same whoever takes it up
     * @param answer sealed; null while the request runs
     */
    record Entry(
            String id,
            String tenant,
            String bodyHash,
            long token,
            long seed,
            @Nullable String answer,
            Instant startedAt) {

        static final long NOBODY = 0;

        /** What a row takes beside its answer, about. */
        private static final int OVERHEAD = 300;

        /** What it takes where it is kept, about. */
        public int bytes() {
            return OVERHEAD + (answer == null ? 0 : answer.length());
        }
    }

    /** @return false if there is one with this id */
    boolean insert(Entry entry);

    Optional<Entry> find(String id);

    /** Puts the entry in the place of one that has the given token. @return false if that one is gone */
    boolean replace(long token, Entry entry);

    /** Deletes the entry if it still has this token. */
    void delete(String id, long token);

    /**
     * Deletes the oldest of a tenant's requests that nobody has in hand, until the rest takes no more than so many bytes.
     *
     * @return how many
     */
    int trim(String tenant, long most);

    /** Deletes what started before. @return how many */
    int purge(Instant before);
}
