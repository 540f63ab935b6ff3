package io.waypost.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.delivery.log.Delivery.Status;
import io.waypost.subscription.Subscription.State;
import io.waypost.tenancy.Scope;
import org.junit.jupiter.api.Test;

class DeliveriesApiTest extends TestApi {

    @Test
    void aDeliveryShowsItsAttempts() throws Exception {
        var subscription = parts.subscribe("acme", State.ACTIVE, "whsec_c2VjcmV0");
        var delivery = parts.deliver(parts.add("acme", "a", "{}"), subscription, Status.EXHAUSTED);
        var path = "/v1/deliveries/" + delivery.key().id();

        var json = get(path, key("acme", Scope.READ)).json();

        assertThat(json.get("status").asText()).isEqualTo("exhausted");
        assertThat(json.get("createdAt").asText()).isEqualTo("2026-01-31T12:00:01Z");
        assertThat(json.get("nextAttemptAt").isNull()).isTrue();
        assertThat(json.get("replay").booleanValue()).isFalse();
        assertThat(json.at("/attempts/0").toString())
                .contains(
                        "\"number\":1",
                        "\"durationMs\":12",
                        "\"outcome\":\"failed\"",
                        "\"statusCode\":500",
                        "\"error\":\"http_status\"",
                        "\"responseBody\":\"oops\"");
        get(path, key("other", Scope.READ)).isProblem(404);
        get("/v1/deliveries/dlv_x").isProblem(404);
    }

    @Test
    void filtersCombine() throws Exception {
        var one = parts.subscribe("acme", State.ACTIVE, "whsec_c2VjcmV0");
        var two = parts.subscribe("acme", State.ACTIVE, "whsec_c2VjcmV0");
        var event = parts.add("acme", "a", "{}");
        parts.deliver(event, one, Status.SUCCEEDED);
        parts.deliver(event, two, Status.EXHAUSTED);
        var acme = key("acme", Scope.READ);

        assertThat(get("/v1/deliveries", acme).json().get("data")).hasSize(2);
        assertThat(get("/v1/deliveries?subscription=sub_1&event=" + event.id(), acme)
                        .json()
                        .findValuesAsText("subscription"))
                .containsExactly("sub_1");
        assertThat(get("/v1/deliveries?status=exhausted", acme).json().findValuesAsText("subscription"))
                .containsExactly("sub_2");
        assertThat(get("/v1/deliveries?status=lost&since=x", acme).pointers()).isEqualTo("/status /since");
    }

    @Test
    void whatIsAnothersOrGoneHasNoDeliveries() throws Exception {
        var subscription = parts.subscribe("acme", State.ACTIVE, "whsec_c2VjcmV0");
        var event = parts.add("acme", "a", "{}");
        parts.deliver(event, subscription, Status.SUCCEEDED);
        var other = key("other", Scope.READ);

        for (var query : new String[] {"subscription=sub_1", "subscription=sub_9", "event=" + event.id(), "event=x"}) {
            assertThat(get("/v1/deliveries?" + query, other).json().get("data")).isEmpty();
        }
    }

    @Test
    void pagesFollowTheCursor() throws Exception {
        var subscription = parts.subscribe("default", State.ACTIVE, "whsec_c2VjcmV0");
        for (int i = 0; i < 3; i++) {
            parts.deliver(parts.add("default", "a", "{}"), subscription, Status.SUCCEEDED);
        }

        var first = get("/v1/deliveries?limit=2").json();
        var second = get("/v1/deliveries?limit=2&cursor=" + first.get("next").asText())
                .json();

        assertThat(first.get("data")).hasSize(2);
        assertThat(second.findValuesAsText("event"))
                .containsExactly(parts.events.getFirst().id());
        assertThat(second.get("next").isNull()).isTrue();
    }

    @Test
    void retryingIsAcceptedAndNeedsTheRight() throws Exception {
        var subscription = parts.subscribe("acme", State.ACTIVE, "whsec_c2VjcmV0");
        var id = parts.deliver(parts.add("acme", "a", "{}"), subscription, Status.EXHAUSTED)
                .key()
                .id();
        var path = "/v1/deliveries/%s/retry".formatted(id);

        assertThat(send("POST", path, key("acme", Scope.MANAGE), null, null).status())
                .isEqualTo(202);
        assertThat(parts.asked).containsExactly("retry " + id);
        post(path, key("acme", Scope.READ), "{}").isProblem(403);
        post(path, key("other", Scope.MANAGE), "{}").isProblem(404);
    }
}
