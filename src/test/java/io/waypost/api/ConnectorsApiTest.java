package io.waypost.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.tenancy.Scope;
import org.junit.jupiter.api.Test;

class ConnectorsApiTest extends TestApi {

    @Test
    void brokenOnesAreListedWithTheirError() throws Exception {
        var json = get("/v1/connectors").json();

        assertThat(json.findValuesAsText("name")).containsExactly("http", "slack");
        assertThat(json.at("/data/0/state").asText()).isEqualTo("ready");
        assertThat(json.at("/data/1/state").asText()).isEqualTo("failed");
        assertThat(json.at("/data/1/error").asText()).isEqualTo("line 3: no");
        assertThat(get("/v1/connectors/slack").json().at("/schema/type").asText())
                .isEqualTo("object");
        get("/v1/connectors/fax").isProblem(404);
    }

    @Test
    void aConfigIsCheckedAfterItsSchema() throws Exception {
        assertThat(post("/v1/connectors/http/check", "{\"config\":{\"url\":\"https://example.com\"}}")
                        .json()
                        .get("ok")
                        .booleanValue())
                .isTrue();
        assertThat(post("/v1/connectors/http/check", "{\"config\":{}}").pointers())
                .isEqualTo("/config/url");
        assertThat(post("/v1/connectors/http/check", "{\"cfg\":{}}").pointers().split(" "))
                .containsExactlyInAnyOrder("/config", "/cfg");
        post("/v1/connectors/slack/check", "{\"config\":{}}").isProblem(409);
        post("/v1/connectors/fax/check", "{\"config\":{}}").isProblem(404);
        post("/v1/connectors/http/check", key("acme", Scope.READ), "{\"config\":{}}")
                .isProblem(403);
    }
}
