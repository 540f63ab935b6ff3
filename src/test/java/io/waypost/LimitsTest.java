package io.waypost;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.FileSystemResource;
import org.springframework.util.unit.DataSize;

/** docs/limits.md says what the code does: each bound is compared with its constant, or with its setting's default. */
class LimitsTest {

    private static final Path PAGE = Path.of("docs/limits.md");
    private static final Pattern ROW = Pattern.compile("\\| ([^|]+) \\| ([^|]+) \\| [^|]+ \\| (?:–|`([^`]+)`) \\|");
    private static final Pattern DEFAULT = Pattern.compile("\\$\\{[^:]+:(.*)}");

    private record Bound(String what, String amount, String where) {}

    @Test
    void eachBoundIsWhatTheCodeHas() throws Exception {
        var settings = new YamlPropertySourceLoader()
                .load("settings", new FileSystemResource("src/main/resources/application.yaml"))
                .getFirst();
        var wrong = new ArrayList<String>();
        var bounds = bounds();
        for (var bound : bounds) {
            var where = bound.where();
            if (where != null) {
                var value = where.startsWith("waypost.") ? setting(settings, where) : constant(where);
                if (written(value).stream().noneMatch(text -> isIn(text, bound.amount()))) {
                    wrong.add("%s: the page says %s, %s is %s".formatted(bound.what(), bound.amount(), where, value));
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(bounds).hasSizeGreaterThan(60);
    }

    private static List<Bound> bounds() throws IOException {
        var bounds = new ArrayList<Bound>();
        for (var line : Files.readAllLines(PAGE)) {
            var row = ROW.matcher(line);
            if (row.matches()) {
                bounds.add(new Bound(row.group(1), row.group(2), row.group(3)));
            } else {
                assertThat(line).as("a row that is not understood").matches("(?!\\|).*|\\| (what|---) .*");
            }
        }
        return bounds;
    }

    private static Object constant(String where) throws ReflectiveOperationException {
        var dot = where.lastIndexOf('.');
        var name = "io.waypost." + where.substring(0, dot).replaceFirst("\\.([A-Z]\\w*)\\.([A-Z])", ".$1\\$$2");
        var field = Class.forName(name).getDeclaredField(where.substring(dot + 1));
        field.setAccessible(true);
        return field.get(null);
    }

    /** Its default, as a duration, a size or a number. */
    private static Object setting(PropertySource<?> settings, String name) {
        var text = String.valueOf(settings.getProperty(name));
        var fallback = DEFAULT.matcher(text);
        var value = fallback.matches() ? fallback.group(1) : text;
        var conversion = ApplicationConversionService.getSharedInstance();
        if (value.isEmpty()) {
            return "none";
        }
        if (value.matches("[0-9]+")) {
            return Long.valueOf(value);
        }
        return value.matches("[0-9]+(B|KB|MB|GB)")
                ? conversion.convert(value, DataSize.class)
                : conversion.convert(value, Duration.class);
    }

    /** The ways in which the page may write it. */
    private static List<String> written(Object value) {
        return switch (value) {
            case Duration time ->
                List.of(
                        time.toMillis() + " ms",
                        time.toSeconds() + " s",
                        time.toMinutes() + " min",
                        time.toHours() + " h");
            case DataSize size -> List.of(size.toMegabytes() + " MB", size.toKilobytes() + " KB");
            case String text -> List.of(text);
            case Double part -> List.of(String.valueOf(part));
            case Number number -> {
                var n = number.longValue();
                var ways = new ArrayList<>(List.of(String.format(Locale.ROOT, "%,d", n)));
                if (n % (1024 * 1024) == 0) {
                    ways.add(n / (1024 * 1024) + " MiB");
                }
                if (n % 1024 == 0) {
                    ways.add(n / 1024 + " KiB");
                }
                ways.add(n + " MiB");
                yield ways;
            }
            default -> throw new IllegalArgumentException("no bound: " + value);
        };
    }

    private static boolean isIn(String text, String amount) {
        return Pattern.compile("(?<![0-9,.])" + Pattern.quote(text) + "(?![0-9,.][0-9]|[0-9])")
                .matcher(amount)
                .find();
    }
}
