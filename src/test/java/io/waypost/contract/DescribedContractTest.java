package io.waypost.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
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

    private void isDescribed(String schema, JsonNode answer) {
        ObjectNode closed =
                json("{\"$ref\":\"#/components/schemas/%s\",\"unevaluatedProperties\":false}".formatted(schema));
        closed.set("components", document.path("components"));
        assertThat(SCHEMAS.getSchema(closed).validate(answer)).as(schema).isEmpty();
    }
}
