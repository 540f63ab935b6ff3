package io.waypost.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.intake.source.Rejected;
import io.waypost.intake.source.Rejections;
import io.waypost.intake.source.Sources;
import io.waypost.testing.Api;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Inbound sources: making them, and what they refuse. */
class SourcesContractTest extends Contract {

    private static final String SOURCES = "/v1/sources";

    @Test
    void aSourceIsMadeShownListedAndDeleted() {
        var made = api.post(
                        SOURCES,
                        "{\"source\":\"github\",\"name\":\"Our repositories\",\"settings\":{\"secret\":\"s3cret\",\"zone\":\"Europe/Berlin\"}}")
                .expect(201);
        var source = made.json();
        var path = SOURCES + "/" + source.path("id").textValue();

        assertThat(made.header("Location")).isEqualTo(path);
        assertThat(source.path("id").textValue()).startsWith("src_");
        // 43 characters of 6 bits.
        assertThat(source.path("url").textValue()).matches("/in/github/[A-Za-z0-9_-]{43}");
        assertThat(source.path("settings")).isEqualTo(json("{\"zone\":\"Europe/Berlin\",\"secret\":\"***\"}"));
        assertThat(source.path("name").textValue()).isEqualTo("Our repositories");
        assertThat(api.get(path).expect(200).json()).isEqualTo(source);
        assertThat(data(SOURCES)).containsExactly(source);
        assertThat(made.text()).doesNotContain("s3cret");

        api.delete(path).expect(204);

        problem(api.get(path), 404);
        problem(api.delete(path), 404);
        problem(anybody().post(source.path("url").textValue(), "{}"), 404);
    }

    @Test
    void everythingWrongIsSaidAtOnce() {
        invalid(
                api.post(SOURCES, "{\"source\":\"github\",\"nam\":1,\"settings\":{\"zone\":\"Mars\",\"event\":\"x\"}}"),
                "/nam",
                "/settings/zone",
                "/settings/event");
        invalid(api.post(SOURCES, "{\"source\":\"githup\"}"), "/source");
        invalid(api.post(SOURCES, "{}"), "/source");
        invalid(api.post(SOURCES, "{\"source\":\"mailingwork\"}"), "/settings/event");
        invalid(
                api.post(SOURCES, "{\"source\":\"mailingwork\",\"settings\":{\"event\":\"optin\",\"secret\":\"\"}}"),
                "/settings/event",
                "/settings/secret");
        invalid(api.post(SOURCES, "{\"source\":\"svix\",\"settings\":{\"secret\":\"whsec_ä\"}}"), "/settings/secret");
        invalid(api.post(SOURCES, "{\"source\":\"generic\",\"settings\":{\"type\":\"(a &\"}}"), "/settings/type");
        invalid(api.post(SOURCES, "{\"source\":\"generic\",\"settings\":{\"type\":\"a b\"}}"), "/settings/type");
        invalid(api.post(SOURCES, "{\"source\":\"generic\",\"settings\":[]}"), "/settings");
        invalid(api.post(SOURCES, "{\"source\":\"generic\",\"settings\":{\"zone\":1}}"), "/settings/zone");
    }

    @Test
    void sendgridsKeyMayBePem() {
        source("sendgrid", "{\"secret\":\"-----BEGIN PUBLIC KEY-----\\nMFkw+/E=\\n-----END PUBLIC KEY-----\\n\"}");
        source("sendgrid", "{\"secret\":\"MFkw+/E=\"}");
        invalid(api.post(SOURCES, "{\"source\":\"sendgrid\",\"settings\":{\"secret\":\"a-b\"}}"), "/settings/secret");
    }

    @Test
    void anotherTenantsSourcesDoNotExist() {
        var id = source("generic", "{}").path("id").textValue();
        var other = gateway.tenant();

        problem(other.get(SOURCES + "/" + id), 404);
        problem(other.get(SOURCES + "/" + id + "/rejected"), 404);
        problem(other.delete(SOURCES + "/" + id), 404);
        assertThat(other.get(SOURCES).json().path("data")).isEmpty();
        problem(other.post(SOURCES, "{\"source\":\"generic\",\"tenant\":\"default\"}"), 403);
        invalid(gateway.admin().post(SOURCES, "{\"source\":\"generic\",\"tenant\":\"nobody\"}"), "/tenant");
        problem(api.with(null).get(SOURCES), 401);
    }

    @Test
    void anAdminMakesOneForATenantAndItsEventsAreTheTenants() {
        var tenant = source("generic", "{}").path("tenant").textValue();
        var made = gateway.admin()
                .post(SOURCES, "{\"source\":\"generic\",\"tenant\":\"%s\"}".formatted(tenant))
                .expect(201)
                .json();

        anybody()
                .post(made.path("url").textValue(), "{\"type\":\"order.created\"}")
                .expect(200);

        assertThat(data("/v1/events"))
                .extracting(e -> e.path("tenant").textValue())
                .containsExactly(tenant);
        assertThat(data(SOURCES)).hasSize(2);
        assertThat(elements(gateway.admin()
                        .get(SOURCES + "?limit=1&tenant=" + tenant)
                        .expect(200)
                        .json()
                        .path("data")))
                .extracting(source -> source.path("id"))
                .containsExactly(made.path("id"));
    }

    @Test
    void aKeyThatMayOnlyReadDoesNotSeeTheAddress() {
        var tenant = source("mailjet", "{}").path("tenant").textValue();
        var reader = key(tenant, "read");
        var id = data(SOURCES).getFirst().path("id").textValue();

        assertThat(reader.get(SOURCES + "/" + id).expect(200).json().path("url").textValue())
                .isEqualTo("/in/mailjet/***");
        reader.get(SOURCES + "/" + id + "/rejected").expect(200);
        problem(reader.post(SOURCES, "{\"source\":\"mailjet\"}"), 403);
        problem(reader.delete(SOURCES + "/" + id), 403);
        problem(key(tenant, "publish").get(SOURCES), 403);
    }

    @Test
    void aWrongSignatureAndGarbageAreKeptAsRejectedAndTheSourceGoesOn() {
        var source = source("getresponse", "{\"secret\":\"xyz\"}");
        var url = source.path("url").textValue();
        var good = "{\"type\":\"contact_added\",\"contact\":{\"email\":\"a@example.com\"}}";

        problem(anybody().post(url, good), 401);
        problem(anybody().post(url + "?secret=xy", good), 401);
        problem(anybody().post(url + "?secret=xyz", "{\"type\":"), 400);
        problem(anybody().post(url + "?secret=xyz", "{\"hello\":\"world\"}"), 400);
        problem(anybody().post(url + "?secret=xyz", "[]"), 400);
        problem(anybody().post(url + "?secret=xyz", ""), 400);
        assertThat(anybody().post(url + "?secret=xyz", good).expect(200).json()).isEqualTo(json("{\"status\":\"OK\"}"));

        assertThat(data("/v1/events")).hasSize(1);
        assertThat(data("/v1/events").getFirst().toString()).doesNotContain("xyz");
        var rejected = rejected(source);
        assertThat(rejected).hasSize(6).allSatisfy(one -> {
            assertThat(one.path("at").textValue()).endsWith("Z");
            assertThat(one.path("reason").textValue()).isNotBlank();
        });
        assertThat(rejected)
                .extracting(one -> one.path("body").textValue())
                .containsExactly("", "[]", "{\"hello\":\"world\"}", "{\"type\":", good, good);
    }

    @Test
    void aRejectedCallbackIsKeptWithoutTheSecret() {
        var source = source("getresponse-callback", "{\"secret\":\"xyz\"}");
        var url = source.path("url").textValue();

        problem(anybody().get(url + "?action=open&secret=abc"), 401);
        problem(anybody().get(url + "?%73ecret=xyz&foo=1"), 400);
        anybody()
                .get(url + "?secret=xyz&action=open&contact_email=a%40example.com")
                .expect(200);

        assertThat(rejected(source))
                .extracting(one -> one.path("body").textValue())
                .containsExactly("foo=1", "action=open");
        assertThat(data("/v1/events").toString()).contains("a@example.com").doesNotContain("xyz");
    }

    @Test
    void ofABatchWhatCannotBeReadIsSetAside() {
        var source = source("mailjet", "{}");
        var batch = "[{\"event\":\"open\",\"email\":\"a@example.com\",\"MessageID\":1},7,{\"event\":\"no type!\"}]";

        anybody().post(source.path("url").textValue(), batch).expect(200);

        assertThat(data("/v1/events"))
                .extracting(e -> e.path("type").textValue())
                .containsExactly("message.opened");
        assertThat(rejected(source))
                .extracting(one -> one.path("body").textValue())
                .containsExactly("{\"event\":\"no type!\"}", "7");
        problem(anybody().post(source.path("url").textValue(), "[7]"), 400);
    }

    @Test
    void whatIsTooLargeIsRefusedAndNoted() {
        var source = source("generic", "{}");
        var url = source.path("url").textValue();
        var room = 1024 * 1024 - "{\"a\":\"\"}".length();

        anybody().post(url, "{\"a\":\"%s\"}".formatted("x".repeat(room))).expect(200);
        problem(anybody().post(url, "{\"a\":\"%s\"}".formatted("x".repeat(room + 1))), 413);
        problem(anybody().post(url, "x".repeat(16 * 1024 * 1024 + 1)), 413);

        assertThat(rejected(source)).hasSize(2);
        assertThat(rejected(source).getLast().path("body").textValue()).hasSize(Rejected.MOST_BODY);
    }

    @Test
    void anUnknownAddressDoesNotExistForAnyMethod() {
        var url = source("generic", "{}").path("url").textValue();

        problem(anybody().post("/in/generic/nobody", "{}"), 404);
        problem(anybody().get("/in/generic/nobody"), 404);
        problem(anybody().post(url.replace("generic", "github"), "{}"), 404);
        problem(anybody().post("/in/generic/" + "x".repeat(2_000), "{}"), 404);
        problem(anybody().put(url, "{}"), 405);
        problem(anybody().get("/in/"), 404);
    }

    @Test
    void aLookWhetherTheAddressAnswersIsNoEvent() {
        for (var kind : List.of("mailchimp", "mailjet", "getresponse-callback")) {
            var url = source(kind, "{\"secret\":\"x\"}").path("url").textValue();

            anybody().get(url).expect(200);
            anybody().send("HEAD", url, null).expect(200);
        }
        assertThat(data("/v1/events")).isEmpty();
    }

    @Test
    void theRejectedOfASourceAreFewAndPaged() {
        var source = source("generic", "{}");
        var of = gateway.bean(Sources.class).get(source.path("id").textValue());
        var rejections = gateway.bean(Rejections.class);
        for (int i = 0; i < Rejected.MOST + 5; i++) {
            rejections.add(of, "for a test", "number " + i + " \0 \ud800");
        }

        var path = SOURCES + "/" + of.id() + "/rejected?limit=90";
        var all = following(api.get(path).expect(200).json(), path);

        assertThat(all).hasSize(Rejected.MOST);
        assertThat(all.getFirst().path("body").textValue()).isEqualTo("number 204 \ufffd \ufffd");
        assertThat(all.getLast().path("body").textValue()).startsWith("number 5 ");
        assertThat(new HashSet<>(ids(all))).hasSize(Rejected.MOST);
        invalid(api.get(path + "&cursor=nonsense"), "/cursor");
    }

    @Test
    void anEventThatItsTenantsOwnSchemaRefusesIsRejected() {
        api.put("/v1/event-types/door.opened", "{\"schema\":{\"required\":[\"door\"]}}")
                .expect(200);
        var source = source("generic", "{\"type\":\"door.opened\"}");

        problem(anybody().post(source.path("url").textValue(), "{}"), 422);

        assertThat(rejected(source)).hasSize(1);
    }

    private JsonNode source(String kind, String settings) {
        return api.post(SOURCES, "{\"source\":\"%s\",\"settings\":%s}".formatted(kind, settings))
                .expect(201)
                .json();
    }

    private List<JsonNode> rejected(JsonNode source) {
        return data(SOURCES + "/" + source.path("id").textValue() + "/rejected");
    }

    private Api anybody() {
        return api.with(null);
    }

    private Api key(String tenant, String scope) {
        var made = gateway.admin()
                .post("/v1/tenants/" + tenant + "/keys", "{\"name\":\"one\",\"scopes\":[\"%s\"]}".formatted(scope));
        return new Api(gateway.url(), made.expect(201).json().path("key").textValue());
    }
}
