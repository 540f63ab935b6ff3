package io.waypost.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.testing.Api;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The section "Around it" of the HTTP contract. */
class AroundContractTest extends Contract {

    private static final AtomicInteger TENANTS = new AtomicInteger();

    @Test
    void anEventTypeOfOnesOwnIsPutReadListedAndDeleted() {
        var type = "{\"description\":\"An order\",\"schema\":{\"type\":\"object\"},\"example\":{\"n\":1.10}}";

        var put = api.put("/v1/event-types/shop.order", type).expect(200).json();

        var read = api.get("/v1/event-types/shop.order").expect(200).json();
        assertThat(read).isEqualTo(put);
        assertThat(read.path("name").textValue()).isEqualTo("shop.order");
        assertThat(read.path("description").textValue()).isEqualTo("An order");
        assertThat(read.path("schema")).isEqualTo(json("{\"type\":\"object\"}"));
        assertThat(read.path("example").toString()).isEqualTo("{\"n\":1.10}");
        assertThat(names("/v1/event-types?limit=250")).contains("shop.order", "message.opened");
        problem(gateway.tenant().get("/v1/event-types/shop.order"), 404);
        api.put("/v1/event-types/shop.order", "{}").expect(200);
        api.delete("/v1/event-types/shop.order").expect(204);
        problem(api.get("/v1/event-types/shop.order"), 404);
        problem(api.delete("/v1/event-types/shop.order"), 404);
    }

    @Test
    void theCatalogueIsReadOnlyAndHasNoSayInWhatIsPublished() {
        var shipped = api.get("/v1/event-types/message.opened").expect(200).json();
        assertThat(shipped.path("description").textValue()).isNotBlank();
        assertThat(shipped.path("example").isMissingNode()).isFalse();

        assertThat(api.put("/v1/event-types/message.opened", "{}").status()).isBetween(403, 409);
        assertThat(api.delete("/v1/event-types/message.opened").status()).isBetween(403, 409);
        publish("{\"type\":\"message.opened\",\"data\":\"anything\"}");
        publish("{\"type\":\"Nobody.Knows_this-1\"}");
    }

    @Test
    void withASchemaOfOnesOwnAMismatchIs422AndNothingIsStored() {
        api.put(
                        "/v1/event-types/shop.order",
                        "{\"schema\":{\"type\":\"object\",\"required\":[\"n\"],\"properties\":{\"n\":{\"type\":\"integer\"}}}}")
                .expect(200);
        var good = "{\"type\":\"shop.order\",\"data\":{\"n\":123456789012345678901234567890}}";
        var bad = "{\"type\":\"shop.order\",\"data\":{\"n\":\"x\"}}";

        invalid(api.post("/v1/events", bad), "/data/n");
        invalid(api.post("/v1/events", "[" + bad + "]"), "/0/data/n");
        invalid(
                api.post("/v1/events", "[%s,%s,{\"type\":\"a b\"},%s]".formatted(good, bad, bad)),
                "/1/data/n",
                "/2/type",
                "/3/data/n");
        assertThat(data("/v1/events")).isEmpty();
        publish(good);
        gateway.tenant().post("/v1/events", bad).expect(202);
        api.delete("/v1/event-types/shop.order").expect(204);
        publish(bad);
    }

    @Test
    void aTestOfATypeWhoseSchemaItsSampleDoesNotMatchSaysWhatIsMissing() {
        api.put("/v1/event-types/shop.order", "{\"schema\":{\"required\":[\"n\"]}}")
                .expect(200);
        var test = "/v1/subscriptions/" + subscribe("", "") + "/test";

        assertThat(invalid(api.post(test, "{\"type\":\"shop.order\"}"), "/type").toString())
                .contains("example");
        api.put("/v1/event-types/shop.order", "{\"schema\":{\"required\":[\"n\"]},\"example\":{\"n\":1.10}}")
                .expect(200);
        api.post(test, "{\"type\":\"shop.order\"}").expect(200);

        assertThat(theOne().body()).contains("\"data\":{\"n\":1.10}");
    }

    @Test
    void everythingWrongWithAnEventTypeIsNamedAtOnce() {
        invalid(
                api.put(
                        "/v1/event-types/shop.order",
                        "{\"schema\":{\"minimum\":\"x\"},\"description\":7,\"colour\":1,\"name\":\"other\"}"),
                "/schema/minimum",
                "/description",
                "/colour",
                "/name");
        invalid(
                api.put("/v1/event-types/shop.order", "{\"schema\":{\"$ref\":\"http://127.0.0.1:1/s\"}}"),
                "/schema/$ref");
        invalid(api.put("/v1/event-types/shop.order", "{\"schema\":{\"type\":\"object\"},\"example\":1}"), "/example");
        problem(api.put("/v1/event-types/shop%20order", "{}"), 422);
        problem(api.get("/v1/event-types/shop.order"), 404);
    }

    @Test
    void connectorsAreListedWithTheirSchemaAndChecked() {
        assertThat(names("/v1/connectors")).contains("webhook", "slack");
        var webhook = api.get("/v1/connectors/webhook").expect(200).json();
        assertThat(webhook.path("title").textValue()).isEqualTo("Webhook");
        assertThat(webhook.path("description").textValue()).isNotBlank();
        assertThat(webhook.path("icon").textValue()).startsWith("data:image/svg+xml");
        assertThat(webhook.path("state").textValue()).isEqualTo("ready");
        assertThat(webhook.at("/schema/type").textValue()).isEqualTo("object");
        assertThat(webhook.at("/schema/required/0").textValue()).isEqualTo("url");
        assertThat(api.get("/v1/connectors/slack")
                        .json()
                        .at("/schema/properties/webhookUrl/format")
                        .textValue())
                .isEqualTo("password");

        var checked = api.post(
                        "/v1/connectors/webhook/check", "{\"config\":{\"url\":\"%s\"}}".formatted(receiver.url()))
                .expect(200)
                .json();
        assertThat(checked.path("ok").booleanValue()).isTrue();
        assertThat(checked.path("detail").textValue()).isNotBlank();
        invalid(
                api.post("/v1/connectors/webhook/check", "{\"config\":{\"url\":\"ftp://x\",\"typo\":1},\"more\":1}"),
                "/config/url",
                "/config/typo",
                "/more");
        invalid(api.post("/v1/connectors/webhook/check", "{}"), "/config");
        problem(api.get("/v1/connectors/fax"), 404);
        problem(api.post("/v1/connectors/fax/check", "{\"config\":{}}"), 404);
    }

    @Test
    void tenantsAndKeysAreMadeListedUsedAndTakenBack() {
        var admin = gateway.admin();
        var id = "around-" + TENANTS.incrementAndGet();

        var tenant = admin.post("/v1/tenants", "{\"id\":\"%s\",\"name\":\"Round\"}".formatted(id))
                .expect(201);
        assertThat(tenant.json().path("id").textValue()).isEqualTo(id);
        assertThat(tenant.json().path("name").textValue()).isEqualTo("Round");
        assertThat(ids(elements(admin.get("/v1/tenants?limit=250").json().path("data"))))
                .startsWith(id);
        problem(admin.post("/v1/tenants", "{\"id\":\"%s\"}".formatted(id)), 409);
        var keys = "/v1/tenants/" + id + "/keys";
        var made = admin.post(keys, "{\"name\":\"ci\",\"scopes\":[\"publish\",\"read\"]}")
                .expect(201)
                .json();
        var key = made.path("key").textValue();

        new Api(gateway.url(), key).post("/v1/events", "{\"type\":\"a\"}").expect(202);
        var listed = admin.get(keys).expect(200);
        assertThat(listed.text()).doesNotContain(key);
        assertThat(listed.json().at("/data/0/id")).isEqualTo(made.path("id"));
        assertThat(listed.json().at("/data/0/name").textValue()).isEqualTo("ci");
        assertThat(listed.json().at("/data/0/scopes").toString())
                .contains("publish", "read")
                .doesNotContain("manage");
        admin.delete(keys + "/" + made.path("id").textValue()).expect(204);
        problem(new Api(gateway.url(), key).get("/v1/events"), 401);
        problem(admin.delete(keys + "/" + made.path("id").textValue()), 404);
    }

    @Test
    void everythingWrongWithATenantOrAKeyIsNamedAtOnce() {
        var admin = gateway.admin();

        invalid(admin.post("/v1/tenants", "{\"id\":\"No Id\",\"name\":7,\"more\":1}"), "/id", "/name", "/more");
        invalid(admin.post("/v1/tenants", "{}"), "/id");
        invalid(
                admin.post("/v1/tenants/default/keys", "{\"scopes\":[\"admin\",1,\"read\"],\"more\":1}"),
                "/name",
                "/scopes/0",
                "/scopes/1",
                "/more");
        invalid(admin.post("/v1/tenants/default/keys", "{\"name\":\"x\",\"scopes\":[]}"), "/scopes");
        problem(admin.get("/v1/tenants/nobody/keys"), 404);
        problem(admin.post("/v1/tenants/nobody/keys", "{\"name\":\"x\",\"scopes\":[\"read\"]}"), 404);
    }

    @Test
    void openApiNamesTheFourFunctionsOfTheSeeds() {
        var document = api.with(null).get("/openapi.json").expect(200).json();

        assertThat(document.path("openapi").textValue()).startsWith("3.1");
        assertThat(operation(document, "/v1/subscriptions", "post")).isEqualTo("createWebHook");
        assertThat(operation(document, "/v1/subscriptions", "get")).isEqualTo("getWebHooks");
        assertThat(operation(document, "/v1/subscriptions/{id}/activate", "post"))
                .isEqualTo("activateWebHook");
        assertThat(operation(document, "/v1/subscriptions/{id}", "delete")).isEqualTo("deleteWebHookById");
        assertThat(document.findValuesAsText("operationId")).doesNotHaveDuplicates();
    }

    private static String operation(JsonNode document, String path, String method) {
        return document.path("paths")
                .path(path)
                .path(method)
                .path("operationId")
                .textValue();
    }

    @Test
    void healthIsPublicButItsPartsAreNotAndMetricsNeedAKey() {
        assertThat(api.with(null).get("/actuator/health").expect(200).json()).isEqualTo(json("{\"status\":\"UP\"}"));
        assertThat(gateway.admin().get("/actuator/health").json().path("status").textValue())
                .isEqualTo("UP");
        problem(api.with("wrong").get("/actuator/health"), 401);
        problem(api.with(null).get("/actuator/prometheus"), 401);
        assertThat(gateway.admin().get("/actuator/prometheus").expect(200).text())
                .contains("# TYPE")
                .contains("jvm_memory_used_bytes");
        for (var hidden : List.of("/actuator/env", "/actuator/beans", "/actuator/heapdump", "/actuator")) {
            problem(gateway.admin().get(hidden), 404);
        }
    }

    private List<String> names(String path) {
        return data(path).stream().map(t -> t.path("name").textValue()).toList();
    }
}
