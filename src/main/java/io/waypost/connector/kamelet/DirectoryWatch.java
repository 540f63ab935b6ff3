package io.waypost.connector.kamelet;

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

/** Tells the catalogue what comes, changes and goes in the user's directory of connectors. */
class DirectoryWatch {

    private record Stamp(long size, FileTime modified) {}

    private final Path directory;
    private final KameletCatalog catalog;
    private final Map<Path, Stamp> told = new HashMap<>();
    private Map<Path, Stamp> seen = Map.of();

    DirectoryWatch(Path directory, KameletCatalog catalog) {
        this.directory = directory;
        this.catalog = catalog;
    }

    /** Tells of all files that are there, before Camel starts. */
    synchronized void load() {
        seen = stamps();
        seen.forEach(this::tell);
    }

    /** Looks once. A file is told of when two looks in a row find the same, so that nobody is still writing it. */
    @Scheduled(fixedDelayString = "${waypost.connectors-every:500ms}")
    synchronized void look() {
        if (!catalog.isStarted()) {
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
                catalog.remove(name(file));
            }
            return gone;
        });
        seen = now;
        catalog.tidy();
    }

    private void tell(Path file, Stamp stamp) {
        try {
            catalog.put(name(file), Files.readAllBytes(file));
        } catch (NoSuchFileException _) {
            return; // gone since; the next look says so
        } catch (IOException e) {
            catalog.unreadable(name(file), e);
        }
        told.put(file, stamp);
    }

    private Map<Path, Stamp> stamps() {
        var stamps = new TreeMap<Path, Stamp>();
        try (var files = Files.list(directory)) {
            for (var file :
                    files.filter(f -> name(f).endsWith(KameletFile.SUFFIX)).toList()) {
                try {
                    var attributes = Files.readAttributes(file, BasicFileAttributes.class);
                    stamps.put(file, new Stamp(attributes.size(), attributes.lastModifiedTime()));
                } catch (NoSuchFileException _) {
                    // gone since it was listed
                }
            }
        } catch (NoSuchFileException | NotDirectoryException _) {
            return Map.of(); // the directory may come later
        } catch (IOException e) {
            throw new UncheckedIOException("the directory of connectors cannot be read", e);
        }
        return stamps;
    }

    private static String name(Path file) {
        return file.getFileName().toString();
    }
}
