package io.waypost.delivery;

import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who answers for a delivery under way: the stretch of the log it came from, or a row with a due date. Never neither, so
 * that a crash loses nothing; and whoever ends it, ends it once.
 */
final class Custody {

    private enum Row {
        /** Nothing of it is stored; the stretch it came from answers for it. */
        NONE,
        /** A row with a due date answers for it. */
        STORED,
        /** Written down for good, or given back: it has no say any more. */
        CLOSED
    }

    private final Runnable accounted;
    private Row row;
    private boolean answeredFor;
    private boolean resting;
    private volatile @Nullable CompletableFuture<Void> written;
    private volatile @Nullable Runnable then;

    private Custody(Row row, Runnable accounted) {
        this.row = row;
        this.accounted = accounted;
    }

    /** @param accounted run once, as soon as what becomes of the delivery no longer depends on the stretch */
    static Custody ofStretch(Runnable accounted) {
        return new Custody(Row.NONE, accounted);
    }

    static Custody ofRow() {
        return new Custody(Row.STORED, () -> {});
    }

    /**
     * A row is to answer for the delivery from now on while it stays in the air.
     *
     * @param handIn hands the row in to be written, unless there is one or the delivery has ended; under the lock, so
     *     that the end cannot overtake it on its way to the disk
     * @return whether it was handed in
     */
    synchronized boolean park(Runnable handIn) {
        if (row != Row.NONE) {
            return false;
        }
        row = Row.STORED;
        handIn.run();
        return true;
    }

    /**
     * Ends it: nothing that happens to it in this process counts after this.
     *
     * @param handIn hands the end in to be written, given whether there is a row; not called if it had ended before
     */
    void close(Consumer<Boolean> handIn) {
        synchronized (this) {
            if (row == Row.CLOSED) {
                return;
            }
            var had = row == Row.STORED;
            row = Row.CLOSED;
            handIn.accept(had);
        }
        accountedFor();
        var next = then;
        if (next != null) {
            var _ = Objects.requireNonNullElseGet(written, () -> CompletableFuture.completedFuture(null))
                    .thenRun(next);
        }
    }

    synchronized boolean closed() {
        return row == Row.CLOSED;
    }

    /** Called when a short wait in place begins, and when it ends. */
    synchronized void rests(boolean now) {
        resting = now;
    }

    synchronized boolean resting() {
        return resting;
    }

    /**
     * Ends it if it only waits. Without a row nothing else could make the attempt, so then it goes on.
     *
     * @param notStarted whether it waits for its turn
     * @return false if it goes on
     */
    synchronized boolean recall(boolean notStarted) {
        if (row == Row.STORED && (resting || notStarted)) {
            row = Row.CLOSED;
        }
        return row == Row.CLOSED;
    }

    /** The row is on its way to the disk, in the same queue as whatever follows. */
    void accountedFor() {
        synchronized (this) {
            if (answeredFor) {
                return;
            }
            answeredFor = true;
        }
        accounted.run();
    }

    void written(CompletableFuture<Void> future) {
        written = future;
    }

    /** To be run when it has ended here, as soon as that is on disk if somebody waits for that. */
    void then(Runnable next) {
        then = next;
    }

    /**
     * Returns when its end, if it has come, is on disk.
     *
     * @return false if the gateway ends before it is
     */
    boolean awaitWritten() {
        var end = written;
        try {
            if (end != null) {
                end.join();
            }
            return true;
        } catch (CancellationException _) {
            return false;
        }
    }
}
