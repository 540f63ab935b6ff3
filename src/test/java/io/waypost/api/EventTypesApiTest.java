package io.waypost.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.tenancy.Scope;
import org.junit.jupiter.api.Test;

class EventTypesApiTest extends TestApi {

    @Test
    void aTenantDescribesATypeOfItsOwn() throws Exception {
        var acme = key("acme", Scope.MANAGE);
        var path = "/v1/event-types/shop.sold";

        var put = put(path, acme, "{\"description\":\"d\",\"schema\":{\"type\":\"object\"},\"example\":{\"n\":1.10}}");

        assertThat(put.status()).isEqualTo(200);
        assertThat(put.text()).contains("\"example\":{\"n\":1.10}", "\"shipped\":false");
        assertThat(get(path, acme).text()).isEqualTo(put.text());
        get(path, key("other", Scope.READ)).isProblem(404);
        assertThat(get(path + "?tenant=acme").text()).isEqualTo(put.text());
        assertThat(send("DELETE", path, acme, null, null).status()).isEqualTo(204);
        get(path, acme).isProblem(404);
    }

    @Test
    void theCatalogueIsListedAndReadOnly() throws Exception {
        var list = get("/v1/event-types?limit=2").json();
        var name = list.at("/data/0/name").asText();

        assertThat(list.at("/data/0/shipped").booleanValue()).isTrue();
        assertThat(get("/v1/event-types?limit=2&cursor=" + list.get("next").asText())
                        .json()
                        .at("/data/0/name")
                        .asText())
                .isGreaterThan(name);
        put("/v1/event-types/" + name, ADMIN, "{}").isProblem(409);
        send("DELETE", "/v1/event-types/" + name, ADMIN, null, null).isProblem(409);
    }

    @Test
    void whatIsWrongIsNamed() throws Exception {
        assertThat(put("/v1/event-types/a.b", ADMIN, "{\"schema\":7,\"name\":\"c\",\"colour\":1}")
                        .pointers())
                .isEqualTo("/name /colour /schema");
        assertThat(put("/v1/event-types/a.b", ADMIN, "{\"schema\":7}").pointers())
                .startsWith("/schema");
        put("/v1/event-types/a.b?tenant=nobody", ADMIN, "{}").isProblem(422);
        put("/v1/event-types/a.b?tenant=default", key("acme", Scope.MANAGE), "{}")
                .isProblem(403);
        put("/v1/event-types/a.b", key("acme", Scope.READ), "{}").isProblem(403);
    }

    private Reply put(String path, String key, String body) throws Exception {
        return send("PUT", path, key, JSON, body.getBytes(UTF_8));
    }
}
