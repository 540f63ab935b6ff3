package io.waypost.connector.http;

import static io.waypost.connector.ConnectorsUnderTest.object;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.connector.Expressions;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.connector.Outcome.Throttled;
import io.waypost.connector.http.ConnectorCase.Played;
import io.waypost.connector.http.FakeService.Seen;
import io.waypost.platform.Json;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * What holds of every connector file that declares its request. The tests are read from the folder: a new file has them
 * without any Java, and without a file of its own under {@code src/test/resources/connectors} it fails.
 */
class ConnectorContractTest extends ConnectorContract {

    @TestFactory
    Stream<DynamicTest> everyFileIsAConnectorThatAPersonCanSetUp() {
        return ConnectorCase.declared().stream().map(name -> dynamicTest(name, () -> form(name)));
    }

    @TestFactory
    Stream<DynamicTest> theRequestIsTheOneOfTheDocumentation() {
        return cases(ConnectorContractTest::request);
    }

    @TestFactory
    Stream<DynamicTest> everyAnswerMeansWhatTheTableSays() {
        return cases(one -> one.answers().forEach(answer -> answer(one, answer)));
    }

    @TestFactory
    Stream<DynamicTest> everyRowOfTheTableOfErrorsIsPlayed() {
        return ConnectorCase.declared().stream().map(name -> dynamicTest(name, () -> rows(name)));
    }

    @TestFactory
    Stream<DynamicTest> goodCredentialsPassTheCheckAndBadOnesDoNot() {
        return cases(ConnectorContractTest::check);
    }

    private static void form(String name) {
        assertThat(ConnectorCase.of(name)).isNotEmpty();
        var file = ConnectorCase.file(name);
        var connector = connectors.catalog().find(name);
        assertThat(connector).as("the connector is ready").isPresent();
        var description = connector.orElseThrow().description();
        assertThat(description.title()).isNotBlank();
        assertThat(description.description()).isNotBlank();
        assertThat(description.icon()).startsWith("data:image/svg+xml");
        assertThat(file.at("/metadata/annotations")
                        .path("camel.apache.org/kamelet.group")
                        .asText())
                .isNotBlank();
        assertThat(description.hub().path("docs").asText()).as("set-up steps").hasSizeGreaterThan(60);
        assertThat(description.hub().path("samples")).as("samples").isNotEmpty();
        var properties = description.schema().path("properties");
        properties.properties().forEach(field -> property(field.getKey(), field.getValue()));
        description.schema().path("required").forEach(required -> assertThat(properties.has(required.asText()))
                .as("required " + required)
                .isTrue());
        var violations = connectors.catalog().violations(name, object("{}"));
        assertThat(violations).as("an empty config").isNotEmpty();
        ConnectorCase.of(name)
                .forEach(one -> assertThat(connectors.catalog().violations(name, one.config(fake.origin())))
                        .as(one.title())
                        .isEmpty());
    }

    private static void property(String name, JsonNode property) {
        assertThat(property.path("title").asText()).as(name + ".title").isNotBlank();
        assertThat(property.path("description").asText())
                .as(name + ".description")
                .isNotBlank();
        assertThat(property.path("type").asText()).as(name + ".type").isNotBlank();
        var credentials = property.path("x-descriptors").toString().contains("urn:camel:group:credentials");
        assertThat(property.path("format").asText().equals("password"))
                .as(name + ": format password goes with the descriptor credentials")
                .isEqualTo(credentials);
        if (name.matches("(?i).*(token|secret|password|apikey|routingkey|webhookurl)")) {
            assertThat(credentials).as(name + " is a secret").isTrue();
        }
    }

    private static void request(ConnectorCase one) {
        fake.answers(one.accepted());

        var outcome = send(one, one.config(fake.origin()));

        assertThat(outcome).isInstanceOf(Succeeded.class);
        sameAs(one.request(), fake.only());
    }

    private static void sameAs(JsonNode expected, Seen seen) {
        assertThat(seen.method()).isEqualTo(expected.path("method").asText("POST"));
        assertThat(seen.target()).isEqualTo(expected.path("path").asText());
        expected.path("headers").properties().forEach(header -> assertThat(
                        seen.headers().get(header.getKey()))
                .as(header.getKey())
                .isEqualTo(header.getValue().isNull() ? null : header.getValue().asText()));
        if (expected.path("body").isContainerNode()) {
            assertThat(Json.read(seen.body())).isEqualTo(Json.read(Json.write(expected.path("body"))));
        } else {
            assertThat(seen.body()).isEqualTo(expected.path("body").asText(""));
        }
    }

    private static void answer(ConnectorCase one, Played answer) {
        fake.answers(answer);

        var outcome = send(one, one.config(fake.origin()));

        assertThat(outcome.getClass().getSimpleName()).as("%s", answer).isEqualTo(answer.outcome());
        if (answer.seconds() != null) {
            Duration wait =
                    outcome instanceof Throttled throttled ? throttled.notBefore() : ((Failed) outcome).retryAfter();
            assertThat(wait).as("%s", answer).isEqualTo(Duration.ofMillis(Math.round(answer.seconds() * 1000)));
        }
        fake.only();
    }

    private static void rows(String name) {
        var expressions = connectors.get(Expressions.class);
        var variants = DeclaredConnectors.variants(ConnectorCase.hub(name), expressions);
        var played = new HashSet<ErrorRow>();
        var words = new HashSet<String>();
        for (var one : ConnectorCase.of(name)) {
            var config = one.config(fake.origin());
            var variant = variants.stream()
                    .filter(v -> v.when() == null || config.has(v.when()))
                    .findFirst()
                    .orElseThrow();
            for (var answer : one.answers()) {
                ErrorRow.find(
                                variant.errors(),
                                answer.status(),
                                answer.body(),
                                predicate -> holds(expressions, predicate, answer.body()))
                        .ifPresent(played::add);
                variant.errors().stream()
                        .flatMap(row -> row.words().stream())
                        .filter(word -> word.matcher(answer.body()).find())
                        .forEach(word -> words.add(word.pattern()));
                variant.errors().stream()
                        .flatMap(row -> row.predicates().stream())
                        .filter(predicate -> holds(expressions, predicate, answer.body()))
                        .forEach(words::add);
            }
        }
        for (var variant : variants) {
            assertThat(variant.errors()).as("a table of errors").isNotEmpty();
            assertThat(played).as("rows that an answer of the test plays").containsAll(variant.errors());
            assertThat(words)
                    .containsAll(variant.errors().stream()
                            .flatMap(row -> Stream.concat(
                                    row.words().stream().map(Object::toString), row.predicates().stream()))
                            .toList());
        }
    }

    private static boolean holds(Expressions expressions, String predicate, String body) {
        try {
            var json = body.startsWith("{") || body.startsWith("[")
                    ? Json.read(body)
                    : Json.read(Json.write(Json.MAPPER.valueToTree(body)));
            return expressions.evaluate(predicate, json, Map.of()).asBoolean(false);
        } catch (RuntimeException e) {
            return false;
        }
    }

    private static void check(ConnectorCase one) {
        var connector = connectors.connector(one.connector());
        var config = one.config(fake.origin());
        var variant =
                DeclaredConnectors.variants(ConnectorCase.hub(one.connector()), connectors.get(Expressions.class))
                        .stream()
                        .filter(v -> v.when() == null || config.has(v.when()))
                        .findFirst()
                        .orElseThrow();
        if (variant.check() == null) {
            assertThat(one.check().isMissingNode())
                    .as("no check in the file, none in the test")
                    .isTrue();
            assertThat(connector.check(config).ok()).isTrue();
            return;
        }
        var good = one.check().path("good");
        fake.answers(ConnectorCase.played(good, good.path("body"), "Succeeded"));
        assertThat(connector.check(config).ok()).isTrue();
        sameAs(one.check().path("request"), fake.only());

        var bad = one.check().path("bad");
        fake.answers(ConnectorCase.played(bad, bad.path("body"), "Failed"));
        assertThat(connector.check(config)).satisfies(result -> {
            assertThat(result.ok()).isFalse();
            assertThat(result.detail()).contains(bad.path("status").asText());
        });
    }
}
