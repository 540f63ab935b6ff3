package io.waypost.testing;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.h2.store.fs.FileBaseDefault;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.disk.FilePathDisk;

/**
 * A directory whose disk is full whenever a test says so: what H2 then writes into it fails as on a full one, with the
 * beginning of it written. Needs no rights, and nobody but H2 notices.
 */
public final class FullDisk extends FilePathDisk {

    private static final String FULL = "No space left on device";
    private static final int BLOCK = 4096;

    private final String scheme;
    private final AtomicBoolean full;
    private final AtomicBoolean readOnly;
    private final AtomicReference<Runnable> once;

    private FullDisk(String scheme, AtomicBoolean full, AtomicBoolean readOnly, AtomicReference<Runnable> once) {
        this.scheme = scheme;
        this.full = full;
        this.readOnly = readOnly;
        this.once = once;
    }

    /** The disk is made below the directory, with room. */
    public static FullDisk in(Path parent) {
        // For H2, what stands before a colon names the file system.
        var disk = new FullDisk(
                parent.toAbsolutePath().resolve("disk").toString(),
                new AtomicBoolean(),
                new AtomicBoolean(),
                new AtomicReference<>());
        FilePath.register(disk);
        try {
            Files.createDirectories(disk.directory());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return disk;
    }

    /** What a gateway or a database of H2 may have as its directory. */
    public Path directory() {
        return Path.of(scheme + ":full");
    }

    public void fill() {
        full.set(true);
    }

    public void makeRoom() {
        full.set(false);
    }

    /** There is no room for what is written next, and there is for all after that. What is given is run in between. */
    public void fillOnce(Runnable meanwhile) {
        once.set(meanwhile);
    }

    /** From now on its files may not be written to. */
    public void makeReadOnly() {
        readOnly.set(true);
    }

    @Override
    public boolean canWrite() {
        return !readOnly.get() && super.canWrite();
    }

    @Override
    public String getScheme() {
        return scheme;
    }

    @Override
    public FullDisk getPath(String path) {
        var file = new FullDisk(scheme, full, readOnly, once);
        file.name = translateFileName(path);
        return file;
    }

    @Override
    public FileChannel open(String mode) throws IOException {
        return new Channel(super.open(mode), full, once);
    }

    @Override
    public OutputStream newOutputStream(boolean append) throws IOException {
        if (full.get()) {
            throw new IOException(FULL);
        }
        return super.newOutputStream(append);
    }

    private static final class Channel extends FileBaseDefault {

        private final FileChannel file;
        private final AtomicBoolean full;
        private final AtomicReference<Runnable> once;

        Channel(FileChannel file, AtomicBoolean full, AtomicReference<Runnable> once) {
            this.file = file;
            this.full = full;
            this.once = once;
        }

        @Override
        public int write(ByteBuffer bytes, long position) throws IOException {
            var meanwhile = once.getAndSet(null);
            if (meanwhile != null) {
                meanwhile.run();
                throw new IOException(FULL);
            }
            if (!full.get()) {
                return file.write(bytes, position);
            }
            if (bytes.remaining() <= BLOCK) {
                throw new IOException(FULL);
            }
            var first = bytes.slice().limit(BLOCK);
            bytes.position(bytes.position() + BLOCK);
            return file.write(first, position);
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
        protected void implTruncate(long size) throws IOException {
            file.truncate(size);
        }

        @Override
        public void force(boolean metaData) throws IOException {
            file.force(metaData);
        }

        @Override
        public FileLock tryLock(long position, long size, boolean shared) throws IOException {
            return file.tryLock(position, size, shared);
        }

        @Override
        protected void implCloseChannel() throws IOException {
            file.close();
        }
    }
}
