package io.waypost.store.jdbc.database;

import java.time.Duration;
import org.h2.mvstore.FileStore;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.RandomAccessStore;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the file of the embedded database small while it is open. H2 has a thread for that, but starts it only if commits
 * may return before they are written ({@code WRITE_DELAY} above 0), which is not allowed here. Without it partly used
 * chunks are never merged or moved to the front, and the file never gets shorter.
 *
 * <p>Unused chunks may be overwritten only after their replacements are physically on the disk, or a power failure could
 * lose both. H2 does not force its file to the disk; it assumes that everything is there after its retention time of 45 s,
 * and keeps all chunks for that time. Here the file is forced to the disk in each round after something has been written,
 * so that 3 s are enough; while that fails, H2's own time is used. A crash of the process alone loses nothing in either
 * case, because the operating system has the data.
 *
 * <p>Not safe for use by several threads.
 */
final class FileUpkeep {

    /** The pause between two rounds. */
    static final Duration PACE = Duration.ofSeconds(1);

    /** Up to this size, in bytes, the file is not compacted. */
    static final long SMALL = 32L * 1024 * 1024;

    /** Free bytes on the disk that are required for steps that may need more space for a moment. */
    static final long ROOM = 64L * 1024 * 1024;

    /** In milliseconds; see above. */
    private static final int RETENTION = 3_000;

    private static final int RETENTION_OF_H2 = 45_000;

    /**
     * If at least so many per cent of the file are in use, it is not compacted: it is less than three times as large as
     * needed.
     */
    private static final int ENOUGH = 40;

    /** If at least so many per cent of the file, or of a chunk, are in use, compacting costs more than it gains. */
    private static final int DENSE = 75;

    /** Bytes that are compacted in one step, for some milliseconds, during which commits wait. */
    private static final int STEP = 512 * 1024;

    private static final int STEPS = 8;

    /** H2 waits 10 ms for its lock; if compacting returns false sooner than that, there was nothing to compact. */
    private static final Duration TURN = Duration.ofMillis(9);

    /** How long compacting may take in one round. */
    private static final Duration LONGEST = Duration.ofMillis(500);

    /**
     * Chunks are moved only in one round of so many, because moving forces the file to the disk several times while commits
     * wait.
     */
    private static final int ROUNDS = 5;

    private static final long MOVED = 8L * 1024 * 1024;

    private @Nullable MVStore known;
    private long written;
    private int round;

    /**
     * The size of the file.
     *
     * @param bytes the size of the file
     * @param live the bytes in use: an estimate, in steps of about one per cent
     */
    record Size(long bytes, long live) {

        static Size of(FileStore<?> file) {
            var bytes = file.size();
            return new Size(bytes, bytes * file.getFillRate() / 100 * file.getChunksFillRate() / 100);
        }
    }

    /**
     * One round: forces the file to the disk if something has been written, and compacts a part of it if much of it is not
     * in use.
     *
     * @param room free bytes on the disk
     * @throws org.h2.mvstore.MVStoreException if the file cannot be written to
     */
    void round(MVStore store, long room) {
        var file = store.getFileStore();
        if (file == null || file.isReadOnly()) {
            return;
        }
        force(store, file);
        if (isGood(file) || !file.isSpaceReused()) {
            return;
        }
        store.executeFilestoreOperation(file::dropUnusedChunks);
        if (room >= ROOM) {
            pack(store, file);
            if (round++ % ROUNDS == 0 && file instanceof RandomAccessStore movable) {
                movable.compactMoveChunks(DENSE, MOVED, store);
            }
        }
        store.commit();
    }

    private static boolean isGood(FileStore<?> file) {
        var size = Size.of(file);
        return size.bytes <= SMALL || 100 * size.live >= ENOUGH * size.bytes;
    }

    private void force(MVStore store, FileStore<?> file) {
        var now = file.getWriteCount();
        if (store == known && now == written) {
            return;
        }
        known = store;
        file.setRetentionTime(RETENTION_OF_H2);
        store.sync();
        file.setRetentionTime(RETENTION);
        written = now;
    }

    /** Compacts in small steps, between which commits can be made. */
    private static void pack(MVStore store, FileStore<?> file) {
        var end = System.nanoTime() + LONGEST.toNanos();
        for (int step = 0; step < STEPS && System.nanoTime() - end < 0 && file.getChunksFillRate() < DENSE; ) {
            var begun = System.nanoTime();
            if (store.compact(DENSE, STEP)) {
                store.commit();
                step++;
            } else if (System.nanoTime() - begun < TURN.toNanos()) {
                return; // There is nothing to compact. If it had taken longer, H2 could not get its lock.
            }
        }
    }
}
