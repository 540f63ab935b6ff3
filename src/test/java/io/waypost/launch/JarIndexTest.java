package io.waypost.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.launch.JarIndex.Entry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JarIndexTest {

    private static final String MANIFEST = "META-INF/MANIFEST.MF";
    private static final List<String> PARTS = List.of("classes/", "lib/a.jar", "lib/b.jar");

    @TempDir
    private Path directory;

    private final Map<String, byte[]> files = new LinkedHashMap<>();

    private void file(String name, String content) {
        files.put(name, content.getBytes(StandardCharsets.UTF_8));
    }

    /** @param namesAndContents of its files, in turn */
    private void jar(String name, String... namesAndContents) throws IOException {
        var content = new LinkedHashMap<String, byte[]>();
        for (var i = 0; i < namesAndContents.length; i += 2) {
            content.put(namesAndContents[i], namesAndContents[i + 1].getBytes(StandardCharsets.UTF_8));
        }
        files.put(name, zip(content, ZipEntry.DEFLATED));
    }

    private static byte[] zip(Map<String, byte[]> files, int method) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            for (var file : files.entrySet()) {
                var entry = new ZipEntry(file.getKey());
                entry.setMethod(method);
                var sum = new CRC32();
                sum.update(file.getValue());
                entry.setSize(file.getValue().length);
                entry.setCrc(sum.getValue());
                zip.putNextEntry(entry);
                zip.write(file.getValue());
            }
        }
        return bytes.toByteArray();
    }

    private JarIndex index() throws IOException {
        return new JarIndex(Files.write(directory.resolve("whole.jar"), zip(files, ZipEntry.STORED)), PARTS);
    }

    private static List<String> contents(JarIndex index, String name) throws IOException {
        var contents = new ArrayList<String>();
        for (Entry entry = index.find(name); entry != null; entry = JarIndex.after(entry, name)) {
            contents.add(entry.part() + new String(index.read(entry), StandardCharsets.UTF_8));
        }
        return contents;
    }

    @Test
    void filesAreFoundInTheOrderOfTheClassPathAndOnlyInItsParts() throws IOException {
        jar("lib/b.jar", "x", "of b", "only/b ä", "umlaut");
        jar("lib/a.jar", "x", "of a");
        jar("lib/other.jar", "x", "of another", "y", "of another");
        file("classes/x", "ours");
        file("x", "of the launcher");
        var index = index();

        assertThat(contents(index, "x")).containsExactly("0ours", "1of a", "2of b");
        assertThat(contents(index, "only/b ä")).containsExactly("2umlaut");
        assertThat(contents(index, "y")).isEmpty();
        assertThat(contents(index, "classes/x")).isEmpty();
        assertThat(contents(index, "")).isEmpty();
    }

    @Test
    void aDirectoryIsFoundWithItsSlashAndWithoutAndAFileOnlyWithout() throws IOException {
        jar("lib/a.jar", "thing", "a file");
        jar("lib/b.jar", "thing/", "", "thing/in", "it");
        file("classes/", "");
        var index = index();

        assertThat(contents(index, "thing")).containsExactly("1a file", "2");
        assertThat(contents(index, "thing/")).containsExactly("2");
        assertThat(contents(index, "thing/in/")).isEmpty();
    }

    @Test
    void ofAFileForSeveralVersionsOfTheJdkTheBestIsFoundIfTheJarHasThem() throws IOException {
        String[] versions = {
            "x", "of 8", "META-INF/versions/17/x", "of 17", "META-INF/versions/9/x", "of 9", "META-INF/versions/999/x",
            "of 999", "META-INF/versions/9/y", "new in 9", "META-INF/versions/", "", "META-INF/versions/9/", "",
            "META-INF/versions/any/x", "of none", "META-INF/versions/9/META-INF/z", "never"
        };
        jar("lib/b.jar", versions);
        var with = new ArrayList<>(List.of(MANIFEST, "Manifest-Version: 1.0\nMulti-Release: true\n"));
        with.addAll(List.of(versions));
        jar("lib/a.jar", with.toArray(String[]::new));
        file("classes/", "");
        var index = index();

        assertThat(contents(index, "x")).containsExactly("1of 17", "2of 8");
        assertThat(contents(index, "y")).containsExactly("1new in 9");
        assertThat(contents(index, "META-INF/z")).isEmpty();
        assertThat(contents(index, "META-INF/versions/9/x")).containsExactly("1of 9", "2of 9");
    }

    @Test
    void theManifestOfADirectoryIsThatOfTheWhole() throws IOException {
        file(MANIFEST, "Manifest-Version: 1.0\nImplementation-Version: 1\n");
        file("classes/", "");
        jar("lib/a.jar", MANIFEST, "Manifest-Version: 1.0\nImplementation-Version: 2\n");
        jar("lib/b.jar", "x", "none");
        var index = index();

        assertThat(version(index, 0)).isEqualTo("1");
        assertThat(version(index, 1)).isEqualTo("2");
        assertThat(version(index, 2)).isNull();
        assertThat(contents(index, MANIFEST)).hasSize(1);
    }

    private static String version(JarIndex index, int part) throws IOException {
        return index.manifest(part).getMainAttributes().getValue("Implementation-Version");
    }

    @Test
    void whatIsNotAsSpringBootPacksItIsNamed() throws IOException {
        file("classes/", "");
        jar("lib/a.jar", "x", "any");

        assertThatThrownBy(this::index).isInstanceOf(ZipException.class).hasMessageContaining("lib/b.jar");

        file("lib/b.jar", "no jar");
        assertThatThrownBy(this::index).isInstanceOf(ZipException.class).hasMessageContaining("list of contents");
    }
}
