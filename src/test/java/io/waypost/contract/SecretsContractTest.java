package io.waypost.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.testing.Signatures;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is secret about a subscription: masked, kept, rotated. */
class SecretsContractTest extends Contract {

    @Test
    void credentialsReadBackMaskedAndTheMaskKeepsWhatIsStored() {
        var id = api.post("/v1/subscriptions", """
                        {"event":"order.created","url":"http://ada:s3cret@127.0.0.1:%d/a?b=c","config":{"headers":{
                        "Authorization":"Digest d1gest","X-Api-Key":"k3y","x-auth-TOKEN":"t0k","My-Secret":"h1dden",
                        "Password-X":"pw0rd","X-Team":"crm"}}}""".formatted(receiver.port()))
                .expect(201)
                .json()
                .path("id")
                .textValue();
        var at = "/v1/subscriptions/" + id;

        for (var text : List.of(api.get(at).text(), api.get("/v1/subscriptions").text())) {
            assertThat(text).doesNotContain("s3cret", "d1gest", "k3y", "t0k", "h1dden", "pw0rd");
        }
        var config = subscription(id).path("config");
        assertThat(config.path("url").textValue())
                .isEqualTo("http://ada:***@127.0.0.1:%d/a?b=c".formatted(receiver.port()));
        assertThat(config.at("/headers/X-Team").textValue()).isEqualTo("crm");
        api.patch(at, subscription(id).toString()).expect(200);
        api.patch(at, "{\"config\":{\"headers\":{\"X-Api-Key\":\"***\",\"My-Secret\":\"new\"}}}")
                .expect(200);

        order("1");
        var request = theOne();
        assertThat(request.header("authorization")).isEqualTo("Digest d1gest");
        assertThat(request.header("x-api-key")).isEqualTo("k3y");
        assertThat(request.header("my-secret")).isEqualTo("new");
        assertThat(request.header("x-team")).isEqualTo("crm");
        api.patch(at, "{\"config\":{\"headers\":{\"Authorization\":null}}}").expect(200);
        order("2");
        awaitReceived(2);
        assertThat(receiver.received().get(1).header("authorization"))
                .isEqualTo("Basic " + Base64.getEncoder().encodeToString("ada:s3cret".getBytes()));
    }

    @Test
    void aMaskThatStandsForNothingStoredIsRefused() {
        var copied = "\"headers\":{\"Authorization\":\"***\",\"X-Team\":\"***\"}";
        invalid(api.post("/v1/subscriptions", body(copied, "")), "/config/headers/Authorization");
        invalid(
                api.post(
                        "/v1/subscriptions",
                        "{\"event\":\"a\",\"connector\":\"slack\",\"config\":{\"token\":\"***\",\"channel\":\"C1\"}}"),
                "/config/token");
        var at = "/v1/subscriptions/" + create("", "").path("id").textValue();

        invalid(api.patch(at, "{\"config\":{%s}}".formatted(copied)), "/config/headers/Authorization");
        invalid(api.patch(at, "{\"config\":{\"url\":\"http://ada:***@127.0.0.1/\"}}"), "/config/url");
    }

    @Test
    void aRotatedSecretSignsBesideTheOldOneUntilTheGraceEnds() {
        var created = create("", "");
        var at = "/v1/subscriptions/" + created.path("id").textValue() + "/secret";
        var old = created.path("secret").textValue();
        assertThat(api.get(at).expect(200).json()).isEqualTo(json("{\"secret\":\"%s\"}".formatted(old)));

        var rotated = api.post(at + "/rotate", "{\"grace\":\"24h\"}")
                .expect(200)
                .json()
                .path("secret")
                .textValue();

        assertThat(rotated).startsWith("whsec_").isNotEqualTo(old);
        assertThat(api.get(at).json().path("secret").textValue()).isEqualTo(rotated);
        order("1");
        var both = theOne();
        assertThat(both.header("webhook-signature").split(" ")).hasSize(2);
        Signatures.verify(both, old);
        Signatures.verify(both, rotated);
        gateway.clock().advance(Duration.ofHours(24));
        order("2");
        awaitReceived(2);
        var one = receiver.received().get(1);
        assertThat(one.header("webhook-signature").split(" ")).hasSize(1);
        Signatures.verify(one, rotated);
        api.post(at + "/rotate", "{\"grace\":\"0s\"}").expect(200);
        order("3");
        awaitReceived(3);
        assertThat(receiver.received().get(2).header("webhook-signature").split(" "))
                .hasSize(1);
        invalid(api.post(at + "/rotate", "{\"grace\":\"-1s\",\"x\":1}"), "/grace", "/x");
    }

    @Test
    void anOwnSecretSignsFromTheStart() {
        var own = "whsec_" + "QUJD".repeat(10);
        var id = subscribe("", "\"secret\":\"%s\"".formatted(own));

        order("1");

        Signatures.verify(theOne(), own);
        assertThat(api.get("/v1/subscriptions/" + id + "/secret")
                        .json()
                        .path("secret")
                        .textValue())
                .isEqualTo(own);
        for (var text : List.of(
                subscription(id).toString(), api.get("/v1/subscriptions").text())) {
            assertThat(text).doesNotContain(own);
        }
    }
}
