package io.waypost.store.jdbc.database;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.FileStore;
import org.h2.mvstore.MVStore;
import org.h2.store.fs.FileBaseDefault;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.FilePathWrapper;
import org.h2.store.fs.FileUtils;
import org.jspecify.annotations.Nullable;

/**
 * A file of H2's that is not written to any more once something has gone wrong, until it is opened again.
 *
 * <p>H2 stores each version as a chunk that refers to the chunks before it. When one cannot be stored, H2 notes that and lets
 * go of the lock of its store before it closes the file; whoever waits for that lock to commit then stores the next chunk. On
 * a full disk that one may well succeed: it needs less room, and takes a free place within the file. So the newest chunk of
 * the file, and its header, refer to one that is not there; and it may lie where the last good version has its data, as what
 * the lost chunk had replaced counts as free.
 *
 * <p>When H2 opens such a file it sees that the newest chunk is of no use. It then takes the one at the end of the file if that
 * is complete, without looking for any between them: and where free places have been used for a while, the one at the end may
 * be older by thousands of commits, all of which had been acknowledged and are gone.
 *
 * <p>With nothing written after the failure, the newest complete chunk is the last that was stored, and H2 finds that.
 *
 * <p>Public with a constructor, because H2 makes its own.
 */
public final class FailStopFile extends FilePathWrapper {

    private static final String SCHEME = "failstop";

    /** Those that are open to be written to, by the name of the file. */
    private static final Map<String, Channel> OPEN = new ConcurrentHashMap<>();

    static {
        FilePath.register(new FailStopFile());
    }

    /** How the file is named in a URL of H2's. */
    static String nameOf(Path file) {
        return SCHEME + ":" + file;
    }

    /** Where the file of a store is. */
    static Path pathOf(FileStore<?> file) {
        return Path.of(FileUtils.unwrap(file.getFileName()));
    }

    /** Not every failure is one to write: what lacked memory leaves a store that is as broken. */
    static void stopWith(MVStore store) {
        var file = store.getFileStore();
        var channel = file == null ? null : OPEN.get(file.getFileName());
        if (channel != null) {
            channel.broken = store::getPanicException;
        }
    }

    @Override
    public String getScheme() {
        return SCHEME;
    }

    @Override
    public FileChannel open(String mode) throws IOException {
        return new Channel(name, super.open(mode));
    }

    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // the channel below it is safe for several threads
    private static final class Channel extends FileBaseDefault {

        private final String name;
        private final FileChannel file;
        private volatile Supplier<? extends @Nullable Throwable> broken = () -> null;
        private volatile @Nullable Throwable failure;

        Channel(String name, FileChannel file) {
            this.name = name;
            this.file = file;
        }

        @Override
        public int write(ByteBuffer bytes, long position) throws IOException {
            verifyWhole();
            try {
                return file.write(bytes, position);
            } catch (IOException | RuntimeException | Error e) {
                failure = e;
                throw e;
            }
        }

        @Override
        protected void implTruncate(long size) throws IOException {
            verifyWhole();
            file.truncate(size);
        }

        /** H2 tries again, with garbage collections between, what fails with an {@code IOException} to be truncated. */
        private void verifyWhole() {
            var first = failure == null ? broken.get() : failure;
            if (first != null) {
                throw DataUtils.newMVStoreException(
                        DataUtils.ERROR_WRITING_FAILED,
                        "Nothing is written to {0} after a failure until it is opened again",
                        name,
                        first);
            }
        }

        @Override
        public int read(ByteBuffer bytes, long position) throws IOException {
            return file.read(bytes, position);
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public void force(boolean metaData) throws IOException {
            file.force(metaData);
        }

        @Override
        public @Nullable FileLock tryLock(long position, long size, boolean shared) throws IOException {
            var lock = file.tryLock(position, size, shared);
            if (lock != null) {
                OPEN.put(name, this);
            }
            return lock;
        }

        @Override
        protected void implCloseChannel() throws IOException {
            OPEN.remove(name, this);
            file.close();
        }
    }
}
