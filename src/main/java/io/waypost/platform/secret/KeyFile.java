package io.waypost.platform.secret;

import io.waypost.platform.CannotStart;
import io.waypost.platform.files.PrivateFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A key in a file of its own that only its owner may read: made once, used again on every later start. */
public final class KeyFile {

    private static final Logger log = LoggerFactory.getLogger(KeyFile.class);

    private static final boolean POSIX =
            FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

    private KeyFile() {}

    /**
     * The text in the file. If there is no such file, it is made (mode 600, its directory 700) with a new key. What is
     * returned is on disk: a power loss right after does not lose it. Of two processes that make it at once, one wins and
     * both get its key.
     *
     * @throws CannotStart if the file is empty, or can be neither read nor made
     */
    public static String readOrMake(Path file, Supplier<String> newKey) {
        try {
            if (Files.notExists(file)) {
                make(file, newKey.get());
            }
            PrivateFiles.narrow(file);
            var key = Files.readString(file).strip();
            if (key.isEmpty()) {
                throw new CannotStart(
                        "The key file " + file + " is empty",
                        "Put the key back that was in it, or delete the file to have a new one made.");
            }
            return key;
        } catch (IOException e) {
            throw new CannotStart(
                    "The key file " + file + " can be neither read nor made: " + e,
                    "Give the process a data directory it may write to (WAYPOST_DATA_DIR).",
                    e);
        }
    }

    private static void make(Path file, String key) throws IOException {
        var directory = Objects.requireNonNull(file.toAbsolutePath().getParent());
        PrivateFiles.makeDirectory(directory);
        var draft = PrivateFiles.makeDraft(directory, file.getFileName().toString());
        try {
            PrivateFiles.write(draft, key + "\n");
            publish(draft, file);
        } catch (FileAlreadyExistsException _) {
            log.info("{} was made by another process meanwhile; it is used", file);
        } finally {
            Files.deleteIfExists(draft);
        }
        syncDirectory(directory);
    }

    /** Never replaces a key another process made meanwhile: a link fails then; so does a move, where there are no links. */
    private static void publish(Path draft, Path file) throws IOException {
        try {
            Files.createLink(file, draft);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (UnsupportedOperationException | FileSystemException _) {
            Files.move(draft, file);
        }
    }

    private static void syncDirectory(Path directory) throws IOException {
        if (POSIX) {
            try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
