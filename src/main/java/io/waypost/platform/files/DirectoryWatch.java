package io.waypost.platform.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.scheduling.annotation.Scheduled;

/** Tells a listener what comes, changes and goes in a directory of the user's. What lies in directories below is not read. */
public class DirectoryWatch {

    /** Who wants to know. Called by one thread at a time. */
    public interface Listener {

        /** Whether it can take changes already; until then it hears only of what is there from the beginning. */
        boolean isStarted();

        /** A file is new or has changed. */
        void put(String file, byte[] content);

        /** A file is there but cannot be read. */
        void unreadable(String file, IOException why);

        /** A file is gone. */
        void remove(String file);

        /** After each look. */
        void tidy();
    }

    private record Stamp(long size, FileTime modified) {}

    private final Path directory;
    private final String suffix;
    private final Listener listener;
    private final Map<Path, Stamp> told = new HashMap<>();
    private Map<Path, Stamp> seen = Map.of();

    /** @param suffix what the names of its files end with */
    public DirectoryWatch(Path directory, String suffix, Listener listener) {
        this.directory = directory;
        this.suffix = suffix;
        this.listener = listener;
    }

    /** Tells of all files that are there, before Camel starts. */
    public synchronized void load() {
        seen = stamps();
        seen.forEach(this::tell);
    }

    /** Looks once. A file is told of when two looks in a row find the same, so that nobody is still writing it. */
    @Scheduled(fixedDelayString = "${waypost.files-every:500ms}")
    public synchronized void look() {
        if (!listener.isStarted()) {
            return;
        }
        var now = stamps();
        now.forEach((file, stamp) -> {
            if (stamp.equals(seen.get(file)) && !stamp.equals(told.get(file))) {
                tell(file, stamp);
            }
        });
        told.keySet().removeIf(file -> {
            var gone = !now.containsKey(file);
            if (gone) {
                listener.remove(name(file));
            }
            return gone;
        });
        seen = now;
        listener.tidy();
    }

    private void tell(Path file, Stamp stamp) {
        try {
            listener.put(name(file), Files.readAllBytes(file));
        } catch (NoSuchFileException _) {
            return; // gone since; the next look says so
        } catch (IOException e) {
            listener.unreadable(name(file), e);
        }
        told.put(file, stamp);
    }

    private Map<Path, Stamp> stamps() {
        if (!Files.isDirectory(directory)) {
            return Map.of(); // it may come later
        }
        var stamps = new TreeMap<Path, Stamp>();
        try (var files = Files.list(directory)) {
            for (var file : files.filter(f -> name(f).endsWith(suffix)).toList()) {
                try {
                    var attributes = Files.readAttributes(file, BasicFileAttributes.class);
                    stamps.put(file, new Stamp(attributes.size(), attributes.lastModifiedTime()));
                } catch (NoSuchFileException _) {
                    // gone since it was listed
                }
            }
        } catch (NoSuchFileException | NotDirectoryException _) {
            return Map.of(); // gone since
        } catch (IOException e) {
            throw new UncheckedIOException("the directory %s cannot be read".formatted(directory), e);
        }
        return stamps;
    }

    private static String name(Path file) {
        return file.getFileName().toString();
    }
}
