package io.waypost.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.delivery.circuit.CircuitState;
import io.waypost.platform.Json;
import io.waypost.subscription.Subscription.State;
import io.waypost.tenancy.Scope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SubscriptionsApiTest extends TestApi {

    private static final String SECRET = "whsec_c2VjcmV0";
    private static final State DEACTIVATED =
            new State(State.Kind.DEACTIVATED, FakeParts.NOON, "failures", "answered 500");

    @Test
    void creatingAnswersWhereItIsAndItsSecret() throws Exception {
        var reply = post("/v1/subscriptions", "{\"event\":\"a\",\"url\":\"https://example.com\"}");

        assertThat(reply.status()).isEqualTo(201);
        assertThat(reply.header("Location")).isEqualTo("/v1/subscriptions/sub_1");
        assertThat(reply.json().get("secret").asText()).isEqualTo(SECRET);
        assertThat(get("/v1/subscriptions/sub_1").text()).doesNotContain(SECRET);
        assertThat(get("/v1/subscriptions/sub_1/secret").json())
                .isEqualTo(Json.object().put("secret", SECRET));
    }

    @Test
    void ofAnEd25519PairOnlyThePublicKeyIsShown() throws Exception {
        var secret = "whsk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

        var reply = post("/v1/subscriptions", "{\"event\":\"a\",\"secret\":\"%s\"}".formatted(secret));

        assertThat(reply.json().get("publicKey").asText()).startsWith("whpk_");
        assertThat(reply.text()).doesNotContain("whsk_");
    }

    @Test
    void anActiveOneReadsBackWithoutADeactivationInForce() throws Exception {
        parts.subscribe("default", State.ACTIVE, SECRET);

        assertThat(get("/v1/subscriptions/sub_1").json()).isEqualTo(Json.read("""
                        {"id":"sub_1","tenant":"default","app":"crm","connector":"webhook",
                         "deactivation":{"afterFailures":10,"over":"1h"},
                         "replayBuffer":{"window":"5d","concurrency":1,"count":0,"from":null,"until":null,"dropped":0},
                         "circuit":{"state":"closed","since":null,"nextProbeAt":null,"timeouts":0},
                         "active":true,"state":"active",
                         "createdAt":"2026-01-31T12:00:00Z","updatedAt":"2026-01-31T12:00:00Z"}
                        """.getBytes(UTF_8)));
    }

    @Test
    void oneWhoseReceiverDoesNotAnswerSaysSinceWhenAndWhenItIsTriedAgain() throws Exception {
        var no = parts.subscribe("default", State.ACTIVE, SECRET).no();
        parts.circuits.put(
                no, new CircuitState(CircuitState.Kind.OPEN, FakeParts.NOON, FakeParts.NOON.plusSeconds(5), 6));

        assertThat(get("/v1/subscriptions/sub_1").json().get("circuit")).isEqualTo(Json.read("""
                        {"state":"open","since":"2026-01-31T12:00:00Z","nextProbeAt":"2026-01-31T12:00:05Z","timeouts":6}
                        """.getBytes(UTF_8)));
    }

    @Test
    void aDeactivatedOneSaysSinceWhenAndWhyAndWhatIsBuffered() throws Exception {
        parts.subscribe("default", DEACTIVATED, SECRET);

        var json = get("/v1/subscriptions/sub_1").json();

        assertThat(json.get("active").booleanValue()).isFalse();
        assertThat(json.get("state").asText()).isEqualTo("deactivated");
        assertThat(json.get("deactivation").toString())
                .contains(
                        "\"afterFailures\":10",
                        "\"since\":\"2026-01-31T12:00:00Z\"",
                        "\"reason\":\"failures\"",
                        "\"lastError\":\"answered 500\"");
        assertThat(json.get("replayBuffer").toString())
                .contains(
                        "\"count\":7",
                        "\"dropped\":2",
                        "\"from\":\"2026-01-31T12:00:00Z\"",
                        "\"until\":\"2026-02-05T12:00:00Z\"");
    }

    @Test
    void aTenantsKeySeesOnlyItsOwn() throws Exception {
        var acme = key("acme", Scope.MANAGE);
        parts.subscribe("default", State.ACTIVE, SECRET);
        parts.subscribe("acme", State.ACTIVE, SECRET);

        assertThat(get("/v1/subscriptions", acme).json().findValuesAsText("id")).containsExactly("sub_2");
        get("/v1/subscriptions?tenant=default", acme).isProblem(403);
        for (var path : new String[] {"", "/secret"}) {
            get("/v1/subscriptions/sub_1" + path, acme).isProblem(404);
        }
        for (var action : new String[] {"activate", "deactivate", "test", "replay", "secret/rotate"}) {
            post("/v1/subscriptions/sub_1/" + action, acme, "{}").isProblem(404);
        }
        send("DELETE", "/v1/subscriptions/sub_1", acme, null, null).isProblem(404);
        send("PATCH", "/v1/subscriptions/sub_1", acme, JSON, "{}".getBytes(UTF_8))
                .isProblem(404);
    }

    @Test
    void theTenantInTheBodyIsSettledAgainstTheKey() throws Exception {
        var acme = key("acme", Scope.MANAGE);
        var body = "{\"event\":\"a\",\"tenant\":\"%s\"}";

        assertThat(post("/v1/subscriptions", body.formatted("acme"))
                        .json()
                        .get("tenant")
                        .asText())
                .isEqualTo("acme");
        assertThat(post("/v1/subscriptions", acme, "{\"event\":\"a\"}")
                        .json()
                        .get("tenant")
                        .asText())
                .isEqualTo("acme");
        assertThat(post("/v1/subscriptions", acme, body.formatted("acme")).status())
                .isEqualTo(201);
        post("/v1/subscriptions", acme, body.formatted("default")).isProblem(403);
        post("/v1/subscriptions", acme, body.formatted("nobody")).isProblem(403);
        assertThat(post("/v1/subscriptions", body.formatted("nobody")).pointers())
                .isEqualTo("/tenant");
        assertThat(post("/v1/subscriptions", "{\"event\":\"a\",\"tenant\":7}").pointers())
                .isEqualTo("/tenant");
    }

    @Test
    void aKeyWithoutTheRightIsTurnedAway() throws Exception {
        parts.subscribe("acme", State.ACTIVE, SECRET);
        var read = key("acme", Scope.READ);
        var publish = key("acme", Scope.PUBLISH);

        assertThat(get("/v1/subscriptions/sub_1", read).status()).isEqualTo(200);
        get("/v1/subscriptions/sub_1/secret", read).isProblem(403);
        post("/v1/subscriptions", read, "{}").isProblem(403);
        get("/v1/subscriptions", publish).isProblem(403);
        get("/v1/tenants", key("acme", Scope.MANAGE)).isProblem(403);
    }

    @Test
    void pagesGoFromTheNewestToTheOldest() throws Exception {
        for (int i = 0; i < 5; i++) {
            parts.subscribe("default", State.ACTIVE, SECRET);
        }

        var first = get("/v1/subscriptions?limit=2").json();
        parts.subscribe("default", State.ACTIVE, SECRET);
        var second = get("/v1/subscriptions?limit=2&cursor=" + first.get("next").asText())
                .json();
        var third = get("/v1/subscriptions?limit=2&cursor=" + second.get("next").asText())
                .json();

        assertThat(first.findValuesAsText("id")).containsExactly("sub_5", "sub_4");
        assertThat(second.findValuesAsText("id")).containsExactly("sub_3", "sub_2");
        assertThat(third.findValuesAsText("id")).containsExactly("sub_1");
        assertThat(third.get("next").isNull()).isTrue();
        get("/v1/events?cursor=" + first.get("next").asText()).isProblem(422);
    }

    @ParameterizedTest
    @CsvSource({
        "limit=0, /limit",
        "limit=-1, /limit",
        "limit=abc, /limit",
        "limit=1.5, /limit",
        "limit=, /limit",
        "active=perhaps, /active",
        "cursor=nonsense, /cursor",
        "cursor=%25%25, /cursor",
        "cursor=abc&limit=x, /cursor /limit",
        "tenant=nobody, /tenant"
    })
    void whatIsNotAsItMustBeInTheQueryIs422(String query, String pointers) throws Exception {
        assertThat(get("/v1/subscriptions?" + query).pointers().split(" "))
                .containsExactlyInAnyOrder(pointers.split(" "));
    }

    @ParameterizedTest
    @ValueSource(strings = {"251", "1000000", "99999999999999999999999999"})
    void aLimitAboveTheMostIsTheMost(String limit) throws Exception {
        assertThat(get("/v1/subscriptions?limit=" + limit).status()).isEqualTo(200);
        assertThat(parts.asked.getLast()).contains("limit=251");
    }

    @Test
    void filtersReachTheStoreAndUnknownOnesAreIgnored() throws Exception {
        get("/v1/subscriptions?app=crm&event=message.*&connector=webhook&active=1&colour=red");

        assertThat(parts.asked.getLast())
                .contains("app=crm", "event=message.*", "connector=webhook", "active=true", "tenant=null");
    }

    @Test
    void aPatchMayComeAsEitherType() throws Exception {
        parts.subscribe("default", State.ACTIVE, SECRET);
        var patch = "{\"name\":\"x\"}".getBytes(UTF_8);

        for (var type : new String[] {JSON, "application/merge-patch+json", "application/json;charset=utf-8"}) {
            assertThat(send("PATCH", "/v1/subscriptions/sub_1", ADMIN, type, patch)
                            .status())
                    .isEqualTo(200);
        }
        send("PATCH", "/v1/subscriptions/sub_1", ADMIN, "application/json-patch+json", patch)
                .isProblem(415);
        send("POST", "/v1/subscriptions", ADMIN, "application/merge-patch+json", patch)
                .isProblem(415);
    }

    @Test
    void deletingIs204AndThenItIsGone() throws Exception {
        parts.subscribe("default", State.ACTIVE, SECRET);

        assertThat(send("DELETE", "/v1/subscriptions/sub_1", ADMIN, null, null).status())
                .isEqualTo(204);
        get("/v1/subscriptions/sub_1").isProblem(404);
    }

    @ParameterizedTest
    @CsvSource({
        "?replayEvents=1, '', true",
        "?replayEvents=true, '', true",
        "?replayEvents=0, '', false",
        "'', '{\"replayEvents\":true}', true",
        "'', '{}', false",
        "'', '', false"
    })
    void activatingReplaysIfAsked(String query, String body, boolean replay) throws Exception {
        parts.subscribe("default", DEACTIVATED, SECRET);

        var reply = body.isEmpty()
                ? send("POST", "/v1/subscriptions/sub_1/activate" + query, ADMIN, null, null)
                : post("/v1/subscriptions/sub_1/activate" + query, body);

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json().get("id").asText()).isEqualTo("sub_1");
        assertThat(parts.asked).contains("activate sub_1 " + replay);
    }

    @Test
    void activatingWithSomethingElseIsRefused() throws Exception {
        parts.subscribe("default", DEACTIVATED, SECRET);

        assertThat(send("POST", "/v1/subscriptions/sub_1/activate?replayEvents=yes", ADMIN, null, null)
                        .pointers())
                .isEqualTo("/replayEvents");
        assertThat(post("/v1/subscriptions/sub_1/activate", "{\"replayEvents\":1,\"x\":2}")
                        .pointers())
                .isEqualTo("/replayEvents /x");
    }

    @Test
    void actionsPassOnWhatWasAsked() throws Exception {
        parts.subscribe("default", State.ACTIVE, SECRET);
        var path = "/v1/subscriptions/sub_1/";

        var attempt = post(path + "test", "{\"type\":\"a.b\"}").json();
        var replayed = post(
                path + "replay",
                "{\"since\":\"2026-01-01T00:00:00Z\",\"types\":[\"a\"],\"status\":\"failed\",\"dryRun\":true}");
        post(path + "secret/rotate", "{\"grace\":\"2h\"}");
        send("POST", path + "deactivate", ADMIN, null, null);

        assertThat(attempt.get("outcome").asText()).isEqualTo("failed");
        assertThat(attempt.get("error").asText()).isEqualTo("http_status");
        assertThat(replayed.status()).isEqualTo(202);
        assertThat(replayed.json()).isEqualTo(Json.read("{\"events\":3}".getBytes(UTF_8)));
        assertThat(parts.asked)
                .containsExactly(
                        "test sub_1 a.b",
                        "replay 2026-01-01T00:00:00Z null [a] true true",
                        "rotate sub_1 PT2H",
                        "pause sub_1");
    }

    @Test
    void everythingWrongWithAReplayIsToldAtOnce() throws Exception {
        parts.subscribe("default", State.ACTIVE, SECRET);

        assertThat(post(
                                "/v1/subscriptions/sub_1/replay",
                                "{\"until\":\"yesterday\",\"types\":[],\"status\":\"x\",\"dryRun\":1,\"y\":0}")
                        .pointers()
                        .split(" "))
                .containsExactlyInAnyOrder("/since", "/until", "/types", "/status", "/dryRun", "/y");
        assertThat(post("/v1/subscriptions/sub_1/secret/rotate", "{\"grace\":\"31d\"}")
                        .pointers())
                .isEqualTo("/grace");
    }
}
