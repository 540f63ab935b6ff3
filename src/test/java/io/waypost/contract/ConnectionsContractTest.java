package io.waypost.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.platform.Json;
import io.waypost.testing.Api;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code /v1/connections}, and what a subscription makes of one. */
class ConnectionsContractTest extends Contract {

    private static final String AT = "/v1/connections";

    private static String connection(String kind, String config) {
        return "{\"name\":\"CRM\",\"kind\":\"%s\",\"config\":%s}".formatted(kind, config);
    }

    private Api.Answer post(String kind, String config) {
        return api.post(AT, connection(kind, config));
    }

    private String connect(String kind, String config) {
        return post(kind, config).expect(201).json().path("id").textValue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bearer|{\"token\":\"s3cret\"}|{\"token\":\"***\"}",
                "header|{\"header\":\"X-Key\",\"value\":\"s3cret\"}|{\"header\":\"X-Key\",\"value\":\"***\"}",
                "basic|{\"username\":\"ada\",\"password\":\"s3cret\"}|{\"username\":\"ada\",\"password\":\"***\"}"
            })
    void aSecretIsStoredAndNeverReadBack(String kind, String config, String shown) {
        var created = post(kind, config).expect(201);

        var json = created.json();
        var at = AT + "/" + json.path("id").textValue();
        assertThat(json.path("id").textValue()).startsWith("con_");
        assertThat(created.header("Location")).isEqualTo(at);
        assertThat(json.path("name").textValue()).isEqualTo("CRM");
        assertThat(json.path("kind").textValue()).isEqualTo(kind);
        assertThat(json.path("config")).isEqualTo(Json.read(shown));
        assertThat(json.path("tenant").textValue()).isNotEmpty();
        assertThat(api.get(at).expect(200).json()).isEqualTo(json);
        assertThat(api.get(AT).expect(200).json().path("data")).containsExactly(json);
        api.patch(at, json.toString()).expect(200);
        for (var answer : List.of(created, api.get(at), api.get(AT), api.patch(at, "{\"name\":\"Else\"}"))) {
            assertThat(answer.text()).doesNotContain("s3cret");
        }
        assertThat(api.post(at + "/check", null).expect(200).json().path("ok").booleanValue())
                .isTrue();
        api.delete(at).expect(204);
        problem(api.get(at), 404);
        problem(api.delete(at), 404);
        problem(api.patch(at, "{}"), 404);
        problem(api.post(at + "/check", null), 404);
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnce() {
        invalid(api.post(AT, "{\"colour\":1}"), "/colour", "/name", "/kind", "/config");
        invalid(api.post(AT, "{\"name\":\"\",\"kind\":\"digest\",\"config\":[]}"), "/name", "/kind", "/config");
        invalid(post("bearer", "{\"username\":\"x\"}"), "/config/token", "/config/username");
        invalid(post("bearer", "{\"token\":\"***\"}"), "/config/token");
        invalid(post("bearer", "{\"token\":\"a\\r\\nX: y\"}"), "/config/token");
        invalid(post("header", "{\"header\":\"Host\",\"value\":\"x\\ny\"}"), "/config/header", "/config/value");
        invalid(post("header", "{\"header\":\"webhook-id\",\"value\":\"x\"}"), "/config/header");
        invalid(post("header", "{\"header\":\"a b\",\"value\":\"ü\"}"), "/config/header", "/config/value");
        invalid(post("basic", "{\"username\":\"a:b\"}"), "/config/username", "/config/password");
        invalid(
                post("oauth2", "{\"tokenUrl\":\"ftp://x\",\"clientId\":\"\",\"scope\":7}"),
                "/config/tokenUrl",
                "/config/clientId",
                "/config/clientSecret",
                "/config/scope");
        invalid(
                post("oauth2", "{\"tokenUrl\":\"http://a:b@127.0.0.1/\",\"clientId\":\"a\",\"clientSecret\":\"b\"}"),
                "/config/tokenUrl");
        problem(api.send("POST", AT, "{", "Content-Type", "application/json"), 400);
    }

    @Test
    void oneThatIsUsedIsNotDeleted() {
        var id = connect("bearer", "{\"token\":\"t\"}");
        var using = "\"connection\":\"%s\"".formatted(id);
        var first = subscribe("", using);
        subscribe("", using);

        var problem = problem(api.delete(AT + "/" + id), 409);
        assertThat(problem.path("detail").textValue()).startsWith("2 subscriptions use this connection: ");
        api.delete("/v1/subscriptions/" + first).expect(204);
        assertThat(problem(api.delete(AT + "/" + id), 409).path("detail").textValue())
                .startsWith("1 subscription uses");
        for (var subscription : data("/v1/subscriptions")) {
            assertThat(subscription.path("connection").textValue()).isEqualTo(id);
            api.patch("/v1/subscriptions/" + subscription.path("id").textValue(), "{\"connection\":null}")
                    .expect(200);
        }
        assertThat(data("/v1/subscriptions").getFirst().has("connection")).isFalse();
        api.delete(AT + "/" + id).expect(204);
        invalid(api.post("/v1/subscriptions", body("", using)), "/connection");
    }

    @Test
    void tenantsDoNotSeeEachOthers() {
        var id = connect("bearer", "{\"token\":\"t\"}");
        var other = gateway.tenant();

        for (var answer : List.of(
                other.get(AT + "/" + id),
                other.patch(AT + "/" + id, "{}"),
                other.delete(AT + "/" + id),
                other.post(AT + "/" + id + "/check", null))) {
            problem(answer, 404);
        }
        assertThat(other.get(AT).json().path("data")).isEmpty();
        var using = body("", "\"connection\":\"%s\"".formatted(id));
        invalid(other.post("/v1/subscriptions", using), "/connection");
        var tenant = api.get(AT + "/" + id).json().path("tenant").textValue();
        assertThat(gateway.admin().get(AT + "?tenant=" + tenant).json().path("data"))
                .hasSize(1);
        var byAdmin = gateway.admin()
                .post(
                        AT,
                        connection("bearer", "{\"token\":\"t\"}")
                                .replace("{\"name\"", "{\"tenant\":\"%s\",\"name\"".formatted(tenant)))
                .expect(201);
        assertThat(data(AT))
                .extracting(one -> one.path("id").textValue())
                .contains(byAdmin.json().path("id").textValue());
        invalid(gateway.admin().post(AT, "{\"tenant\":\"nobody\",\"kind\":\"bearer\"}"), "/tenant", "/name", "/config");
        problem(other.post(AT, "{\"tenant\":\"%s\"}".formatted(tenant)), 403);
    }

    @Test
    void readersMayLookAndNothingElse() {
        var id = connect("bearer", "{\"token\":\"t\"}");
        var tenant = api.get(AT + "/" + id).json().path("tenant").textValue();
        var reader = api.with(key(tenant, "read"));

        reader.get(AT).expect(200);
        reader.get(AT + "/" + id).expect(200);
        problem(reader.post(AT, connection("bearer", "{\"token\":\"t\"}")), 403);
        problem(reader.patch(AT + "/" + id, "{}"), 403);
        problem(reader.delete(AT + "/" + id), 403);
        problem(reader.post(AT + "/" + id + "/check", null), 403);
        problem(api.with(key(tenant, "publish")).get(AT), 403);
        problem(api.with(null).get(AT), 401);
    }

    private String key(String tenant, String scope) {
        return gateway.admin()
                .post("/v1/tenants/%s/keys".formatted(tenant), "{\"name\":\"k\",\"scopes\":[\"%s\"]}".formatted(scope))
                .expect(201)
                .json()
                .path("key")
                .textValue();
    }

    @Test
    void listsFollowTheirCursorsNewestFirstAndARepeatedPostGivesTheSame() {
        for (int i = 0; i < 5; i++) {
            connect(
                    i == 0 ? "basic" : "bearer",
                    i == 0 ? "{\"username\":\"u\",\"password\":\"\"}" : "{\"token\":\"t\"}");
        }
        var all = ids(data(AT));

        assertThat(all).hasSize(5).isSortedAccordingTo(java.util.Comparator.reverseOrder());
        var path = AT + "?limit=2";
        assertThat(ids(following(api.get(path).json(), path))).isEqualTo(all);
        assertThat(data(AT + "?kind=basic")).hasSize(1);
        invalid(api.get(AT + "?kind=x&cursor=y"), "/kind", "/cursor");
        var body = connection("bearer", "{\"token\":\"t\"}");
        JsonNode once = api.post(AT, body, "Idempotency-Key", "k1").expect(201).json();
        assertThat(api.post(AT, body, "Idempotency-Key", "k1").expect(201).json())
                .isEqualTo(once);
        assertThat(data(AT)).hasSize(6);
    }

    @Test
    void whatCannotBeChangedIsSaid() {
        var at = AT + "/" + connect("bearer", "{\"token\":\"t\"}");

        invalid(api.patch(at, "{\"kind\":\"basic\",\"tenant\":\"x\",\"x\":1}"), "/kind", "/tenant", "/x");
        invalid(
                api.patch(at, "{\"name\":null,\"config\":{\"token\":null,\"y\":1}}"),
                "/name",
                "/config/token",
                "/config/y");
        invalid(api.patch(at, "{\"config\":null}"), "/config");
        invalid(api.patch(at, "[]"), "");
    }

    @Test
    void aSubscriptionNeedsNoCredentialFieldsWithAConnectionAndItsPreviewShowsNone() {
        var id = connect("bearer", "{\"token\":\"s3cret\"}");
        var slack =
                "{\"event\":\"order.created\",\"connector\":\"slack\",\"config\":{\"channel\":\"C1\",\"apiUrl\":\"%s\"}%s}";
        invalid(api.post("/v1/subscriptions", slack.formatted(receiver.url(""), "")), "/config/webhookUrl");
        var body = slack.formatted(receiver.url(""), ",\"connection\":\"%s\"".formatted(id));

        var created = api.post("/v1/subscriptions", body).expect(201).json();

        assertThat(created.path("connection").textValue()).isEqualTo(id);
        assertThat(created.path("config").has("token")).isFalse();
        var preview = api.post(
                        "/v1/subscriptions/preview",
                        "{\"subscription\":%s,\"event\":{\"type\":\"order.created\"}}".formatted(body))
                .expect(200);
        assertThat(preview.json().at("/request/headers/Authorization").textValue())
                .isEqualTo("Bearer ***");
        assertThat(preview.text()).doesNotContain("s3cret");
        invalid(
                api.post(
                        "/v1/subscriptions",
                        "{\"event\":\"a.b\",\"connector\":\"trello\",\"config\":{\"listId\":\"5abbe4b7ddc1b351ef961414\",\"apiKey\":\"k\",\"token\":\"t\"},\"connection\":\"%s\"}"
                                .formatted(id)),
                "/connection");
    }
}
