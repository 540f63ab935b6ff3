package io.waypost.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.delivery.log.Delivery.Status;
import io.waypost.platform.Invalid;
import io.waypost.subscription.Subscription.State;
import io.waypost.tenancy.Scope;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class EventsApiTest extends TestApi {

    @Test
    void onlyAKeyThatMayPublishPublishes() throws Exception {
        var event = "{\"type\":\"a\"}";

        assertThat(post("/v1/events", key("acme", Scope.PUBLISH), event).status())
                .isEqualTo(202);
        post("/v1/events", key("acme", Scope.MANAGE, Scope.READ), event).isProblem(403);
        get("/v1/events", key("acme", Scope.PUBLISH)).isProblem(403);
    }

    @Test
    void anEventShowsItsDeliveries() throws Exception {
        var event = parts.add("acme", "a", "{\"n\":18859015918863553,\"x\":1.10}");
        parts.deliver(event, parts.subscribe("acme", State.ACTIVE, "whsec_c2VjcmV0"), Status.SUCCEEDED);

        var reply = get("/v1/events/" + event.id());

        assertThat(reply.text()).contains("\"n\":18859015918863553", "\"x\":1.10");
        assertThat(reply.json().at("/deliveries/0/status").asText()).isEqualTo("succeeded");
    }

    @Test
    void anotherTenantsEventDoesNotExist() throws Exception {
        var event = parts.add("acme", "a", "{}");
        var other = key("other", Scope.MANAGE);
        var path = "/v1/events/" + event.id();

        get(path, other).isProblem(404);
        get(path + "/explain?subscription=sub_1", other).isProblem(404);
        post(path + "/replay", other, "{}").isProblem(404);
        assertThat(get("/v1/events", other).json().get("data")).isEmpty();
        get("/v1/events?tenant=acme", other).isProblem(403);
    }

    @Test
    void anIdWeNeverGaveOutDoesNotExist() throws Exception {
        parts.add("acme", "a", "{}");

        for (var id : new String[] {"x", "evt_", "evt_00000000000000000000000001", "evt_" + "z".repeat(2_000)}) {
            get("/v1/events/" + id).isProblem(404);
        }
    }

    @Test
    void largeEventsMakeShortPagesThatLeaveNothingOut() throws Exception {
        var large = "\"" + "x".repeat(700_000) + "\"";
        for (int i = 0; i < 12; i++) {
            parts.add("default", "a", i % 4 == 0 ? "{}" : large);
        }

        var seen = new ArrayList<String>();
        var next = "";
        do {
            var page = get("/v1/events?limit=250" + next).json();
            page.get("data").forEach(event -> seen.add(event.get("id").asText()));
            assertThat(page.get("data")).hasSizeLessThanOrEqualTo(6);
            next = page.get("next").isNull()
                    ? null
                    : "&cursor=" + page.get("next").asText();
        } while (next != null);

        assertThat(seen)
                .containsExactlyElementsOf(
                        parts.events.reversed().stream().map(e -> e.id()).toList());
    }

    @Test
    void timesThatAreNoneAre422() throws Exception {
        assertThat(get("/v1/events?since=yesterday&until=%2B1000000000-12-31T23:59:59Z&limit=x")
                        .pointers()
                        .split(" "))
                .containsExactlyInAnyOrder("/since", "/until", "/limit");
        assertThat(get("/v1/events?since=2026-01-31T12:00:00+01:00").status()).isEqualTo(200);
    }

    @Test
    void explainNamesEachCheck() throws Exception {
        var event = parts.add("default", "a", "{}");
        parts.subscribe("default", State.ACTIVE, "whsec_c2VjcmV0");
        var path = "/v1/events/%s/explain".formatted(event.id());

        var json = get(path + "?subscription=sub_1").json();

        assertThat(json.get("matches").booleanValue()).isFalse();
        assertThat(json.at("/checks/1").toString())
                .isEqualTo("{\"check\":\"active\",\"passed\":false,\"detail\":\"paused\"}");
        assertThat(get(path).pointers()).isEqualTo("/subscription");
        get(path + "?subscription=sub_9").isProblem(404);
    }

    @Test
    void anEventIsReplayedToThoseNamedOrAll() throws Exception {
        var path = "/v1/events/%s/replay".formatted(parts.add("acme", "a", "{}").id());
        parts.subscribe("acme", State.ACTIVE, "whsec_c2VjcmV0");
        parts.subscribe("other", State.ACTIVE, "whsec_c2VjcmV0");

        assertThat(send("POST", path, ADMIN, null, null).status()).isEqualTo(202);
        assertThat(post(path, "{\"subscriptions\":[\"sub_1\"]}").status()).isEqualTo(202);

        assertThat(parts.asked).containsExactly("replay 1 to all", "replay 1 to [sub_1]");
        assertThat(post(path, "{\"subscriptions\":[\"sub_1\",\"sub_2\",\"sub_9\"]}")
                        .pointers())
                .isEqualTo("/subscriptions/1 /subscriptions/2");
    }

    @Test
    void binaryCloudEventsMayHaveAnyContentType() throws Exception {
        for (var type : new String[] {JSON, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"}) {
            var reply = send(
                    "POST",
                    "/v1/events",
                    ADMIN,
                    type,
                    "[7]".getBytes(UTF_8),
                    "ce-specversion",
                    "1.0",
                    "ce-type",
                    "a.b",
                    "CE-Source",
                    "/x",
                    "ce-id",
                    type);
            assertThat(reply.status()).as(reply.text()).isEqualTo(202);
        }

        assertThat(parts.events.getFirst().data()).isEqualTo("[7]");
        assertThat(parts.events.get(2).base64()).isTrue();
    }

    @Test
    void anyOtherContentTypeIs415() throws Exception {
        for (var type : new String[] {null, "text/plain", "application/json;charset=utf-16", "application/"}) {
            send("POST", "/v1/events", ADMIN, type, "{\"type\":\"a\"}".getBytes(UTF_8))
                    .isProblem(415);
        }
    }

    @Test
    void whatTheSchemaSaysOfASingleEventHasNoIndex() throws Exception {
        parts.onPublish = () -> {
            throw new Invalid("/0/data/n", "must be a number");
        };

        assertThat(post("/v1/events", "{\"type\":\"a\"}").pointers()).isEqualTo("/data/n");
        assertThat(post("/v1/events", "[{\"type\":\"a\"}]").pointers()).isEqualTo("/0/data/n");
    }

    @Test
    void eachBadElementIsNamed() throws Exception {
        assertThat(post("/v1/events", "[{\"type\":\"a\"},{\"data\":1},{\"type\":\"a\",\"x\":1}]")
                        .pointers())
                .isEqualTo("/1/type /2/x");
    }

    @Test
    void aPreviewNamesWhatIsWrongWithEitherPart() throws Exception {
        var path = "/v1/subscriptions/preview";

        var json = post(path, "{\"subscription\":{},\"event\":{\"type\":\"a\",\"id\":\"mine\"}}")
                .json();

        assertThat(json.get("matches").booleanValue()).isTrue();
        assertThat(json.at("/request/headers/webhook-id").asText()).isEqualTo("x");
        assertThat(parts.asked).containsExactly("preview default {} mine");
        assertThat(parts.events).isEmpty();
        assertThat(post(path, "{\"subscription\":{},\"event\":{\"typ\":\"a\"}}").pointers())
                .isEqualTo("/event/type /event/typ");
        assertThat(post(path, "{\"subscription\":{},\"eventId\":\"evt_x\"}").pointers())
                .isEqualTo("/eventId");
        assertThat(post(path, "{\"subscription\":{\"tenant\":\"nobody\"},\"x\":1}")
                        .pointers()
                        .split(" "))
                .contains("/event", "/x");
    }
}
