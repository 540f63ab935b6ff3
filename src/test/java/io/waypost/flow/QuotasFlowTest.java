package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.testing.Api;
import io.waypost.testing.Gateway;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** What one tenant may have is bounded; the answer names the limit and its setting, and others are not concerned. */
class QuotasFlowTest extends Flow {

    private static final Gateway GATEWAY = Gateway.with(Map.of(
            "waypost.quotas.subscriptions", 2,
            "waypost.quotas.subscription-texts", "1KB",
            "waypost.quotas.connections", 2,
            "waypost.quotas.sources", 2,
            "waypost.quotas.event-types", 2,
            "waypost.quotas.keys", 2));

    QuotasFlowTest() {
        super(GATEWAY);
    }

    @AfterAll
    static void closeGateway() {
        GATEWAY.close();
    }

    @Test
    void subscriptions() {
        subscribe("");
        var second = subscribe("");
        refused(api, "POST", "/v1/subscriptions", body(""), "subscriptions");
        refused(
                api,
                "POST",
                "/hooks",
                "{\"event\":\"order.created\",\"target_url\":\"%s\"}".formatted(receiver.url("/other")),
                "subscriptions");

        api.delete("/v1/subscriptions/" + second).expect(204);
        subscribe("");
        var other = gateway.tenant();
        other.post("/v1/subscriptions", body("")).expect(201);
    }

    @Test
    void textsOfSubscriptions() {
        var subscription = subscribe("\"condition\":\"'%s' != ''\"".formatted("a".repeat(400)));
        refused(
                api,
                "POST",
                "/v1/subscriptions",
                body(",\"condition\":\"'%s' != ''\"".formatted("a".repeat(700))),
                "subscription-texts");
        refused(
                api,
                "PATCH",
                "/v1/subscriptions/" + subscription,
                "{\"condition\":\"'%s' != ''\"}".formatted("a".repeat(1200)),
                "subscription-texts");
        assertThat(subscription(subscription).path("condition").textValue()).hasSize(408);
    }

    @Test
    void connections() {
        var body = "{\"name\":\"one\",\"kind\":\"bearer\",\"config\":{\"token\":\"s3cr3t\"}}";
        api.post("/v1/connections", body).expect(201);
        api.post("/v1/connections", body).expect(201);
        refused(api, "POST", "/v1/connections", body, "connections");
    }

    @Test
    void sources() {
        var body = "{\"source\":\"generic\",\"name\":\"one\",\"settings\":{}}";
        api.post("/v1/sources", body).expect(201);
        api.post("/v1/sources", body).expect(201);
        refused(api, "POST", "/v1/sources", body, "sources");
    }

    @Test
    void eventTypes() {
        api.send("PUT", "/v1/event-types/own.a", "{}").expect(200);
        api.send("PUT", "/v1/event-types/own.b", "{}").expect(200);
        refused(api, "PUT", "/v1/event-types/own.c", "{}", "event-types");
        api.send("PUT", "/v1/event-types/own.a", "{\"description\":\"again\"}").expect(200);
    }

    @Test
    void keys() {
        var tenant = api.get("/v1/events/" + publish(1))
                .expect(200)
                .json()
                .path("tenant")
                .textValue();
        var path = "/v1/tenants/%s/keys".formatted(tenant);
        var body = "{\"name\":\"more\",\"scopes\":[\"read\"]}";
        gateway.admin().post(path, body).expect(201);
        refused(gateway.admin(), "POST", path, body, "keys");
    }

    private String body(String more) {
        return "{\"events\":[\"order.created\"],\"config\":{\"url\":\"%s\"}%s}".formatted(receiver.url(), more);
    }

    private static void refused(Api api, String method, String path, String body, String setting) {
        var answer = api.send(method, path, body).expect(422);
        assertThat(answer.text()).contains("a tenant may have at most", "waypost.quotas." + setting + ")");
    }
}
