package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.testing.Api.Answer;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Publishing goes past Spring MVC. The same path written in another way does not, and nobody can tell by the answer. */
class PublishWaysFlowTest extends Flow {

    private static final String SHORT_WAY = "/v1/events";
    private static final String LONG_WAY = "/v1/%65vents";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"a.b\",\"data\":{\"x\":1.10}}",
                "[{\"type\":\"a.b\"},{\"type\":\"a.b\"}]",
                "{\"type\":",
                "{\"type\":\"a b\",\"unknown\":1}",
                "[{\"type\":\"a\"},{\"type\":\"a b\"}]",
                "[]",
                "\"text\"",
                ""
            })
    void theAnswerIsTheSame(String body) {
        assertSame(api.post(SHORT_WAY, body), api.post(LONG_WAY, body));
        assertSame(api.with(null).post(SHORT_WAY, body), api.with(null).post(LONG_WAY, body));
        assertSame(api.with("wrong").post(SHORT_WAY, body), api.with("wrong").post(LONG_WAY, body));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Type: text/plain",
                "Content-Type: application/json; charset=latin1",
                "Content-Type: no type",
                "Content-Encoding: gzip",
                "Accept: text/html",
                "Accept: nonsense",
                "X-Forwarded-Proto: https"
            })
    void soItIsWithAnyHeader(String header) {
        var named = header.split(": ", 2);
        var body = "{\"type\":\"a.b\"}";

        assertSame(api.post(SHORT_WAY, body, named), api.post(LONG_WAY, body, named));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "DELETE", "OPTIONS", "HEAD"})
    void whatDoesNotPublishGoesTheLongWay(String method) {
        assertSame(api.send(method, SHORT_WAY, null), api.send(method, LONG_WAY, null));
    }

    private static void assertSame(Answer one, Answer other) {
        assertThat(one.status()).isEqualTo(other.status());
        assertThat(headers(one)).isEqualTo(headers(other));
        assertThat(withoutIds(one.text())).isEqualTo(withoutIds(other.text()));
    }

    private static Map<String, String> headers(Answer answer) {
        return answer.raw().headers().map().entrySet().stream()
                .filter(header ->
                        !header.getKey().equals("date") && !header.getKey().equals("content-length"))
                .collect(Collectors.toMap(
                        Map.Entry::getKey, header -> header.getValue().toString(), (a, _) -> a, TreeMap::new));
    }

    /** What is different in each answer, and the path, which is told as it was asked for. */
    private static String withoutIds(String text) {
        return text.replaceAll("evt_[A-Za-z0-9]+", "evt_").replaceAll("\"instance\":\"[^\"]*\"", "");
    }
}
