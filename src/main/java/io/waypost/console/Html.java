package io.waypost.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import io.waypost.connector.Connector.PreparedRequest;
import io.waypost.platform.Json;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.springframework.web.util.HtmlUtils;

/** Parts of pages of documentation. */
final class Html {

    private static final DefaultIndenter INDENT = new DefaultIndenter("  ", "\n");
    private static final DefaultPrettyPrinter PRETTY = new DefaultPrettyPrinter(
                    Separators.createDefaultInstance().withObjectFieldValueSpacing(Separators.Spacing.AFTER))
            .withObjectIndenter(INDENT)
            .withArrayIndenter(INDENT);

    /** In JSON that has been escaped: a name with its colon, a string, or another value. */
    private static final Pattern TOKEN = Pattern.compile("(&quot;(?:\\\\.|(?!&quot;)[^\\\\])*&quot;)(:?)"
            + "|(?<=[\\s\\[])(-?\\d[\\d.eE+-]*|true|false|null)(?=[,\\s\\]])");

    private Html() {}

    /** Text from anywhere, for an element or an attribute in double quotes. */
    static String text(String raw) {
        return HtmlUtils.htmlEscape(raw, StandardCharsets.UTF_8.name());
    }

    static String code(String raw) {
        return "<code>" + text(raw) + "</code>";
    }

    static String codes(Collection<String> raw) {
        return raw.stream().map(Html::code).collect(Collectors.joining(" "));
    }

    /**
     * A block of code that can be scrolled with the keyboard.
     *
     * @param label what it is, for those who do not see it
     * @param html the code as HTML
     */
    static String block(String label, String html) {
        return block("code", label, html);
    }

    /** The same with long lines wrapped. */
    static String wrapped(String label, String html) {
        return block("code wrapped", label, html);
    }

    private static String block(String kind, String label, String html) {
        return """
                <div class="%s"><pre tabindex="0" role="region" aria-label="%s"><code>%s</code></pre></div>
                """.formatted(kind, text(label), html);
    }

    /** JSON of ours in lines, its parts in colours. */
    static String json(String json) {
        try {
            return coloured(text(Json.MAPPER.writer(PRETTY).writeValueAsString(Json.read(json))));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("what was read can be written", e);
        }
    }

    private static String coloured(String escaped) {
        return TOKEN.matcher(escaped).replaceAll(token -> {
            var kind = token.group(3) != null ? "value" : token.group(2).isEmpty() ? "text" : "name";
            var what = token.group(3) != null ? token.group(3) : token.group(1);
            var colon = token.group(3) != null ? "" : token.group(2);
            return Matcher.quoteReplacement("<span class=\"%s\">%s</span>%s".formatted(kind, what, colon));
        });
    }

    /** The lines before the body. */
    static String head(PreparedRequest request) {
        var url = URI.create(request.url());
        var lines = new StringBuilder("<span class=\"name\">%s %s HTTP/1.1</span>\nHost: %s\n"
                .formatted(text(request.method()), text(url.getRawPath()), text(url.getHost())));
        request.headers()
                .forEach((name, value) ->
                        lines.append("%s: <span class=\"text\">%s</span>\n".formatted(text(name), text(value))));
        return lines.toString();
    }
}
