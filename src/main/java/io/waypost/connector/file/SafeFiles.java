package io.waypost.connector.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Appends to files below a directory and to nothing else. Each step down is taken from the directory before, and never over
 * a symbolic link, so that no link, old or made this moment, leads outside.
 */
final class SafeFiles {

    private static final int DEEPEST = 8;
    private static final Pattern PART = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}");

    private final Path root;

    SafeFiles(Path root) {
        this.root = root;
    }

    /**
     * A path taken apart.
     *
     * @throws IllegalArgumentException if it is not one or more plain names with slashes between
     */
    static List<String> parts(String path) {
        var parts = List.of(path.split("/", -1));
        if (parts.size() > DEEPEST
                || !parts.stream().allMatch(part -> PART.matcher(part).matches())) {
            throw new IllegalArgumentException(
                    "must be at most %d names of letters, digits, '.', '_' and '-', with '/' between; none begins with '.'"
                            .formatted(DEEPEST));
        }
        return parts;
    }

    /**
     * Appends, and waits until it is on the disk. What could not be written whole is taken back.
     *
     * @throws IOException also if a part of the path is a symbolic link
     */
    void append(List<String> parts, byte[] lines) throws IOException {
        Files.createDirectories(root);
        var at = root.toRealPath();
        for (var part : parts.subList(0, parts.size() - 1)) {
            at = at.resolve(part);
            makeDirectory(at);
        }
        try (var directory = descend(parts);
                var file = (FileChannel) directory.newByteChannel(
                        Path.of(parts.getLast()),
                        Set.of(
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE,
                                StandardOpenOption.APPEND,
                                LinkOption.NOFOLLOW_LINKS))) {
            var before = file.size();
            try {
                var bytes = ByteBuffer.wrap(lines);
                while (bytes.hasRemaining()) {
                    file.write(bytes);
                }
                file.force(true);
            } catch (IOException e) {
                takeBack(file, before, e);
                throw e;
            }
        }
    }

    /** Whether there is a directory that can be written to. */
    boolean ready() {
        return Files.isDirectory(root) && Files.isWritable(root);
    }

    @SuppressWarnings("StreamResourceLeak") // the caller closes it
    private SecureDirectoryStream<Path> descend(List<String> parts) throws IOException {
        var stream = secure(Files.newDirectoryStream(root.toRealPath()));
        for (var part : parts.subList(0, parts.size() - 1)) {
            try (var above = stream) {
                stream = above.newDirectoryStream(Path.of(part), LinkOption.NOFOLLOW_LINKS);
            }
        }
        return stream;
    }

    private static SecureDirectoryStream<Path> secure(DirectoryStream<Path> stream) throws IOException {
        if (stream instanceof SecureDirectoryStream<Path> secure) {
            return secure;
        }
        stream.close();
        throw new IOException("this system has no safe way to open files below a directory");
    }

    private static void makeDirectory(Path directory) throws IOException {
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            try {
                Files.createDirectory(directory);
            } catch (FileAlreadyExistsException e) {
                if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
                    throw new IOException("a part of the path is no directory", e);
                }
            }
        }
    }

    private static void takeBack(FileChannel file, long before, IOException cause) {
        try {
            file.truncate(before);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }
}
