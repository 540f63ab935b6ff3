package io.waypost.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.testing.Api;
import io.waypost.testing.Gateway;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The section "Everywhere" of the HTTP contract. */
class EverywhereContractTest extends Contract {

    @ParameterizedTest
    @ValueSource(strings = {"/v1/events", "/v1/nothing", "/nothing", "/actuator/prometheus", "/"})
    void withoutAKnownKeyEverythingIs401OnUnknownPathsToo(String path) {
        for (var key : new String[] {null, "wrong", ""}) {
            var answer = api.with(key).get(path);
            problem(answer, 401);
            assertThat(answer.header("WWW-Authenticate")).startsWith("Bearer");
        }
        problem(api.with(null).post("/v1/events", "{"), 401);
    }

    @Test
    void aKeyOfOneTenantIsNoKeyOnceItIsDeleted() {
        var tenant = tenantOf(api);
        var made = key(tenant, "\"publish\"");
        var publisher = api.with(made.path("key").textValue());
        publisher.post("/v1/events", "{\"type\":\"a\"}").expect(202);

        gateway.admin()
                .delete("/v1/tenants/%s/keys/%s"
                        .formatted(tenant, made.path("id").textValue()))
                .expect(204);

        problem(publisher.post("/v1/events", "{\"type\":\"a\"}"), 401);
    }

    @Test
    void scopesGiveWhatTheyNameAndNoMore() {
        var tenant = tenantOf(api);
        var subscription = subscribe("", "");
        var event = order("1");
        var publisher = api.with(key(tenant, "\"publish\"").path("key").textValue());
        var reader = api.with(key(tenant, "\"read\"").path("key").textValue());
        var manager = api.with(key(tenant, "\"manage\"").path("key").textValue());

        publisher.post("/v1/events", "{\"type\":\"a\"}").expect(202);
        for (var path : List.of("/v1/events", "/v1/events/" + event, "/v1/subscriptions", "/v1/deliveries")) {
            problem(publisher.get(path), 403);
            reader.get(path).expect(200);
            manager.get(path).expect(200);
        }
        problem(reader.post("/v1/events", "{\"type\":\"a\"}"), 403);
        problem(manager.post("/v1/events", "{\"type\":\"a\"}"), 403);
        for (var other : List.of(publisher, reader)) {
            problem(other.post("/v1/subscriptions", body("", "")), 403);
            problem(other.get("/v1/subscriptions/" + subscription + "/secret"), 403);
            problem(other.post("/v1/subscriptions/" + subscription + "/secret/rotate", null), 403);
            problem(other.post("/v1/subscriptions/" + subscription + "/test", null), 403);
            problem(other.post("/v1/events/" + event + "/replay", null), 403);
            problem(other.put("/v1/event-types/mine.own", "{}"), 403);
            problem(other.delete("/v1/subscriptions/" + subscription), 403);
        }
        manager.get("/v1/subscriptions/" + subscription + "/secret").expect(200);
        for (var tenants : List.of(publisher, reader, manager, api)) {
            problem(tenants.get("/v1/tenants"), 403);
            problem(tenants.post("/v1/tenants", "{\"id\":\"x\"}"), 403);
        }
    }

    @Test
    void whatBelongsToAnotherTenantDoesNotExist() {
        var subscription = subscribe("", "");
        var event = order("1");
        var delivery = awaitDelivery(event, "succeeded").path("id").textValue();
        var stranger = gateway.tenant();
        var at = "/v1/subscriptions/" + subscription;

        for (var path : List.of(
                at,
                at + "/secret",
                "/v1/events/" + event,
                "/v1/deliveries/" + delivery,
                "/v1/events/%s/explain?subscription=%s".formatted(event, subscription))) {
            problem(stranger.get(path), 404);
        }
        for (var action : List.of("activate", "deactivate", "test", "secret/rotate")) {
            problem(stranger.post(at + "/" + action, null), 404);
        }
        problem(stranger.post(at + "/replay", "{\"since\":\"2020-01-01T00:00:00Z\"}"), 404);
        problem(stranger.post("/v1/events/" + event + "/replay", null), 404);
        problem(stranger.post("/v1/deliveries/" + delivery + "/retry", null), 404);
        problem(stranger.patch(at, "{\"name\":\"mine\"}"), 404);
        problem(stranger.delete(at), 404);
        assertThat(stranger.get("/v1/subscriptions").json().path("data")).isEmpty();
        assertThat(stranger.get("/v1/events").json().path("data")).isEmpty();
        assertThat(stranger.get("/v1/deliveries?event=" + event).json().path("data"))
                .isEmpty();
        var preview = stranger.post(
                "/v1/subscriptions/preview", "{\"subscription\":%s,\"eventId\":\"%s\"}".formatted(body("", ""), event));
        invalid(preview, "/eventId");
        gateway.admin().get(at).expect(200);
    }

    @Test
    void everythingWrongWithABodyIsNamedAtOnceUnknownFieldsToo() {
        var answer = api.post("/v1/subscriptions", """
                {"events":["a..b","ok"],"concurency":3,"timeout":"soon","config":{"url":"ftp://x","metod":"PUT",
                "headers":{"Host":"x","X-A/b~c":"y\\r\\n"}},"retry":{"schedule":["5s","later"],"profil":"x"},"condition":"1 +",
                "rateLimit":{"perSecond":0},"deactivation":{"over":3},"replayBuffer":{"windo":"1d"},"ordered":"yes"}""");

        var problem = invalid(
                answer,
                "/events/0",
                "/concurency",
                "/timeout",
                "/config/url",
                "/config/metod",
                "/config/headers/Host",
                "/config/headers/X-A~1b~0c",
                "/config/headers/X-A~1b~0c",
                "/retry/schedule/1",
                "/retry/profil",
                "/condition",
                "/rateLimit/perSecond",
                "/deactivation/over",
                "/replayBuffer/windo",
                "/ordered");
        assertThat(problem.path("instance").textValue()).isEqualTo("/v1/subscriptions");
        assertThat(api.get("/v1/subscriptions").json().path("data")).isEmpty();
    }

    @Test
    void listsAreNewestFirstAndStableUnderInserts() {
        var made = new ArrayList<String>();
        IntStream.range(0, 7).forEach(i -> made.add(order("" + i)));
        IntStream.range(0, 5).forEach(_ -> subscribe("", ""));
        var subscriptions = ids(data("/v1/subscriptions"));

        var events = "/v1/events?limit=3";
        var hooks = "/v1/subscriptions?limit=2";
        var firstEvents = api.get(events).expect(200).json();
        var firstHooks = api.get(hooks).expect(200).json();
        order("\"late\"");
        subscribe("", "");

        assertThat(ids(following(firstEvents, events))).containsExactlyElementsOf(made.reversed());
        assertThat(ids(following(firstHooks, hooks))).containsExactlyElementsOf(subscriptions);
        assertThat(data("/v1/events?limit=100000")).hasSize(8);
        assertThat(api.get("/v1/events?limit=8").json().path("next").isNull()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/events?limit=many,/limit",
        "/v1/events?limit=0,/limit",
        "/v1/events?limit=-1,/limit",
        "/v1/events?limit=1.5,/limit",
        "/v1/events?since=yesterday,/since",
        "/v1/events?until=2026-13-01T00:00:00Z,/until",
        "/v1/events?cursor=nonsense,/cursor",
        "/v1/subscriptions?active=maybe,/active",
        "/v1/deliveries?status=lost,/status",
        "/v1/deliveries?since=1&until=2,/since /until",
        "/v1/tenants?limit=x,/limit",
        "/v1/event-types?cursor=!,/cursor",
        "/v1/connectors?limit=x,/limit"
    })
    void parametersThatAreNotWhatIsDueAre422(String path, String pointers) {
        invalid(gateway.admin().get(path), pointers.split(" "));
    }

    @Test
    void aCursorOfOneListIsNoneOfAnother() {
        IntStream.range(0, 3).forEach(_ -> subscribe("", ""));
        var cursor = api.get("/v1/subscriptions?limit=1").json().path("next").textValue();

        invalid(api.get("/v1/events?cursor=" + cursor), "/cursor");
    }

    @Test
    void anIdempotencyKeyGivesTheFirstAnswerAgainAndRefusesAnotherBody() {
        var first = api.post("/v1/subscriptions", body("", ""), "Idempotency-Key", "k1")
                .expect(201);
        var again = api.post("/v1/subscriptions", body("", ""), "Idempotency-Key", "k1")
                .expect(201);

        assertThat(again.json()).isEqualTo(first.json());
        assertThat(again.header("Location")).isEqualTo(first.header("Location"));
        problem(api.post("/v1/subscriptions", body("", "\"app\":\"x\""), "Idempotency-Key", "k1"), 422);
        assertThat(data("/v1/subscriptions")).hasSize(1);
        api.post("/v1/events", "{\"type\":\"a\"}", "Idempotency-Key", "k1").expect(202);
        gateway.tenant()
                .post("/v1/subscriptions", body("", "\"app\":\"x\""), "Idempotency-Key", "k1")
                .expect(201);
    }

    @Test
    void aRefusedRequestWithAnIdempotencyKeyMayComeAgainMended() {
        invalid(api.post("/v1/events", "{\"type\":\"a b\"}", "Idempotency-Key", "k"), "/type");

        api.post("/v1/events", "{\"type\":\"a\"}", "Idempotency-Key", "k").expect(202);
    }

    @Test
    void twinsWithOneIdempotencyKeyDoTheirWorkOnce() throws Exception {
        List<Api.Answer> answers = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var twins = IntStream.range(0, 12)
                    .mapToObj(_ -> threads.submit(
                            () -> api.post("/v1/subscriptions", body("", ""), "Idempotency-Key", "twins")))
                    .toList();
            for (var twin : twins) {
                answers.add(twin.get());
            }
        }

        assertThat(answers).extracting(Api.Answer::status).containsAnyOf(201).isSubsetOf(201, 409);
        assertThat(answers.stream()
                        .filter(a -> a.status() == 201)
                        .map(a -> a.json().path("id").textValue()))
                .containsOnly(data("/v1/subscriptions").getFirst().path("id").textValue());
        assertThat(data("/v1/subscriptions")).hasSize(1);
    }

    @Test
    void idsHaveAPrefixAndAreOrderedByTime() {
        var subscriptions =
                IntStream.range(0, 5).mapToObj(_ -> subscribe("", "")).toList();
        var events = IntStream.range(0, 10).mapToObj(i -> order("" + i)).toList();

        assertThat(events).isSorted().allSatisfy(id -> assertThat(id).startsWith("evt_"));
        assertThat(subscriptions).allSatisfy(id -> assertThat(id).startsWith("sub_"));
        assertThat(ids(data("/v1/subscriptions"))).containsExactlyElementsOf(subscriptions.reversed());
        await().atMost(SOON).until(() -> data("/v1/deliveries?status=succeeded").size() == 50);
        var delivery = data("/v1/deliveries?limit=1").getFirst().path("id").textValue();
        assertThat(delivery).startsWith("dlv_");
        assertThat(api.get("/v1/deliveries/" + delivery)
                        .json()
                        .at("/attempts/0/id")
                        .textValue())
                .startsWith("att_");
    }

    @Test
    void aPatchIsAMergePatchInEitherContentType() {
        var id = subscribe("\"headers\":{\"X-A\":\"1\",\"X-B\":\"2\"}", "\"app\":\"crm\",\"name\":\"n\"");
        var at = "/v1/subscriptions/" + id;

        var patched = api.send(
                        "PATCH",
                        at,
                        "{\"name\":null,\"config\":{\"headers\":{\"X-A\":null,\"X-C\":\"3\"}}}",
                        "Content-Type",
                        "application/merge-patch+json")
                .expect(200)
                .json();
        assertThat(patched.has("name")).isFalse();
        assertThat(patched.at("/config/headers")).isEqualTo(json("{\"X-B\":\"2\",\"X-C\":\"3\"}"));
        assertThat(patched.path("app").textValue()).isEqualTo("crm");
        assertThat(api.patch(at, "{\"app\":\"mail\"}")
                        .expect(200)
                        .json()
                        .path("app")
                        .textValue())
                .isEqualTo("mail");
        problem(api.send("PATCH", at, "{}", "Content-Type", "text/plain"), 415);
        invalid(api.patch(at, "[]"), "");
        invalid(api.patch(at, "{\"nme\":1,\"events\":null,\"id\":\"other\"}"), "/id", "/nme", "/events");
        invalid(api.patch(at, "{\"nme\":1,\"events\":null}"), "/nme", "/events");
        assertThat(subscription(id).path("events").size()).isEqualTo(1);
    }

    private String tenantOf(Api of) {
        return of.get("/v1/subscriptions/" + subscribe("", ""))
                .json()
                .path("tenant")
                .textValue();
    }

    private JsonNode key(String tenant, String scopes) {
        return Gateway.shared()
                .admin()
                .post("/v1/tenants/%s/keys".formatted(tenant), "{\"name\":\"k\",\"scopes\":[%s]}".formatted(scopes))
                .expect(201)
                .json();
    }
}
