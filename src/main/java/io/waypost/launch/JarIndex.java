package io.waypost.launch;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Where each file of the parts of a Spring Boot jar is: directories of it, and jars that lie in it uncompressed. Made from their
 * lists of contents when the process starts, so that it fits the jar whoever has made it.
 */
final class JarIndex {

    /** How many names room is made for at once. */
    private static final int NAMES = 50_000;

    private static final String VERSIONS = "META-INF/versions/";

    /** Of the ZIP format: how the end of a list of contents begins, and how long its records are without names. */
    private static final int END = 0x06054b50;

    private static final int END_LENGTH = 22;
    private static final int HEADER_LENGTH = 46;
    private static final int LOCAL_LENGTH = 30;

    /**
     * A file or a directory in a part.
     *
     * @param header where the list of contents tells of it
     * @param place where it is
     * @param next what has the same name and comes next on the class path
     */
    record Entry(
            int part,
            int header,
            int place,
            boolean directory,
            @Nullable Entry next) {}

    /** A line of a list of contents. */
    private record Line(String name, int header, int place) {}

    private final ByteBuffer file;
    private final Map<String, Entry> entries = HashMap.newHashMap(NAMES);
    private final List<String> parts;
    private final @Nullable Line manifest;

    /** @param parts directories, which end with a slash, and jars, in the order of the class path */
    JarIndex(Path jar, List<String> parts) throws IOException {
        try (var channel = FileChannel.open(jar)) {
            file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()).order(ByteOrder.LITTLE_ENDIAN);
        }
        var whole = contents(0, file.capacity());
        var lines = new HashMap<String, Line>();
        whole.forEach(line -> lines.put(line.name, line));
        this.parts = List.copyOf(parts);
        manifest = lines.get(JarFile.MANIFEST_NAME);
        // The last comes first: what is added later stands in front.
        for (var part = parts.size() - 1; part >= 0; part--) {
            var name = parts.get(part);
            if (name.endsWith("/")) {
                add(part, name, whole);
            } else {
                var line = lines.get(name);
                if (line == null || method(line.header) != ZipEntry.STORED) {
                    throw new ZipException(name + " is missing or compressed");
                }
                var start = data(line.place);
                addJar(part, contents(start, start + length(line.header)));
            }
        }
    }

    private List<Line> contents(int start, int end) throws ZipException {
        var last = end - END_LENGTH;
        while (last >= start && file.getInt(last) != END) {
            last--;
        }
        if (last < start) {
            throw new ZipException("No list of contents");
        }
        var length = file.getInt(last + 12);
        var list = last - length;
        // What places are counted from is not always the start: something may stand before it.
        var base = list - file.getInt(last + 16);
        // As a whole: reading a mapped file number by number is slow until it is compiled.
        var bytes = bytes(list, length);
        var headers = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        var lines = new ArrayList<Line>(Short.toUnsignedInt(file.getShort(last + 10)));
        for (var at = 0; at < length; ) {
            var nameLength = Short.toUnsignedInt(headers.getShort(at + 28));
            lines.add(new Line(
                    new String(bytes, at + HEADER_LENGTH, nameLength, StandardCharsets.UTF_8),
                    list + at,
                    base + headers.getInt(at + 42)));
            at += HEADER_LENGTH
                    + nameLength
                    + Short.toUnsignedInt(headers.getShort(at + 30))
                    + Short.toUnsignedInt(headers.getShort(at + 32));
        }
        return lines;
    }

    private void addJar(int part, List<Line> lines) throws IOException {
        add(part, "", lines);
        var versioned = lines.stream()
                .filter(line -> line.name.startsWith(VERSIONS) && version(line.name) > 0)
                .sorted(Comparator.comparingInt(line -> version(line.name)))
                .toList();
        if (!versioned.isEmpty() && isMultiRelease(part)) {
            for (var line : versioned) {
                add(part, VERSIONS + version(line.name) + "/", List.of(line));
            }
        }
    }

    /** The version of the JDK from which on a file is to be taken; 0 if it is never taken here. */
    private static int version(String name) {
        var end = name.indexOf('/', VERSIONS.length());
        if (end < 0 || name.startsWith("META-INF/", end + 1)) {
            return 0;
        }
        try {
            var version = Integer.parseInt(name, VERSIONS.length(), end, 10);
            return version <= Runtime.version().feature() ? version : 0;
        } catch (NumberFormatException _) {
            return 0;
        }
    }

    private boolean isMultiRelease(int part) throws IOException {
        return "true".equalsIgnoreCase(manifest(part).getMainAttributes().getValue(Attributes.Name.MULTI_RELEASE));
    }

    private void add(int part, String directory, List<Line> lines) {
        for (var line : lines) {
            if (line.name.length() > directory.length() && line.name.startsWith(directory)) {
                var isDirectory = line.name.endsWith("/");
                var name = line.name.substring(directory.length(), line.name.length() - (isDirectory ? 1 : 0));
                entries.put(name, new Entry(part, line.header, line.place, isDirectory, entries.get(name)));
            }
        }
    }

    /** The first of that name; one that ends with a slash is that of a directory. */
    @Nullable
    Entry find(String name) {
        return name.endsWith("/") ? from(entries.get(name.substring(0, name.length() - 1)), true) : entries.get(name);
    }

    /** The next one of the same name in another part. */
    static @Nullable Entry after(Entry entry, String name) {
        var next = entry.next;
        while (next != null && next.part == entry.part) {
            next = next.next;
        }
        return from(next, name.endsWith("/"));
    }

    private static @Nullable Entry from(@Nullable Entry first, boolean directory) {
        var entry = first;
        while (entry != null && directory && !entry.directory) {
            entry = entry.next;
        }
        return entry;
    }

    /** The manifest of a part: of a directory that of the whole jar. */
    Manifest manifest(int part) throws IOException {
        if (parts.get(part).endsWith("/")) {
            return manifest == null ? new Manifest() : manifest(manifest.header, manifest.place);
        }
        var entry = entries.get(JarFile.MANIFEST_NAME);
        while (entry != null && entry.part != part) {
            entry = entry.next;
        }
        return entry == null ? new Manifest() : manifest(entry.header, entry.place);
    }

    private Manifest manifest(int header, int place) throws IOException {
        return new Manifest(new ByteArrayInputStream(read(header, place)));
    }

    /** What is in a file. */
    byte[] read(Entry entry) throws IOException {
        return read(entry.header, entry.place);
    }

    private byte[] read(int header, int place) throws IOException {
        var data = bytes(data(place), length(header));
        if (method(header) == ZipEntry.STORED) {
            return data;
        }
        var content = new byte[file.getInt(header + 24)];
        try (var inflater = new Inflater(true)) {
            inflater.setInput(data);
            if (inflater.inflate(content) != content.length) {
                throw new ZipException("A file is shorter than its header says");
            }
        } catch (DataFormatException e) {
            throw new ZipException("A file cannot be decompressed: " + e.getMessage());
        }
        return content;
    }

    private int method(int header) {
        return file.getShort(header + 10);
    }

    private int length(int header) {
        return file.getInt(header + 20);
    }

    /** Where the content of what is at that place begins. */
    private int data(int place) {
        return place
                + LOCAL_LENGTH
                + Short.toUnsignedInt(file.getShort(place + 26))
                + Short.toUnsignedInt(file.getShort(place + 28));
    }

    private byte[] bytes(int from, int length) {
        var bytes = new byte[length];
        file.get(from, bytes);
        return bytes;
    }
}
