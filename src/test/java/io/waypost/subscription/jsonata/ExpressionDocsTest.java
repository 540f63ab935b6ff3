package io.waypost.subscription.jsonata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What {@code docs/expressions.md} shows is so. */
class ExpressionDocsTest {

    private static final Path PAGE = Path.of("docs/expressions.md");
    private static final Pattern EVENT = Pattern.compile("```json\n(.*?)```", Pattern.DOTALL);
    private static final Pattern ROW = Pattern.compile("^\\| .*?\\| `(.+)` \\| `(.+)` \\|$", Pattern.MULTILINE);

    @TestFactory
    Stream<DynamicTest> everyExampleGivesWhatIsBesideIt() throws IOException {
        var page = Files.readString(PAGE);
        var event = EVENT.matcher(page).results().findFirst().orElseThrow().group(1);
        return ROW.matcher(page).results().toList().stream()
                .map(row -> dynamicTest(row.group(1), () -> assertThat(
                                Sandboxed.evaluate(row.group(1), event).asText())
                        .isEqualTo(row.group(2))));
    }

    @Test
    void everyFunctionOfOursHasAnExample() throws IOException {
        var page = Files.readString(PAGE);

        assertThat(BuiltIns.added()).hasSize(9).allSatisfy(name -> assertThat(
                        ROW.matcher(page).results())
                .as(name)
                .anyMatch(row -> row.group(1).contains("$" + name + "(")));
    }
}
