package io.waypost.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.tenancy.Scope;
import org.junit.jupiter.api.Test;

class TenantsApiTest extends TestApi {

    @Test
    void aTenantAndItsKeyAreMadeUsedAndTakenBack() throws Exception {
        assertThat(post("/v1/tenants", "{\"id\":\"shop\",\"name\":\"The shop\"}")
                        .status())
                .isEqualTo(201);
        var created = post("/v1/tenants/shop/keys", "{\"name\":\"ci\",\"scopes\":[\"read\"]}");
        var id = created.json().get("id").asText();
        var key = created.json().get("key").asText();

        assertThat(created.status()).isEqualTo(201);
        assertThat(get("/v1/subscriptions", key).status()).isEqualTo(200);
        assertThat(get("/v1/tenants/shop/keys").text()).contains(id).doesNotContain(key);
        assertThat(get("/v1/tenants/shop/keys/" + id).json().at("/scopes/0").asText())
                .isEqualTo("read");
        assertThat(send("DELETE", "/v1/tenants/shop/keys/" + id, ADMIN, null, null)
                        .status())
                .isEqualTo(204);
        get("/v1/subscriptions", key).isProblem(401);
    }

    @Test
    void onlyAnAdminKeyMay() throws Exception {
        var manage = key("acme", Scope.MANAGE, Scope.READ, Scope.PUBLISH);

        get("/v1/tenants", manage).isProblem(403);
        post("/v1/tenants", manage, "{\"id\":\"x\"}").isProblem(403);
        get("/v1/tenants/acme/keys", manage).isProblem(403);
        post("/v1/tenants/acme/keys", manage, "{}").isProblem(403);
        send("DELETE", "/v1/tenants/acme/keys/key_x", manage, null, null).isProblem(403);
    }

    @Test
    void whatIsWrongIsNamed() throws Exception {
        assertThat(post("/v1/tenants", "{}").pointers()).isEqualTo("/id");
        assertThat(post("/v1/tenants", "{\"id\":\"No Blanks\"}").pointers()).isEqualTo("/id");
        post("/v1/tenants", "{\"id\":\"default\"}").isProblem(409);
        post("/v1/tenants/nobody/keys", "{\"name\":\"x\",\"scopes\":[\"read\"]}")
                .isProblem(404);
        assertThat(post("/v1/tenants/default/keys", "{\"scopes\":[\"read\",\"fly\"]}")
                        .pointers())
                .isEqualTo("/name /scopes/1");
        assertThat(post("/v1/tenants/default/keys", "{\"name\":\"x\",\"scopes\":[]}")
                        .pointers())
                .isEqualTo("/scopes");
    }

    @Test
    void tenantsAreListedPageByPage() throws Exception {
        key("acme", Scope.READ);

        var first = get("/v1/tenants?limit=1").json();

        assertThat(first.get("data")).hasSize(1);
        assertThat(get("/v1/tenants?limit=1&cursor=" + first.get("next").asText())
                        .json()
                        .get("data"))
                .hasSize(1);
    }
}
