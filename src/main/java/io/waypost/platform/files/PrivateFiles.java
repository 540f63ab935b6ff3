package io.waypost.platform.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Directories and files that nobody may read but the user this process runs as, where the file system knows users. */
public final class PrivateFiles {

    private static final Logger log = LoggerFactory.getLogger(PrivateFiles.class);

    private static final Set<PosixFilePermission> OF_A_DIRECTORY = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> OF_A_FILE = PosixFilePermissions.fromString("rw-------");

    private static final boolean POSIX =
            FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

    private PrivateFiles() {}

    /** Makes the directory with mode 700, its parents too; one that is there and belongs to this user gets that mode. */
    public static void makeDirectory(Path directory) throws IOException {
        Files.createDirectories(directory, attributes(OF_A_DIRECTORY));
        if (isWider(directory, OF_A_DIRECTORY) && Files.isWritable(directory)) {
            // Root may change what is not its own, too; what this process makes is its own.
            var probe = makeDraft(directory, "owner");
            try {
                narrow(directory, OF_A_DIRECTORY, Files.getOwner(probe).equals(Files.getOwner(directory)));
            } finally {
                Files.delete(probe);
            }
        }
    }

    /** A new file with mode 600, named after another. */
    public static Path makeDraft(Path directory, String name) throws IOException {
        return Files.createTempFile(directory, name, ".new", attributes(OF_A_FILE));
    }

    /**
     * Puts the text into the file, which has mode 600 then: whoever reads it sees all of the old text or all of the new one,
     * and so does a start after a power loss.
     */
    public static void replace(Path file, String text) throws IOException {
        var directory = Objects.requireNonNull(file.toAbsolutePath().getParent());
        var draft = makeDraft(directory, file.getFileName().toString());
        try {
            write(draft, text);
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    /** Writes into a file that is there; returns when it is on disk. */
    public static void write(Path file, String text) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            channel.force(true);
        }
    }

    /** Gives the file mode 600 if it is wider and belongs to whom its directory belongs to; does nothing if it is not there. */
    public static void narrow(Path file) throws IOException {
        if (POSIX && Files.exists(file) && isWider(file, OF_A_FILE)) {
            var directory = file.toAbsolutePath().getParent();
            narrow(
                    file,
                    OF_A_FILE,
                    directory != null && Files.getOwner(directory).equals(Files.getOwner(file)));
        }
    }

    private static void narrow(Path path, Set<PosixFilePermission> mode, boolean ours) throws IOException {
        var before = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
        if (ours) {
            Files.setPosixFilePermissions(path, mode);
            // H2 makes its files for everybody, so that this is so at each first start, within a directory that is
            // closed.
            log.atLevel(Files.isDirectory(path) ? Level.INFO : Level.DEBUG)
                    .log(
                            "{} was {}; it is for this user alone now: {}",
                            path,
                            before,
                            PosixFilePermissions.toString(mode));
        } else {
            log.warn(
                    "{} is {}: others can get at what is in it, and it is not this user's to change that",
                    path,
                    before);
        }
    }

    private static boolean isWider(Path path, Set<PosixFilePermission> mode) throws IOException {
        return POSIX && !mode.containsAll(Files.getPosixFilePermissions(path));
    }

    private static FileAttribute<?>[] attributes(Set<PosixFilePermission> mode) {
        return POSIX ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(mode)} : new FileAttribute<?>[0];
    }
}
