package io.waypost.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.waypost.testing.Delays;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinearPatternTest {

    private static boolean finds(String regex, String text) {
        return LinearPattern.of(regex, false, false).matcher(text, () -> {}).find();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "^[^\\s@]+@[^\\s@]+$ a@example.com",
                "^\\d{4}-\\d\\d$ 2026-11",
                "^\\p{L}+$ Grüße",
                "\\u00e9t\\u00e9 été",
                "^\\\\u0041$ \\u0041",
                "^[\\u0041-\\u005a]$ Q",
                "(?i)^ok$ OK",
                "^[]a]$ ]",
                "^[[:alpha:]]+$ abc",
                "^\\x{1F600}$ 😀"
            })
    void whatPeopleWriteIsFound(String regex, String text) {
        assertThat(finds(regex, text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"(?=a)", "(?<!a)b", "(a)\\1", "a*+", "(", "[", "a{2,1}", "\\Qa\\E"})
    void whatItCannotDoIsRefusedWithASentence(String regex) {
        assertThatThrownBy(() -> LinearPattern.of(regex, false, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the regular expression cannot be used: ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(?:(?:){2000000000}){2000000000}x",
                "(?:(?:a{1000}){1000}){1000}",
                "(a{50}[(]){50}",
                "(a{50}[\\](]){50}",
                "(a{50}[^](]){50}",
                "(a{50}[[:alpha:](]){50}",
                "(a{50}\\(){50}",
                "x{1000}x{1000}x{1000}"
            })
    void whatRepeatsTooMuchIsRefusedBeforeItIsMade(String regex) {
        assertThatThrownBy(() -> LinearPattern.of(regex, false, false)).hasMessageContaining("repeats too much");
    }

    @Test
    void itsSizeIsNeverTakenForLessThanItIs() {
        var random = new Random(4711);
        var pieces = new String[] {
            "a",
            "(",
            "(?:",
            ")",
            "[",
            "]",
            "[^",
            "\\",
            "{2}",
            "{30}",
            "{3,40}",
            "*",
            "?",
            "|",
            "b",
            "-",
            "\\x{61}",
            "[:alpha:]",
            "\\]",
            "\\(",
            "\\p{L}",
            ".",
            "{",
            "}",
            "^",
            "$"
        };
        var made = 0;
        for (int i = 0; i < 200_000; i++) {
            var regex = new StringBuilder();
            for (int n = random.nextInt(14) + 1; n > 0; n--) {
                regex.append(pieces[random.nextInt(pieces.length)]);
            }
            try {
                LinearPattern.of(regex.toString(), false, false);
            } catch (IllegalArgumentException _) {
                continue;
            }
            made++;
            assertThat(Pattern.compile(regex.toString()).programSize())
                    .as(regex.toString())
                    .isLessThan(4 * LinearPattern.MAX_SIZE);
        }
        assertThat(made).isGreaterThan(10_000);
    }

    @Test
    void whatOthersBacktrackOverTakesTimeThatGrowsWithTheTextOnly() {
        var start = System.nanoTime();

        for (var regex : new String[] {"a*a*a*a*a*a*a*b", "(a|aa)+(a|aa)+(a|aa)+c", "^(a+)+$b"}) {
            assertThat(finds(regex, "a".repeat(5_000))).isFalse();
        }

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Delays.PAUSE);
    }

    @Test
    void whoLooksCanEndIt() {
        var looks = new AtomicInteger();
        var matcher = LinearPattern.of("(x{0,40}y){0,40}z", false, false).matcher("x".repeat(100_000), () -> {
            if (looks.incrementAndGet() == 3) {
                throw new IllegalStateException("enough");
            }
        });

        assertThatThrownBy(matcher::find).hasMessage("enough");
    }

    @Test
    void aSyntaxErrorIsNotRe2jsOwnException() {
        assertThatThrownBy(() -> LinearPattern.of("a**", false, false))
                .isNotInstanceOf(PatternSyntaxException.class)
                .hasMessageContaining("**");
    }
}
