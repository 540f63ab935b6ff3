package io.waypost.subscription.jsonata;

import static io.waypost.subscription.jsonata.Sandboxed.SANDBOX;
import static io.waypost.subscription.jsonata.Sandboxed.evaluate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.MissingNode;
import io.waypost.connector.ExpressionFailed;
import io.waypost.platform.Json;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SandboxTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "data",
                "data.n",
                "{\"copy\": data.n}",
                "data.{\"n\": n}",
                "$map([data.n], function($v){ $v })",
                "$clone(data)",
                "$merge([data, {\"x\": 1}])",
                "[data.n, null]",
                "$sort([data.n])",
                "data.n[0]",
            })
    void copiedNumbersKeepTheirDigits(String expression) {
        for (var number : new String[] {
            "18859015918863553", "123456789012345678901234567890", "1.10", "-0.000001", "1E+400", "9007199254740993"
        }) {
            var result = evaluate(expression, "{\"data\":{\"n\":%s}}".formatted(number));

            assertThat(Json.write(result)).contains(number);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "data.a + 1|2",
                "data.missing = 1|false",
                "data.nothing|null",
                "{\"a\": data.nothing, \"b\": data.missing}|{\"a\":null}",
                "[data.nothing, 1]|[null,1]",
                "$type(data.nothing)|\"null\"",
                "data.list[1]|\"y\"",
                "data.list.$uppercase($)|[\"X\",\"Y\"]",
                "data.list ~> $map($uppercase) ~> $join(\"-\")|\"X-Y\"",
                "$millis()|1772366400000",
                "$now()|\"2026-03-01T12:00:00.000Z\"",
                "$toMillis(\"2026-03-01T12:00:00\")|1772366400000",
                "$toMillis(\"2026-03-01T13:00:00+01:00\")|1772366400000",
                "$toMillis(\"20260301120000\", \"[Y0001][M01][D01][H01][m01][s01]\")|1772366400000",
                "$fromMillis(1772366400000, \"[D01].[M01].[Y0001]\")|\"01.03.2026\"",
                "$abs(-1.5)|1.5",
                "$abs(data.price)|1.10",
                "$round(data.price, 1)|1.1",
                "$round(2.5)|2",
                "$formatNumber(12345.6, \"#,###.00\")|\"12,345.60\"",
                "$sum(data.numbers)|6.5",
                "$sort(data.numbers)|[1,2,3.5]",
                "$sort(data.list, function($a, $b){ $a < $b })|[\"y\",\"x\"]",
                "$pad(\"x\", 4, \"#+\")|\"x#+#\"",
                "$pad(\"x\", -3)|\"  x\"",
                "$match(\"ababb\", /a(b+)/)|[{\"match\":\"ab\",\"index\":0,\"groups\":[\"b\"]},{\"match\":\"abb\",\"index\":2,\"groups\":[\"bb\"]}]",
                "$match(\"ababb\", /a(b+)/, 1).index|0",
                "$contains(\"Hello\", /hell/i)|true",
                "$split(\"a, b,c\", /,\\s*/)|[\"a\",\"b\",\"c\"]",
                "$split(\"a,b,c\", \",\", 2)|[\"a\",\"b\"]",
                "$split(\"abc\", \"\")|[\"a\",\"b\",\"c\"]",
                "$replace(\"John Smith\", /(\\w+)\\s(\\w+)/, \"$2, $1 $$ $0\")|\"Smith, John $ John Smith\"",
                "$replace(\"aaa\", \"a\", \"$1\", 2)|\"$1$1a\"",
                "$replace(\"265USD\", /([0-9]+)USD/, \"$$$1\")|\"$265\"",
                "$replace(\"a1b2\", /[0-9]/, function($m){ \"<\" & $m.match & \">\" })|\"a<1>b<2>\"",
                "($r := /b(c)/; $r(\"abc\").groups)|[\"c\"]",
                "$filter(data.list, function($v){ $contains($v, /x/) })|\"x\"",
                "($first := $substring(?, 0, 1); $first(\"abc\"))|\"a\"",
                "data.list#$i.{\"i\": $i, \"v\": $}|[{\"i\":0,\"v\":\"x\"},{\"i\":1,\"v\":\"y\"}]",
                "data.items{kind: $sum(n)}|{\"a\":3,\"b\":4}",
                "$spread({\"a\":1,\"b\":2})|[{\"a\":1},{\"b\":2}]",
                "$distinct([1,1,2])|[1,2]",
                "$string(data.price)|\"1.10\"",
                "\"n: \" & data.a|\"n: 1\"",
                "$config.url|\"http://x\"",
                "1/3|0.3333333333333333",
                "1e21|1.0E21",
            })
    void itIsJsonata(String expression, String expected) {
        var input = """
                {"data":{"a":1,"nothing":null,"price":1.10,"list":["x","y"],"numbers":[3.5,1,2],
                         "items":[{"kind":"a","n":1},{"kind":"a","n":2},{"kind":"b","n":4}]}}""";

        var result = SANDBOX.evaluate(
                expression, Json.read(input), Map.of("config", Json.object().put("url", "http://x")));

        assertThat(Json.write(result)).isEqualTo(expected);
    }

    @Test
    void theTransformOperatorWorks() {
        var result = evaluate("data ~> |$|{\"a\": 2}, [\"b\"]|", "{\"data\":{\"a\":1,\"b\":1,\"c\":1}}");

        assertThat(Json.write(result)).isEqualTo("{\"a\":2,\"c\":1}");
    }

    @Test
    void nothingIsAMissingNode() {
        assertThat(evaluate("data.no", "{\"data\":{}}")).isInstanceOf(MissingNode.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "data.(|line 1, column 7",
                "{ \"a\": 1|line 1, column",
                "\"abc|line 1, column",
                "1 +|line 1, column 4",
                ")|line 1, column",
                "/(/|line 1",
                "/* never closed|ends too early",
                "$$$(|line 1",
            })
    void aWrongExpressionNamesThePlace(String expression, String place) {
        assertThatThrownBy(() -> SANDBOX.check(expression))
                .isInstanceOf(ExpressionFailed.class)
                .message()
                .isNotBlank()
                .satisfies(m -> assertThat(m).containsAnyOf(place, "regular expression"));
    }

    @Test
    void thePlaceCountsLines() {
        assertThatThrownBy(() -> SANDBOX.check("{\n  \"a\": 1,\n  \"b\": ]\n}")).hasMessageContaining("line 3");
    }

    @Test
    void anErrorWhileEvaluatingSaysWhatAndWhere() {
        assertThatThrownBy(() -> evaluate("1 + $uppercase(data.n)", "{\"data\":{\"n\":5}}"))
                .isInstanceOf(ExpressionFailed.class)
                .hasMessageContaining("uppercase");
        assertThatThrownBy(() -> evaluate("$error(\"so what\")", "{}")).hasMessageContaining("so what");
        assertThatThrownBy(() -> evaluate("$nope()", "{}")).hasMessageContaining("non-function");
    }

    @Test
    void oneParsedExpressionServesManyThreads() throws Exception {
        Callable<Void> work = () -> {
            for (int i = 0; i < 200; i++) {
                var n = Thread.currentThread().threadId() * 1000 + i;
                var result = evaluate(
                        "{ \"n\": data.n, \"s\": $replace($string(data.n), /0/, \"o\"), \"l\": [1..3].($ + 1) }",
                        "{\"data\":{\"n\":%d}}".formatted(n));
                assertThat(result.path("n").longValue()).isEqualTo(n);
                assertThat(result.path("s").textValue())
                        .isEqualTo(Long.toString(n).replace('0', 'o'));
            }
            return null;
        };
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var done : threads.invokeAll(java.util.Collections.nCopies(16, work))) {
                done.get();
            }
        }
    }
}
