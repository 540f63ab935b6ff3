package io.waypost.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.platform.Json;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The section "Subscriptions" of the HTTP contract: what is written and how it reads back. */
class SubscriptionsContractTest extends Contract {

    private static final String WHOLE = """
            {"app":"crm","name":"Opens to CRM","events":["message.opened","subscriber.*"],
             "filter":{"data":{"list":{"id":["42"]}}},
             "condition":"$toMillis(time) - $toMillis(data.sentAt) <= 86400000",
             "connector":"webhook",
             "config":{"url":"http://127.0.0.1:1/hook","method":"POST","format":"json","signing":"hmac",
             "headers":{"X-Team":"crm"}},
             "transform":"{ \\"email\\": data.contact.email }",
             "timeout":"15s","concurrency":10,"rateLimit":{"perSecond":50},"ordered":false,
             "retry":{"schedule":["5s","5m","PT30M","2h","5h","10h","14h","20h","24h","0s","1500ms"]},
             "deactivation":{"afterFailures":10,"over":"60m"},
             "replayBuffer":{"window":"120h","concurrency":1}}""";

    @Test
    void aWholeSubscriptionReadsBackFieldByFieldDurationsInTheShortForm() {
        var created = api.post("/v1/subscriptions", WHOLE).expect(201);

        var id = created.json().path("id").textValue();
        assertThat(created.header("Location")).endsWith("/v1/subscriptions/" + id);
        assertThat(created.json().path("secret").textValue()).startsWith("whsec_");
        var read = json(api.get("/v1/subscriptions/" + id).expect(200).text());
        assertThat(read.remove("id").textValue()).isEqualTo(id).startsWith("sub_");
        assertThat(read.remove("tenant").textValue()).startsWith("t");
        var at = Instant.parse(read.remove("createdAt").textValue());
        assertThat(at).isEqualTo(Instant.parse(read.remove("updatedAt").textValue()));
        assertThat(read.remove("active").booleanValue()).isTrue();
        assertThat(read.remove("state").textValue()).isEqualTo("active");
        assertThat(read.remove("circuit").path("state").textValue()).isEqualTo("closed");
        var expected = json(WHOLE);
        expected.withObject("/retry")
                .set(
                        "schedule",
                        Json.read(
                                "[\"5s\",\"5m\",\"30m\",\"2h\",\"5h\",\"10h\",\"14h\",\"20h\",\"1d\",\"0s\",\"1500ms\"]"));
        expected.withObject("/deactivation").put("over", "1h");
        expected.withObject("/replayBuffer").put("window", "5d").put("count", 0).put("dropped", 0);
        expected.withObject("/replayBuffer").putNull("from").putNull("until");
        assertThat(read).isEqualTo(expected);
        assertThat(api.get("/v1/subscriptions/" + id).text()).doesNotContain("whsec_");
        assertThat(api.get("/v1/subscriptions").text()).doesNotContain("whsec_");
    }

    @Test
    void theShortFormIsTheSameWithDefaults() {
        var read = subscription(api.post(
                        "/v1/subscriptions",
                        "{\"app\":\"x\",\"event\":\"message.opened\",\"url\":\"%s\"}".formatted(receiver.url()))
                .expect(201)
                .json()
                .path("id")
                .textValue());

        assertThat(read.path("events").toString()).isEqualTo("[\"message.opened\"]");
        assertThat(read.path("connector").textValue()).isEqualTo("webhook");
        assertThat(read.at("/config/url").textValue()).isEqualTo(receiver.url());
        assertThat(read.path("timeout").textValue()).isEqualTo("15s");
        assertThat(read.path("concurrency").intValue()).isEqualTo(10);
        assertThat(read.path("ordered").booleanValue()).isFalse();
        assertThat(read.path("retry").toString())
                .isEqualTo("{\"schedule\":[\"5s\",\"5m\",\"30m\",\"2h\",\"5h\",\"10h\",\"14h\",\"20h\",\"1d\"]}");
        assertThat(read.at("/deactivation").toString()).isEqualTo("{\"afterFailures\":10,\"over\":\"1h\"}");
        assertThat(read.at("/replayBuffer/window").textValue()).isEqualTo("5d");
        assertThat(read.at("/replayBuffer/concurrency").intValue()).isEqualTo(1);
    }

    @Test
    void aProfileSetsScheduleAndTimeoutUnlessTheirOwnAreGiven() {
        var gemmail = subscription(subscribe("", "\"retry\":{\"profile\":\"gemmail\"}"));
        assertThat(gemmail.path("retry"))
                .isEqualTo(json("{\"profile\":\"gemmail\",\"schedule\":[\"1h\",\"2h\",\"3h\",\"4h\",\"5h\"]}"));
        assertThat(gemmail.path("timeout").textValue()).isEqualTo("5s");

        var own = subscription(
                subscribe("", "\"timeout\":\"7s\",\"retry\":{\"profile\":\"gemmail\",\"schedule\":[\"9s\"]}"));
        assertThat(own.path("retry")).isEqualTo(json("{\"profile\":\"gemmail\",\"schedule\":[\"9s\"]}"));
        assertThat(own.path("timeout").textValue()).isEqualTo("7s");
        for (var name : List.of("standard", "mailingwork", "mailjet", "getresponse")) {
            assertThat(subscription(subscribe("", "\"retry\":{\"profile\":\"%s\"}".formatted(name)))
                            .at("/retry/profile")
                            .textValue())
                    .isEqualTo(name);
        }
        invalid(api.post("/v1/subscriptions", body("", "\"retry\":{\"profile\":\"sendgrid\"}")), "/retry/profile");
    }

    @Test
    void whatAGetShowsMayBeSentBackWhole() {
        var id = subscribe("", "\"retry\":{\"profile\":\"gemmail\"}");
        api.post("/v1/subscriptions/" + id + "/deactivate", null).expect(200);
        var before = json(api.get("/v1/subscriptions/" + id).text());

        var after = json(api.patch("/v1/subscriptions/" + id, before.toString())
                .expect(200)
                .text());

        before.remove("updatedAt");
        after.remove("updatedAt");
        assertThat(after).isEqualTo(before);
        assertThat(api.patch("/v1/subscriptions/" + id, "{\"retry\":{\"profile\":\"standard\"}}")
                        .json()
                        .path("timeout")
                        .textValue())
                .isEqualTo("15s");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "webhook-id",
                "Webhook-Signature",
                "Waypost-Attempt",
                "waypost-anything",
                "Host",
                "content-length",
                "Content-Type",
                "Connection",
                "Transfer-Encoding"
            })
    void reservedHeadersAndLineBreaksAre422(String name) {
        var headers = "\"headers\":{\"%s\":\"x\",\"X-A\":\"a\\r\\nB: c\",\"X-B\":\"a\\nb\",\"X-C\":\"ok\"}";

        invalid(
                api.post("/v1/subscriptions", body(headers.formatted(name), "")),
                "/config/headers/" + name,
                "/config/headers/X-A",
                "/config/headers/X-B");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"condition\":\"data.n >\"|/condition",
                "\"transform\":\"{ 'a': }\"|/transform",
                "\"filter\":{\"data\":{\"n\":[{\"numeric\":[\"~\",1]}]}}|/filter",
                "\"filter\":{\"data\":{\"n\":1}}|/filter",
                "\"filter\":\"x\"|/filter",
                "\"concurrency\":0|/concurrency",
                "\"concurrency\":2.5|/concurrency",
                "\"timeout\":\"-5s\"|/timeout",
                "\"timeout\":15|/timeout",
                "\"retry\":{\"schedule\":\"5s\"}|/retry/schedule",
                "\"deactivation\":{\"afterFailures\":-1}|/deactivation/afterFailures",
                "\"connector\":\"fax\"|/connector",
                "\"tenant\":\"nobody\"|403",
                "\"secret\":\"whsec_short\"|/secret",
                "\"secret\":\"hunter2\"|/secret",
                "\"app\":\"\\u0000\"|/app",
                "\"name\":\"\\ud800\"|/name"
            })
    void whatIsWrongIsNamedByItsPlace(String more, String pointer) {
        var answer = api.post("/v1/subscriptions", body("", more));

        if (pointer.equals("403")) {
            problem(answer, 403);
        } else {
            invalid(answer, pointer);
        }
        assertThat(data("/v1/subscriptions")).isEmpty();
    }

    @Test
    void onlyEventsAndAPlaceToGoAreRequired() {
        invalid(api.post("/v1/subscriptions", "{}"), "/events", "/config/url");
        invalid(api.post("/v1/subscriptions", "{\"events\":[],\"url\":\"http://127.0.0.1/\"}"), "/events");
        invalid(
                api.post("/v1/subscriptions", "{\"events\":[\"a b\",7,\"ok\"],\"url\":\"http://127.0.0.1/\"}"),
                "/events/0",
                "/events/1");
        invalid(
                gateway.admin().post("/v1/subscriptions", "{\"tenant\":\"nobody\",\"typo\":1,\"events\":[\"**.x\"]}"),
                "/tenant",
                "/typo",
                "/events/0",
                "/config/url");
        problem(gateway.admin().post("/v1/subscriptions", "[]"), 422);
    }

    @Test
    void theShortFormOfAPatchIsPointedAtAsItWasWritten() {
        var at = "/v1/subscriptions/" + subscribe("", "");

        invalid(api.patch(at, "{\"url\":\"ftp://x\",\"event\":\"a b\"}"), "/url", "/event");
        invalid(api.patch(at, "{\"url\":7,\"events\":[\"a\",\"b c\"]}"), "/url", "/events/1");
        invalid(api.post("/v1/subscriptions", "{\"url\":7,\"event\":7}"), "/url", "/event");
        var patched = api.patch(at, "{\"url\":\"http://127.0.0.1:9/\",\"event\":\"a\"}")
                .expect(200)
                .json();
        assertThat(patched.at("/config/url").textValue()).isEqualTo("http://127.0.0.1:9/");
        assertThat(patched.path("events").toString()).isEqualTo("[\"a\"]");
    }

    @Test
    void listsAreFilteredAndTheFiltersCombine() {
        var crm = subscribe("", "\"app\":\"crm\"");
        var opened = api.post(
                        "/v1/subscriptions",
                        "{\"app\":\"crm\",\"events\":[\"a.*\",\"b\"],\"url\":\"%s\"}".formatted(receiver.url()))
                .json()
                .path("id")
                .textValue();
        api.post("/v1/subscriptions/" + opened + "/deactivate", null).expect(200);

        assertThat(ids(data("/v1/subscriptions?app=crm"))).containsExactly(opened, crm);
        assertThat(ids(data("/v1/subscriptions?app=crm&active=true"))).containsExactly(crm);
        assertThat(ids(data("/v1/subscriptions?active=0"))).containsExactly(opened);
        assertThat(ids(data("/v1/subscriptions?active=False"))).containsExactly(opened);
        assertThat(ids(data("/v1/subscriptions?event=a.*"))).containsExactly(opened);
        assertThat(ids(data("/v1/subscriptions?event=b&connector=webhook"))).containsExactly(opened);
        assertThat(data("/v1/subscriptions?event=a.x")).isEmpty();
        assertThat(data("/v1/subscriptions?app=cr_")).isEmpty();
        assertThat(data("/v1/subscriptions?connector=slack")).isEmpty();
        var tenant = subscription(crm).path("tenant").textValue();
        assertThat(gateway.admin()
                        .get("/v1/subscriptions?tenant=" + tenant)
                        .json()
                        .path("data"))
                .hasSize(2);
        problem(api.get("/v1/subscriptions?tenant=default"), 403);
    }

    @Test
    void patternsFilterAndConditionDecideTogether() {
        api.post("/v1/subscriptions", """
                        {"events":["order.*","cart.**"],"url":"%s","condition":"data.n < 10",
                        "filter":{"data":{"n":[{"numeric":[">",1]}],"who":[{"prefix":"a"},{"anything-but":["b"]}]}}}""".formatted(receiver.url())).expect(201);

        publish("{\"type\":\"order.a\",\"data\":{\"n\":2,\"who\":\"abc\"}}");
        publish("{\"type\":\"order.a.b\",\"data\":{\"n\":2,\"who\":\"abc\"}}");
        publish("{\"type\":\"cart.a.b\",\"data\":{\"n\":3.5,\"who\":\"c\"}}");
        publish("{\"type\":\"order.a\",\"data\":{\"n\":2,\"who\":\"b\"}}");
        publish("{\"type\":\"order.a\",\"data\":{\"n\":1,\"who\":\"a\"}}");
        publish("{\"type\":\"order.a\",\"data\":{\"n\":10,\"who\":\"a\"}}");
        publish("{\"type\":\"order.z\",\"data\":{\"n\":4,\"who\":\"a\"}}");

        awaitReceived(3);
        assertThat(receiver.received())
                .extracting(r -> json(r.body()).path("type").textValue())
                .containsExactlyInAnyOrder("order.a", "cart.a.b", "order.z");
    }

    @Test
    void deletingIs204AndThenItIsGone() {
        var at = "/v1/subscriptions/" + subscribe("", "");

        assertThat(api.delete(at).expect(204).text()).isEmpty();

        problem(api.get(at), 404);
        problem(api.delete(at), 404);
        problem(api.patch(at, "{}"), 404);
        problem(api.post(at + "/activate", null), 404);
    }
}
