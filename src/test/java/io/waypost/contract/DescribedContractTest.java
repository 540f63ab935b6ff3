package io.waypost.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is answered looks like what the OpenAPI document says of it: types, nulls, and no field that it does not name. */
class DescribedContractTest extends Contract {

    private static final JsonSchemaFactory SCHEMAS = JsonSchemaFactory.getInstance(VersionFlag.V202012);

    private JsonNode document;

    @BeforeEach
    void readTheDescription() {
        document = api.get("/openapi.json").expect(200).json();
    }

    @Test
    void subscriptionsAreAsDescribed() {
        var created = create("\"headers\":{\"X-Team\":\"crm\"}", "\"app\":\"crm\",\"rateLimit\":{\"perSecond\":9}");
        var at = "/v1/subscriptions/" + created.path("id").textValue();

        isDescribed("CreatedSubscription", created);
        isDescribed("Subscription", api.get(at).expect(200).json());
        isDescribed(
                "Subscription", api.post(at + "/deactivate", "{}").expect(200).json());
        isDescribed("Secret", api.get(at + "/secret").expect(200).json());
    }

    @Test
    void eventsAndDeliveriesAreAsDescribed() {
        subscribe("", "\"retry\":{\"schedule\":[]}");
        var event = order("1");

        isDescribed("DeliveryWithAttempts", awaitDelivery(event, "succeeded"));
        isDescribed("Delivery", deliveries(event).getFirst());
        isDescribed(
                "EventWithDeliveries",
                api.get("/v1/events/" + event).expect(200).json());
    }

    @Test
    void previewsAreAsDescribed() {
        for (var type : new String[] {"order.created", "order.paid"}) {
            isDescribed(
                    "Preview",
                    api.post(
                                    "/v1/subscriptions/preview",
                                    "{\"subscription\":%s,\"event\":{\"type\":\"%s\"}}".formatted(body("", ""), type))
                            .expect(200)
                            .json());
        }
    }

    @Test
    void tenantsKeysAndSourcesAreAsDescribed() {
        var admin = gateway.admin();
        var key = "{\"name\":\"k\",\"scopes\":[\"read\"]}";
        var keys = "/v1/tenants/described/keys";

        isDescribed(
                "Tenant",
                admin.post("/v1/tenants", "{\"id\":\"described\"}").expect(201).json());
        isDescribed("NewKey", json(key));
        isDescribed("CreatedKey", admin.post(keys, key).expect(201).json());
        isDescribed("Key", admin.get(keys).expect(200).json().at("/data/0"));
        isDescribed(
                "Source",
                api.post("/v1/sources", "{\"source\":\"github\"}").expect(201).json());
        isDescribed(
                "Hook",
                api.post("/hooks", "{\"target_url\":\"%s\",\"event\":\"a\"}".formatted(receiver.url()))
                        .expect(201)
                        .json());
    }

    @Test
    void campaignsAreAsDescribed() {
        publish("{\"type\":\"message.opened\",\"data\":{\"campaign\":\"described\"}}");

        await().untilAsserted(() -> api.get("/v1/campaigns/described").expect(200));
        isDescribed("Campaign", api.get("/v1/campaigns/described").json());
    }

    @Test
    void whatASubscriptionTakesIsDescribed() {
        var schemas = document.at("/components/schemas");
        var properties = schemas.at("/NewSubscription/properties");

        assertThat(names(properties)).containsExactlyInAnyOrderElementsOf(taken("{\"_\":1}", "/_"));
        for (var part : List.of("retry", "dispatch", "deactivation", "replayBuffer", "batch", "rateLimit")) {
            var schema = document.at(
                    properties.at("/%s/$ref".formatted(part)).asText("#/").substring(1));
            assertThat(names(schema.path("properties")))
                    .as(part)
                    .containsExactlyInAnyOrderElementsOf(
                            taken("{\"%s\":{\"_\":1}}".formatted(part), "/%s/_".formatted(part)));
        }
        var changed = new ArrayList<>(names(properties));
        changed.removeAll(List.of("event", "url", "tenant", "secret"));
        assertThat(names(schemas.at("/SubscriptionPatch/properties")))
                .as("what can be given can be changed, but for short forms and whose it is")
                .containsExactlyInAnyOrderElementsOf(changed);
    }

    /** The fields that a refusal of one that is unknown names. */
    private List<String> taken(String body, String unknown) {
        return elements(api.post("/v1/subscriptions", body).expect(422).json().path("errors")).stream()
                .filter(error -> error.path("pointer").textValue().equals(unknown))
                .map(error -> error.path("detail").textValue().replaceFirst(".* there are ", ""))
                .flatMap(all -> Stream.of(all.split(", ")))
                .toList();
    }

    private static List<String> names(JsonNode object) {
        return object.properties().stream().map(Map.Entry::getKey).toList();
    }

    @Test
    void whatAHookTakesIsDescribed() {
        var hook = json("{\"target_url\":\"%s\",\"event\":\"a\"}".formatted(receiver.url()));
        hook.put("app", "make").put("flat", true).put("name", "n").put("tenant", "default");
        hook.put("condition", "true").put("transform", "data").put("secret", "whsec_" + "A".repeat(32));
        hook.putObject("filter").putArray("type").add("a");

        var created =
                gateway.admin().post("/hooks", hook.toString()).expect(201).json();

        gateway.admin().delete("/hooks/" + created.path("id").textValue()).expect(204);
        assertThat(created.path("secret")).isEqualTo(hook.path("secret"));
        assertThat(names(document.at("/components/schemas/NewHook/properties")))
                .containsExactlyInAnyOrderElementsOf(names(hook));
        isDescribed("NewHook", hook);
    }

    @Test
    void problemsAreAsDescribed() {
        isDescribed("Problem", api.post("/v1/subscriptions", "{}").expect(422).json());
        assertThat(names(document.at("/components/schemas/Problem/properties"))).contains("events");
    }

    private void isDescribed(String schema, JsonNode answer) {
        ObjectNode closed =
                json("{\"$ref\":\"#/components/schemas/%s\",\"unevaluatedProperties\":false}".formatted(schema));
        closed.set("components", document.path("components"));
        assertThat(SCHEMAS.getSchema(closed).validate(answer)).as(schema).isEmpty();
    }
}
