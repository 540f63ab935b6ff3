package io.waypost.store.jdbc.database;

import java.time.Duration;
import org.h2.mvstore.FileStore;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.RandomAccessStore;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the file of the embedded database small while it runs. H2 has a thread of its own for that, but starts it only where
 * commits may return before they are written ({@code WRITE_DELAY} above 0), which ours may not. Without it nothing that is
 * partly in use is ever packed together, nothing is moved to the front, and the file never gets shorter.
 *
 * <p>What is not in use any more may be written over only when what took its place is on the disk itself, or a power failure
 * could leave neither. H2 does not wait for the disk; it supposes that everything is there after its retention time of 45 s,
 * and keeps all that was written in that time. Here the file is forced to the disk in each round in which something has been
 * written, so that 3 s are enough; while that does not succeed, H2's own time holds. The end of the process, however
 * sudden, is no danger in either case: what has been written is with the operating system.
 *
 * <p>Not safe for use by several threads.
 */
final class FileUpkeep {

    /** To be called so often. */
    static final Duration PACE = Duration.ofSeconds(1);

    /** Bytes up to which nothing is done for the file's size. */
    static final long SMALL = 32L * 1024 * 1024;

    /** Bytes that have to be left on the disk for anything that may take more of it for a moment. */
    static final long ROOM = 64L * 1024 * 1024;

    /** In ms; see above. */
    private static final int RETENTION = 3_000;

    private static final int RETENTION_OF_H2 = 45_000;

    /** Per cent of the file in use that are enough: it has less than three times the size then. */
    private static final int ENOUGH = 40;

    /** Per cent of the file, or of its parts, in use from which on packing costs more than it brings. */
    private static final int DENSE = 75;

    /** Bytes that are packed together while commits wait: some milliseconds. */
    private static final int STEP = 512 * 1024;

    private static final int STEPS = 8;

    /** H2 waits 10 ms for its turn to pack; what has not taken that long has not been for want of a turn. */
    private static final Duration TURN = Duration.ofMillis(9);

    /** How long a round may go on with packing. */
    private static final Duration LONGEST = Duration.ofMillis(500);

    /** Moving forces the file to the disk several times while commits wait, so it is done in one round of so many. */
    private static final int ROUNDS = 5;

    private static final long MOVED = 8L * 1024 * 1024;

    private @Nullable MVStore known;
    private long written;
    private int round;

    /**
     * How large the file is, and how much of that is in use.
     *
     * @param live an estimate, in steps of about one per cent
     */
    record Size(long bytes, long live) {

        static Size of(FileStore<?> file) {
            var bytes = file.size();
            return new Size(bytes, bytes * file.getFillRate() / 100 * file.getChunksFillRate() / 100);
        }
    }

    /**
     * One round: forces to the disk what has been written, and packs a little together if much of the file is not in use.
     *
     * @param room bytes left on the disk
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

    /** Between two steps commits get their turn. */
    private static void pack(MVStore store, FileStore<?> file) {
        var end = System.nanoTime() + LONGEST.toNanos();
        for (int step = 0; step < STEPS && System.nanoTime() - end < 0 && file.getChunksFillRate() < DENSE; ) {
            var begun = System.nanoTime();
            if (store.compact(DENSE, STEP)) {
                store.commit();
                step++;
            } else if (System.nanoTime() - begun < TURN.toNanos()) {
                return; // There is nothing that may be packed. Otherwise there was, and commits left no turn.
            }
        }
    }
}
