package io.waypost.subscription.jsonata;

import static io.waypost.subscription.jsonata.Sandboxed.evaluate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.connector.ExpressionFailed;
import io.waypost.platform.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MessageFunctionsTest {

    private static final String EVENT = """
            {"type":"message.opened","subject":"s",
             "data":{"contact":{"name":"Ana <&> \\"Silva\\" o'","email":"ana@example.com"},"campaign":{"name":"Spring"},
                     "empty":"","none":null,"list":[],"map":{},"n":1.10,"yes":true,"face":"😀😀😀","raw":{"secret":1},
                     "lists":[{"id":"1","name":"News"},{"id":"2"},{"x":1}],"tags":["a",null,"b"],"deep":{"er":{"n":1}}}}""";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "$truncate(\"abcdef\", 6)|\"abcdef\"",
                "$truncate(\"abcdefg\", 6)|\"abcde…\"",
                "$truncate(\"abcdefg\", 6, \"...\")|\"abc...\"",
                "$truncate(\"abcdefg\", 6, \"\")|\"abcdef\"",
                "$truncate(\"abcdefg\", 2, \"...\")|\"ab\"",
                "$truncate(\"abc\", 0)|\"\"",
                "$truncate(data.face, 2)|\"😀…\"",
                "$truncate(data.face, 3)|\"😀😀😀\"",
                "$truncate(data.n, 3)|\"1.…\"",
                "$truncate(data.n, 30)|\"1.10\"",
                "$truncate(data.tags, 100)|\"[\\\"a\\\",null,\\\"b\\\"]\"",
                "$truncate(data.none, 5)|null",
                "$truncate(data.no, 5)|",
                "data.contact.name ~> $truncate(5)|\"Ana …\"",
                "[\"abc\", \"d\"].$truncate(2)|[\"a…\",\"d\"]",
                "$default(data.no, \"-\")|\"-\"",
                "$default(data.none, \"-\")|\"-\"",
                "$default(data.empty, \"-\")|\"-\"",
                "$default(data.list, \"-\")|\"-\"",
                "$default(data.map, \"-\")|\"-\"",
                "$default(data.n, \"-\")|1.10",
                "$default(false, true)|false",
                "$default(0, 1)|0",
                "$default(data.no, data.nothing)|",
                "$translate(\"open\", {\"open\": \"Offen\"}, \"?\")|\"Offen\"",
                "$translate(\"shut\", {\"open\": \"Offen\"}, \"?\")|\"?\"",
                "$translate(\"shut\", {\"open\": \"Offen\"})|",
                "$translate(data.yes, {\"true\": \"ja\"})|\"ja\"",
                "$translate(7, {\"7\": [1]})|[1]",
                "$translate(data.no, {\"a\": 1}, 2)|2",
                "$translate(data.none, {\"null\": 1}, 2)|2",
                "$slackEscape(data.contact.name)|\"Ana &lt;&amp;&gt; \\\"Silva\\\" o'\"",
                "$htmlEscape(data.contact.name)|\"Ana &lt;&amp;&gt; &quot;Silva&quot; o&#39;\"",
                "$slackEscape(data.n) & $htmlEscape(data.yes)|\"1.10true\"",
                "$slackEscape(data.no) & \"x\" & $htmlEscape(data.none)|\"x\"",
                "[\"<\", \"&\"] ~> $map($slackEscape)|[\"&lt;\",\"&amp;\"]",
                "$summary($)|\"Ana <&> \\\"Silva\\\" o' opened Spring\"",
                "$summary($$)|\"Ana <&> \\\"Silva\\\" o' opened Spring\"",
                "$summary({\"type\": \"acme.done\", \"subject\": \"job 7\"})|\"acme.done: job 7\"",
                "$summary({\"type\": \"2 events\", \"events\": [$, {\"type\": \"acme.done\"}]})|\"2 events\"",
                "$summary(data.no)|",
                "$summary(\"text\")|\"text\"",
                "$details(data.contact)|[{\"name\":\"name\",\"value\":\"Ana <&> \\\"Silva\\\" o'\"},{\"name\":\"email\",\"value\":\"ana@example.com\"}]",
                "$join($details(data)[[2..20]].(name & \"=\" & value), \"; \")|\"campaign name=Spring; n=1.10; yes=true; face=😀😀😀; lists=News, 2, {\\\"x\\\":1}; tags=a, b; deep er n=1\"",
                "$details(7)|[{\"name\":\"data\",\"value\":\"7\"}]",
                "$details(data.none)|[]",
                "$details(data.no)|[]",
            })
    void messagesArePutTogether(String expression, String json) {
        var result = evaluate(expression, EVENT);

        assertThat(result.isMissingNode() ? null : Json.write(result)).isEqualTo(json);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "$truncate(\"abc\", -1)|0 or more",
                "$truncate(\"abc\", \"3\")|needs a number of characters",
                "$translate([1], {\"a\": 1})|not a list or an object",
                "$translate(\"a\", \"b\")|needs a table",
                "$translate(\"a\", data.no, 2)|needs a table",
                "$default()|default",
            })
    void whatCannotBeDoneSaysWhy(String expression, String problem) {
        assertThatThrownBy(() -> evaluate(expression, EVENT))
                .isInstanceOf(ExpressionFailed.class)
                .hasMessageContaining(problem);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "$htmlEscape($pad(\"\", 1000000, \"&\"))",
                "$slackEscape($pad(\"\", 1000000, \"<\"))",
                "($d := function($x, $n){ $n = 0 ? $x : $d({\"a\": $x, \"b\": $x}, $n - 1) }; $details($d(1, 60)))",
                "($d := function($x, $n){ $n = 0 ? $x : $d({\"a\": $x, \"b\": $x}, $n - 1) }; $truncate($d(1, 60), 5))",
                "$count([1..90000].$summary($$))",
            })
    void whatWouldGrowWithoutEndIsEnded(String expression) {
        assertThatThrownBy(() -> evaluate(expression, EVENT)).isInstanceOf(ExpressionFailed.class);
    }

    @Test
    void aListOfDetailsEndsAtAHundred() {
        var data = Json.object();
        for (int i = 0; i < 500; i++) {
            data.put("field" + i, i);
        }
        assertThat(evaluate("$details($)", Json.write(data))).hasSize(100);
    }
}
