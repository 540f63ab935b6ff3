package io.waypost.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.testing.Api;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The two calls about flows. */
class RoutesContractTest extends Contract {

    private static final String GOOD = """
            - route:
                id: fine
                from:
                  uri: waypost:order.created?filter={"data":{"n":[1]}}
                  steps:
                    - to: http://127.0.0.1:1/x
            """;

    @Test
    void onlyAdminKeysSeeTheRoutes() {
        problem(api.get("/v1/routes"), 403);
        problem(validate(api, GOOD), 403);
        problem(api.with(null).get("/v1/routes"), 401);

        var list = gateway.admin().get("/v1/routes").expect(200).json();
        assertThat(list.path("data").isArray()).isTrue();
        assertThat(list.has("next")).isTrue();
    }

    @Test
    void theRoutesOfThePipelineAreNoFlowsAlsoWhereTheyLieInTheDirectory() {
        assertThat(Path.of("routes/publish.camel.yaml")).exists();

        assertThat(gateway.admin().get("/v1/routes").expect(200).json().path("data"))
                .isEmpty();
    }

    @Test
    void aFileIsValidOrEachMistakeIsNamedWithItsLine() {
        assertThat(validate(gateway.admin(), GOOD).expect(200).text()).isEqualTo("{\"valid\":true,\"errors\":[]}");

        var answer = validate(
                        gateway.admin(),
                        GOOD + "        - toD: a:b\n        - to: exec:ls\n        - log: \"{{env:HOME}}\"\n")
                .expect(200)
                .json();

        assertThat(answer.path("valid").booleanValue()).isFalse();
        assertThat(answer.path("errors"))
                .extracting(e -> e.path("line").intValue())
                .containsExactly(7, 8, 9);
        assertThat(answer.path("errors"))
                .allSatisfy(e -> assertThat(e.path("detail").textValue()).isNotBlank());
    }

    @Test
    void whatOnlyCamelKnowsHasItsLineToo() {
        assertThat(error(GOOD.replace("http://127.0.0.1:1/x", "kamelet:slack?text=a")))
                .startsWith("6: ")
                .contains("webhookUrl");
        assertThat(error(GOOD.replace("http://127.0.0.1:1/x", "kamelet:nothing")))
                .startsWith("6: there is no connector");
        assertThat(error(GOOD.replace("http://127.0.0.1:1/x", "sql:select 1?dataSource=#none")))
                .startsWith("6: ");
        assertThat(error(GOOD.replace("http://127.0.0.1:1/x", "log:a?nonsense=1")))
                .startsWith("6: ")
                .contains("nonsense");
        assertThat(error(GOOD.replace("\"n\":[1]", "\"n\":1"))).startsWith("4: filter");
        assertThat(error(GOOD.replace("order.created", "order..created"))).startsWith("4: events");
        assertThat(error(GOOD.replace("?filter", "?tenant=nobody&filter"))).startsWith("4: there is no tenant");
        assertThat(error(GOOD.replace("?filter", "?fitler"))).startsWith("4: ");
        assertThat(error(GOOD.replace("id: fine", "id: deliver"))).startsWith("1: the id deliver");
        assertThat(error("- route: {id: [")).startsWith("1: is no YAML");
        assertThat(error("")).startsWith("1: the file must be a list");
        assertThat(error(GOOD + "        - setBody: {language: {language: jsonata, expression: \"a(\"}}\n"))
                .startsWith("7: is no JSONata expression");
        assertThat(error(GOOD + "        - log: \"{{nothing}}\"\n")).contains("nothing");
    }

    @Test
    void whatCamelHasIsThereAndTheEnvironmentIsNot() {
        for (var to : new String[] {
            "kafka:orders?brokers=127.0.0.1:1",
            "smtps:example.com?to=a@example.com",
            "seda:x",
            "mock:x",
            "https://a.example/x"
        }) {
            assertThat(validate(gateway.admin(), GOOD.replace("http://127.0.0.1:1/x", to))
                            .text())
                    .as(to)
                    .isEqualTo("{\"valid\":true,\"errors\":[]}");
        }
        for (var from : new String[] {
            "waypost:subscriber.*,message.**",
            "timer:x?period=1000",
            "quartz:x?cron=0+0+3+*+*+?",
            "cron:x?schedule=0+0+3+*+*+?",
            "direct:x"
        }) {
            assertThat(validate(gateway.admin(), GOOD.replaceFirst("waypost:\\S+", from))
                            .text())
                    .as(from)
                    .isEqualTo("{\"valid\":true,\"errors\":[]}");
        }
        assertThat(error(GOOD + "        - log: \"{{PATH}}\"\n")).contains("PATH");
        assertThat(error(GOOD + "        - log: \"{{user.home}}\"\n")).contains("user.home");
        assertThat(error(GOOD.replace("http://127.0.0.1:1/x", "jms:queue:x?connectionFactory=#dataSource")))
                .startsWith("6: ");
        assertThat(error(GOOD.replace("http://127.0.0.1:1/x", "sql:select 1?dataSource=#dataSource")))
                .startsWith("6: ");
    }

    private String error(String text) {
        var answer = validate(gateway.admin(), text).expect(200).json();
        assertThat(answer.path("valid").booleanValue()).as(text).isFalse();
        return answer.at("/errors/0/line").intValue() + ": "
                + answer.at("/errors/0/detail").textValue();
    }

    private static Api.Answer validate(Api api, String text) {
        return api.send("POST", "/v1/routes/validate", text, "Content-Type", "application/yaml");
    }
}
