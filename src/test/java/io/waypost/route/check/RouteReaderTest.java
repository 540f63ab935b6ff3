package io.waypost.route.check;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Expressions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteReaderTest {

    private static final RouteReader READER = new RouteReader(new Expressions() {
        @Override
        public JsonNode evaluate(String expression, JsonNode input, Map<String, JsonNode> bindings, Duration most) {
            throw new AssertionError("nothing runs while a file is read");
        }

        @Override
        public void check(String expression) {
            if (expression.endsWith("(")) {
                throw new ExpressionFailed("the end is missing");
            }
        }
    });

    /** Lines 1 to 6; what is put at the end are steps from line 7 on. */
    private static final String HEAD = """
            - route:
                id: mine
                from:
                  uri: waypost:order.created
                  parameters: {filter: '{"data":{"n":[1]}}', concurrency: 3}
                  steps:
            """;

    @Test
    void aFlowOfManyKindsOfStepsIsFine() {
        var file = read(HEAD + """
                        - setVariable: {name: email, simple: "${body[data][email]}"}
                        - setVariable: {name: other, simple: "${body.data.email}"}
                        - setVariable: {name: late, language: {language: jsonata, expression: "$toMillis(time) ~> $string"}}
                        - filter:
                            simple: ${body[data][total]} > 10 && ${header.x} != null
                            steps:
                              - to: {uri: "sql:insert into t values (:#${body[id]}, :#email)", parameters: {dataSource: "#shop"}}
                        - choice:
                            when:
                              - simple: ${variable.email} == 'a'
                                steps:
                                  - log: "for ${variable.email} at ${date:now:yyyy-MM-dd HH:mm}"
                            otherwise:
                              steps:
                                - stop: {}
                        - doTry:
                            steps:
                              - to: {uri: "kamelet:slack", parameters: {webhookUrl: "{{slack}}", text: '"x"'}}
                            doCatch:
                              - exception: [java.lang.Exception]
                                steps:
                                  - throwException: {exceptionType: java.lang.IllegalStateException, message: no}
                        - split: {simple: "${body[data][items]}", steps: [{to: "direct:item"}]}
                        - wireTap: {uri: seda:later}
                        - enrich: {constant: "https://example.com/x"}
                        - aggregate:
                            correlationExpression: {constant: all}
                            completionInterval: "600000"
                            aggregationStrategy: "#groupedBody"
                            aggregationRepository: "#durable-mine"
                            steps:
                              - to: waypost:publish
                - route:
                    id: second
                    errorHandler: {deadLetterChannel: {deadLetterUri: "direct:dead", redeliveryPolicy: {maximumRedeliveries: 2}}}
                    from: {uri: "timer:tick?period=1000", steps: [{setBody: {constant: "${anything}"}}, {to: "log:tick"}]}
                """);

        assertThat(file.mistakes()).isEmpty();
        assertThat(file.ids()).containsExactly("mine", "second");
        assertThat(file.lineOf("second")).isEqualTo(39);
        assertThat(file.routes().getFirst().endpoints()).contains(new RouteFile.Place("direct:item", 29));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    toD: "http:${header.x}"                              | its target is only known at run time
                    recipientList: {simple: "direct:a"}                  | its target is only known at run time
                    routingSlip: {simple: "direct:a"}                    | its target is only known at run time
                    dynamicRouter: {simple: "direct:a"}                  | its target is only known at run time
                    bean: {ref: courier, method: judge}                  | bean is not allowed: it calls code
                    process: {ref: connector-request}                    | process is not allowed
                    script: {groovy: "System.exit(1)"}                   | script is not allowed
                    setBody: {groovy: "System.exit(1)"}                  | groovy is not allowed
                    setBody: {method: {ref: courier}}                    | method is not allowed
                    setBody: {ref: some}                                 | ref is not allowed
                    setBody: {language: {language: groovy, expression: "1"}} | language must be one of
                    setBody: {language: {language: jsonata, expression: "a("}} | is no JSONata expression
                    setBody: {jsonpath: "$.x"}                           | jsonpath is not known
                    set-body: {constant: a}                              | set-body is not known in a flow
                    setBody: {simple: "${bean:courier}"}                 | ${bean:courier} is not allowed
                    setBody: {simple: "${sysenv.HOME}"}                  | ${sysenv.HOME} is not allowed
                    setBody: {simple: "${env:HOME}"}                     | is not allowed
                    setBody: {simple: "${sys.user.home}"}                | is not allowed
                    setBody: {simple: "${camelContext.stop}"}            | is not allowed
                    setBody: {simple: "${exchange.context.stop}"}        | is not allowed
                    setBody: {simple: "${type:java.lang.Runtime}"}       | is not allowed
                    setBody: {simple: "${ref:courier}"}                  | is not allowed
                    setBody: {simple: "${properties:x}"}                 | is not allowed
                    setBody: {simple: "${body.getClass()}"}              | is not allowed
                    setBody: {simple: "${body.class.name}"}              | is not allowed
                    setBody: {simple: "${body.x.classLoader}"}           | is not allowed
                    setBody: {simple: "$simple{bean:courier}"}           | is not allowed
                    setBody: {simple: "${header.${body}}"}               | is not allowed
                    setBody: {simple: "$init{ $a := 1 }init$"}           | is not allowed
                    setBody: {simple: {expression: "${bean:x}"}}         | is not allowed
                    setBody: {expression: {simple: "${bean:x}"}}         | is not allowed
                    log: "{{env:HOME}}"                                  | {{env:…}} is not allowed
                    log: "{{sys:user.home}}"                             | {{sys:…}} is not allowed
                    log: "{{?env:HOME}}"                                 | {{env:…}} is not allowed
                    log: "{{bean:x.y}}"                                  | is not allowed
                    setBody: {constant: "{{env:HOME}}"}                  | is not allowed
                    setBody: {constant: "resource:file:/etc/passwd"}     | resource:
                    setBody: {language: {language: jsonata, expression: "{{env:HOME}}"}} | is not allowed
                    to: "file:/tmp"                                      | file is not a place a flow may send to
                    to: "exec:ls"                                        | exec is not a place
                    to: "controlbus:route?routeId=deliver&action=stop"   | controlbus is not a place
                    to: "bean:courier"                                   | bean is not a place
                    to: "language:simple:x"                              | language is not a place
                    to: "eventlog:dispatch"                              | eventlog is not a place
                    to: "receiver-http://receiver"                       | receiver-http is not a place
                    to: "waypost:order.created"                          | only waypost:publish can be sent to
                    to: "http:${header.host}"                            | must be known before it runs
                    to: "{{target}}"                                     | is not a place
                    to: "sql:classpath:x.sql"                            | must stand in the flow
                    to: {uri: "log:a", parameters: {exchangeFormatter: "#class:io.waypost.Waypost"}} | reference to a class
                    to: {uri: "log:a", parameters: {x: {y: 1}}}          | must be a text or a number
                    to: {uri: "file:/tmp"}                               | file is not a place
                    wireTap: {uri: "file:/tmp"}                          | file is not a place
                    wireTap: {uri: "http:${header.x}"}                   | must be known before it runs
                    enrich: {simple: "http:${header.x}"}                 | must be known before it runs
                    enrich: {constant: "file:/tmp"}                      | file is not a place
                    enrich: {expression: {constant: {expression: "file:/tmp"}}} | file is not a place
                    pollEnrich: {constant: "file:/tmp"}                  | file is not a place
                    pollEnrich: {header: target}                         | must be known before it runs
                    kamelet: {name: slack}                               | is written as to: kamelet:NAME
                    convertBodyTo: {type: java.io.File}                  | is not one of a flow's
                    unmarshal: {json: {unmarshalType: java.lang.Runtime}} | unmarshalType is not known
                    throwException: {exceptionType: io.waypost.Waypost}  | must be an exception of Java's own
                    aggregate: {aggregationStrategy: "#class:x.Y"}       | the aggregationStrategy of a flow is
                    aggregate: {aggregationRepository: "#durable-other"} | must be #durable-mine
                    idempotentConsumer: {simple: "${body[id]}"}          | idempotentConsumer is not known
                    filter: {simple: "true", steps: [{to: "file:/x"}]}   | file is not a place
                    split: {simple: "${body}", executorService: "#x"}    | executorService is not known
                    """)
    void whatAFlowMayNotHoldIsRefusedWithItsLine(String step, String detail) {
        var mistakes = read(HEAD + "        - log: fine\n        - " + step.strip() + "\n")
                .mistakes();

        assertThat(mistakes).isNotEmpty().allSatisfy(mistake -> assertThat(mistake.line())
                .isEqualTo(8));
        assertThat(mistakes).anySatisfy(mistake -> assertThat(mistake.detail()).contains(detail.strip()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    - from: {uri: "timer:x", steps: [{log: a}]}              | 1 | from is not known
                    - beans: [{name: a, type: java.lang.Runtime}]            | 1 | beans is not known
                    - onException: {}                                        | 1 | onException is not known
                    - routeTemplate: {id: x}                                 | 1 | routeTemplate is not known
                    - route: {from: {uri: "timer:x", steps: [{log: a}]}}     | 1 | must have an id
                    - route: {id: "a b", from: {uri: "timer:x", steps: []}}  | 1 | the id must be of letters
                    - route: {id: a, routePolicy: b, from: {uri: "timer:x", steps: []}} | 1 | routePolicy is not known
                    - route: {id: a}                                         | 1 | must have a from
                    - route: {id: a, id: b, from: {uri: "timer:x", steps: []}} | 1 | id is there twice
                    - route: {id: a, from: {uri: "http://x", steps: []}}     | 1 | http is not a place a flow may start from
                    - route: {id: a, from: {uri: "waypost:publish", steps: []}} | 1 | start from waypost: and the type
                    - route: {id: a, from: {uri: "timer:x", steps: 7}}       | 1 | must have steps
                    a: 1                                                     | 1 | the file must be a list
                    - route: {id: [                                          | 2 | is no YAML
                    """)
    void aRouteThatIsNoneIsRefused(String text, int line, String detail) {
        assertThat(read(text.strip() + "\n").mistakes()).anySatisfy(mistake -> {
            assertThat(mistake.line()).isEqualTo(line);
            assertThat(mistake.detail()).contains(detail.strip());
        });
    }

    @Test
    void aliasesAndTwinsAreRefused() {
        assertThat(read(HEAD + "        - to: &x {uri: 'log:a'}\n        - to: *x\n")
                        .mistakes())
                .contains(new Mistake(8, "anchors and aliases are not allowed"));
        assertThat(read(HEAD + "        - log: a\n" + HEAD + "        - log: a\n")
                        .mistakes())
                .containsExactly(new Mistake(8, "the id mine is there twice"));
    }

    @Test
    void allMistakesOfAFileAreNamedInTheirOrder() {
        var lines =
                read(HEAD + "        - toD: a:b\n        - log: fine\n        - bean: {ref: x}\n").mistakes().stream()
                        .map(Mistake::line)
                        .toList();

        assertThat(lines).isEqualTo(List.of(7, 9));
    }

    @Test
    void whatIsNotUtf8OrTooDeepIsAMistakeToo() {
        assertThat(READER.read(new byte[] {'-', ' ', (byte) 0xff}).mistakes())
                .containsExactly(new Mistake(1, "is not in UTF-8"));
        assertThat(read("[".repeat(100_000)).mistakes()).isNotEmpty();
    }

    @Test
    void parametersOfOurEndpointsArriveAsTheyStandAndEveryLineStays() {
        var text = HEAD + """
                        - to:
                            uri: kamelet:x
                            parameters:
                              a: '"ä" & 1'
                              b: |
                                two ")&"
                                lines
                              c: RAW(d)
                        - to: {uri: "https://x", parameters: {d: "1&2"}}
                """;

        var file = read(text);

        assertThat(file.mistakes()).isEmpty();
        assertThat(file.text().lines().toList())
                .hasSameSizeAs(text.lines().toList())
                .contains(
                        "              a: \"RAW(\\\"ä\\\" & 1)\"",
                        "              b: \"RAW{two \\\")&\\\"\\nlines\\n}\"",
                        "              c: RAW(d)",
                        "        - to: {uri: \"https://x\", parameters: {d: \"1&2\"}}");
        assertThat(file.text()).contains("{filter: \"RAW({\\\"data\\\"");
    }

    private static RouteFile read(String text) {
        return READER.read(text.getBytes(UTF_8));
    }
}
