package io.waypost.api.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.api.TestApi;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OpenApiTest extends TestApi {

    private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

    @Test
    void theDocumentIsOpenAndNamesTheFourFunctionsOfTheSeeds() throws Exception {
        var json = get("/openapi.json", null).json();
        var paths = json.get("paths");

        assertThat(json.get("openapi").asText()).startsWith("3.1");
        assertThat(id(paths, "/v1/subscriptions", "post")).isEqualTo("createWebHook");
        assertThat(id(paths, "/v1/subscriptions", "get")).isEqualTo("getWebHooks");
        assertThat(id(paths, "/v1/subscriptions/{id}/activate", "post")).isEqualTo("activateWebHook");
        assertThat(id(paths, "/v1/subscriptions/{id}", "delete")).isEqualTo("deleteWebHookById");
        assertThat(json.at("/components/securitySchemes/key/scheme").asText()).isEqualTo("bearer");
    }

    @Test
    void everyOperationHasAnIdOfItsOwnASummaryAndItsAnswers() throws Exception {
        var ids = new HashSet<String>();

        get("/openapi.json").json().get("paths").properties().forEach(path -> path.getValue().properties().stream()
                .filter(operation -> METHODS.contains(operation.getKey()))
                .forEach(operation -> {
                    var shown = operation.getValue();
                    assertThat(ids.add(shown.path("operationId").asText()))
                            .as(path.getKey() + " " + shown.path("operationId"))
                            .isTrue();
                    assertThat(shown.path("summary").asText()).isNotEmpty();
                    assertThat(shown.at("/responses/default/content/application~1problem+json/schema/$ref")
                                    .asText())
                            .isEqualTo("#/components/schemas/Problem");
                }));

        assertThat(ids).hasSizeGreaterThan(25);
    }

    @Test
    void everyReferenceLeadsSomewhere() throws Exception {
        var json = get("/openapi.json").json();

        assertThat(json.findValuesAsText("$ref"))
                .isNotEmpty()
                .allSatisfy(ref ->
                        assertThat(json.at(ref.substring(1)).isObject()).as(ref).isTrue());
        assertThat(json.at("/components/schemas/NewSubscription/properties/events/type")
                        .asText())
                .isEqualTo("array");
    }

    @Test
    void aSubscriptionShowsItsCircuit() throws Exception {
        var schemas = get("/openapi.json").json().at("/components/schemas");

        assertThat(schemas.at("/Subscription/properties/circuit/$ref").asText())
                .isEqualTo("#/components/schemas/Circuit");
        assertThat(schemas.at("/Circuit/properties/state/enum").toString())
                .isEqualTo("[\"closed\",\"open\",\"half_open\"]");
        assertThat(schemas.at("/Circuit/properties").properties())
                .extracting(property -> property.getKey())
                .containsExactlyInAnyOrder("state", "since", "nextProbeAt", "timeouts");
    }

    private static String id(JsonNode paths, String path, String method) {
        return paths.path(path).path(method).path("operationId").asText();
    }
}
