package io.waypost;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/architecture.md names classes that there are, and the way of an event is short enough to be read. */
class ArchitectureDocsTest {

    private static final Pattern CLASS = Pattern.compile("`((?:[a-z]+\\.)+[A-Z]\\w*)`");
    private static final String WAY = "## From the call to the stored outcome";

    private static String page() throws IOException {
        return Files.readString(Path.of("docs/architecture.md"));
    }

    private static Set<String> classesIn(String text) {
        var found = new LinkedHashSet<String>();
        CLASS.matcher(text).results().forEach(named -> found.add(named.group(1)));
        return found;
    }

    @Test
    void whatItNamesThereIs() throws IOException {
        assertThat(classesIn(page())).hasSizeGreaterThan(30).allSatisfy(name -> {
            var file = Path.of("src/main/java/io/waypost", name.replace('.', '/') + ".java");
            assertThat(file).exists();
        });
    }

    @Test
    void theWayOfAnEventHasAtMostThirtyClasses() throws IOException {
        var way = page();
        var section = way.substring(way.indexOf(WAY), way.indexOf("\n## ", way.indexOf(WAY) + 1));

        assertThat(classesIn(section)).hasSizeLessThanOrEqualTo(30);
    }
}
