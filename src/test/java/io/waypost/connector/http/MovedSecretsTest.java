package io.waypost.connector.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.flow.Flow;
import io.waypost.platform.Json;
import io.waypost.testing.Api;
import io.waypost.testing.Receiver;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** Nobody gets at a stored secret by having it sent somewhere else: who changes the place gives the secret again. */
class MovedSecretsTest extends Flow {

    /** What decides where something is sent, by its name in any connector, and another value for it. */
    private static final Map<String, String> PLACES = Map.of(
            "url", "http://127.0.0.1:1/elsewhere",
            "backupUrl", "http://127.0.0.1:1/elsewhere",
            "webhookUrl", "http://127.0.0.1:1/elsewhere",
            "apiUrl", "http://127.0.0.1:1/elsewhere",
            "tokenUrl", "http://127.0.0.1:1/elsewhere",
            "endpoint", "http://127.0.0.1:1/elsewhere",
            "host", "127.0.0.2",
            "port", "1",
            "brokers", "127.0.0.1:1",
            "region", "eu-north-1");

    private static final Map<String, String> URLS = Map.of(
            "jms", "tcp://127.0.0.1:1",
            "amqp", "amqp://127.0.0.1:1",
            "sql", "jdbc:postgresql://127.0.0.1:1/other");

    private static final Map<String, String> OTHERS = Map.of(
            "email",
            "{'host':'127.0.0.1','port':25,'security':'none','username':'u','password':'s3cret','from':'a@example.com','to':'b@example.com'}",
            "kafka",
            "{'brokers':'127.0.0.1:9092','topic':'t','username':'u','password':'s3cret'}",
            "jms",
            "{'url':'tcp://127.0.0.1:61616','queue':'q','username':'u','password':'s3cret'}",
            "amqp",
            "{'url':'amqp://127.0.0.1:5672','queue':'q','username':'u','password':'s3cret'}",
            "s3",
            "{'endpoint':'http://127.0.0.1:9000','region':'eu-west-1','bucket':'abc','accessKey':'a','secretKey':'s3cret'}",
            "sql",
            "{'url':'jdbc:postgresql://127.0.0.1:5432/x','username':'u','password':'s3cret','statement':'insert into a values (1)'}",
            "webhook",
            "{'url':'http://127.0.0.1:2/a'}",
            "file",
            "{'path':'x'}");

    @Test
    void whoChangesWhereASecretGoesGivesItAgainWhicheverConnectorItIs() {
        var tried = new TreeMap<String, TreeSet<String>>();
        for (var connector : api.get("/v1/connectors?limit=250").json().path("data")) {
            var name = connector.path("name").textValue();
            var schema = connector.path("schema").path("properties");
            for (var config : configs(name)) {
                var secrets = names(schema)
                        .filter(field ->
                                schema.path(field).path("format").asText().equals("password"))
                        .filter(config::has)
                        .toList();
                if (secrets.isEmpty()) {
                    continue;
                }
                var id = create(Json.object()
                        .put("event", "a.b")
                        .put("connector", name)
                        .set("config", config)
                        .toString());
                for (var place : names(schema).filter(PLACES::containsKey).toList()) {
                    secrets.stream().filter(secret -> !secret.equals(place)).forEach(secret -> {
                        assertMoved(name, id, config, place, secret);
                        tried.computeIfAbsent(name, _ -> new TreeSet<>()).add(place);
                    });
                }
                api.patch("/v1/subscriptions/" + id, subscription(id).toString())
                        .expect(200);
            }
        }
        assertThat(tried).hasSizeGreaterThan(25);
        assertThat(tried.get("email")).containsExactly("host", "port");
        assertThat(tried.get("google-sheets-row")).containsExactly("apiUrl", "tokenUrl");
        assertThat(tried).containsKeys("kafka", "jms", "amqp", "sql", "s3", "slack", "telegram", "jira-issue", "make");
    }

    private void assertMoved(String connector, String id, ObjectNode config, String place, String secret) {
        var what = "%s: %s stays, %s changes".formatted(connector, secret, place);
        var at = "/v1/subscriptions/" + id;
        var moved = Json.object();
        moved.set(place, another(connector, place));

        var kept = api.patch(
                at,
                Json.object().set("config", moved.deepCopy().put(secret, "***")).toString());
        var notNamed = api.patch(at, Json.object().set("config", moved).toString());

        for (var answer : List.of(kept, notNamed)) {
            assertThat(answer.status()).as(what).isEqualTo(422);
            assertThat(errors(answer)).as(what).containsKey("/config/" + secret);
            assertThat(errors(answer).get("/config/" + secret)).as(what).contains("given again", place);
            assertThat(answer.text())
                    .as(what)
                    .doesNotContain(config.path(secret).asText());
        }
        assertThat(subscription(id).at("/config/" + place).asText())
                .as(what)
                .isNotEqualTo(another(connector, place).asText());
        var given = moved.deepCopy();
        given.set(secret, config.get(secret));
        assertThat(errors(api.patch(at, Json.object().set("config", given).toString())))
                .as(what)
                .doesNotContainKey("/config/" + secret);
        api.patch(at, Json.object().set("config", config).toString()).expect(200);
    }

    @Test
    void soDoesWhoHasCredentialsInHeadersOrInTheUrl() {
        for (var connector : List.of("webhook", "http")) {
            var id = create(
                    "{\"event\":\"a.b\",\"connector\":\"%s\",\"config\":{\"url\":\"http://me:s3cret@127.0.0.1:2/a\",\"headers\":{\"Authorization\":\"Bearer t0k\",\"X-Team\":\"crm\"}}}"
                            .formatted(connector));
            var at = "/v1/subscriptions/" + id;

            for (var config : List.of(
                    "{\"url\":\"http://me:***@127.0.0.1:3/a\"}",
                    "{\"url\":\"http://me:***@127.0.0.1:2/b\",\"headers\":{\"Authorization\":\"***\"}}",
                    "{\"url\":\"https://me:***@127.0.0.1:2/a\",\"headers\":{\"authorization\":\"***\"}}")) {
                assertThat(errors(api.patch(at, "{\"config\":%s}".formatted(config))))
                        .as(config)
                        .containsKey("/config/url")
                        .satisfies(found -> assertThat(found.keySet())
                                .anyMatch(pointer -> pointer.equalsIgnoreCase("/config/headers/Authorization")));
            }
            assertThat(errors(api.patch(at, "{\"config\":{\"url\":\"http://127.0.0.1:3/a\"}}")))
                    .containsOnlyKeys("/config/headers/Authorization");
            assertThat(errors(api.patch(
                            at,
                            "{\"config\":{\"url\":\"http://127.0.0.1:3/a\"},\"connector\":\"%s\"}"
                                    .formatted(connector.equals("http") ? "webhook" : "http"))))
                    .containsKey("/config/headers/Authorization");
            api.patch(at, "{\"config\":{\"url\":\"http://me:new@127.0.0.1:2/a\",\"headers\":{\"X-Team\":\"b\"}}}")
                    .expect(200);
            api.patch(at, "{\"config\":{\"url\":\"http://127.0.0.1:3/a\",\"headers\":{\"Authorization\":null}}}")
                    .expect(200);
            assertThat(errors(api.patch(at, "{\"config\":{\"headers\":{\"Authorization\":\"***\"}}}")))
                    .containsOnlyKeys("/config/headers/Authorization");
        }
        var plain = subscribe("");
        api.patch("/v1/subscriptions/" + plain, "{\"config\":{\"headers\":{\"X-Api-Key\":\"k3y\"}}}")
                .expect(200);
        for (var place : List.of("url", "backupUrl")) {
            var patch = "{\"config\":{\"%s\":\"http://127.0.0.1:3/a\"}}".formatted(place);
            assertThat(errors(api.patch("/v1/subscriptions/" + plain, patch)))
                    .containsOnlyKeys("/config/headers/X-Api-Key");
        }
        assertThat(errors(api.patch("/v1/subscriptions/" + plain, "{\"url\":\"http://127.0.0.1:3/a\"}")))
                .containsOnlyKeys("/config/headers/X-Api-Key");
    }

    @Test
    void soDoesWhoChangesWhatIsMadeOfAnotherConnector() {
        var id = create(
                "{\"event\":\"a.b\",\"connector\":\"telegram\",\"config\":{\"token\":\"1:s3cret\",\"chatId\":\"1\",\"apiUrl\":\"%s\"}}"
                        .formatted(receiver.url("")));

        var patched = api.patch(
                "/v1/subscriptions/" + id,
                "{\"connector\":\"slack\",\"config\":{\"channel\":\"C1\",\"chatId\":null,\"apiUrl\":\"%s\"}}"
                        .formatted(receiver.url("/evil")));

        assertThat(errors(patched)).containsKey("/config/token");
    }

    @Test
    void theTokenEndpointOfAConnectionGetsNoStoredSecretAnywhereElse() {
        var made = api.post(
                        "/v1/connections",
                        "{\"name\":\"c\",\"kind\":\"oauth2\",\"config\":{\"tokenUrl\":\"http://127.0.0.1:1/token\",\"clientId\":\"c\",\"clientSecret\":\"s3cret\"}}")
                .expect(201)
                .json();
        var at = "/v1/connections/" + made.path("id").textValue();
        var elsewhere = receiver.url("/token");

        for (var secret : List.of("", ",\"clientSecret\":\"***\"")) {
            var answer = api.patch(at, "{\"config\":{\"tokenUrl\":\"%s\"%s}}".formatted(elsewhere, secret));
            assertThat(errors(answer)).containsOnlyKeys("/config/clientSecret");
            assertThat(errors(answer).get("/config/clientSecret")).contains("given again", "tokenUrl");
        }

        assertThat(receiver.received()).isEmpty();
        api.patch(at, "{\"name\":\"d\",\"config\":{\"scope\":\"x\",\"clientSecret\":\"***\"}}")
                .expect(200);
        receiver.answers((request, exchange) ->
                Receiver.text(200, "{\"access_token\":\"t\"}").to(request, exchange));
        api.patch(at, "{\"config\":{\"tokenUrl\":\"%s\",\"clientSecret\":\"new\"}}".formatted(elsewhere))
                .expect(200);
        assertThat(receiver.received().getFirst().body()
                        + receiver.received().getFirst().headers())
                .doesNotContain("s3cret");
    }

    private static List<ObjectNode> configs(String connector) {
        if (OTHERS.containsKey(connector)) {
            return List.of((ObjectNode) Json.read(OTHERS.get(connector).replace('\'', '"')));
        }
        var configs = new ArrayList<ObjectNode>();
        ConnectorCase.of(connector).forEach(one -> configs.add(one.config("http://127.0.0.1:2")));
        return configs;
    }

    private static JsonNode another(String connector, String place) {
        var text = place.equals("url") ? URLS.getOrDefault(connector, PLACES.get(place)) : PLACES.get(place);
        return place.equals("port")
                ? Json.read(text)
                : Json.MAPPER.getNodeFactory().textNode(text);
    }

    private static Stream<String> names(JsonNode schema) {
        return schema.properties().stream().map(Map.Entry::getKey);
    }

    /** Details by pointer. */
    private static Map<String, String> errors(Api.Answer answer) {
        var errors = new TreeMap<String, String>();
        StreamSupport.stream(answer.json().path("errors").spliterator(), false)
                .forEach(error -> errors.merge(
                        error.path("pointer").textValue(), error.path("detail").textValue(), (a, b) -> a + "; " + b));
        return errors;
    }
}
