package io.waypost.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.testing.Receiver;
import io.waypost.testing.Signatures;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The section "What a webhook receives" of the HTTP contract: headers, bodies and signatures. */
class ReceivedContractTest extends Contract {

    private static final String DATA =
            "{\"id\":18859015918863553,\"price\":1.10,\"huge\":123456789012345678901234567890,"
                    + "\"tags\":[\"a\",\"b&<\"],\"1st key\":null,\"who\":{\"name\":\"Zoé 😀\"}}";

    @Test
    void everyRequestCarriesTheHeadersOfStandardWebhooks() {
        var created = create("\"headers\":{\"X-Team\":\"crm\"}", "");
        var before = gateway.clock().instant().getEpochSecond();

        var event = order(DATA);

        var request = theOne();
        assertThat(request.method()).isEqualTo("POST");
        assertThat(request.id()).isEqualTo(event);
        assertThat(Long.parseLong(request.header("webhook-timestamp")))
                .isBetween(before, gateway.clock().instant().getEpochSecond());
        assertThat(request.header("webhook-signature")).startsWith("v1,");
        assertThat(request.header("waypost-attempt")).isEqualTo("1");
        assertThat(request.header("waypost-replay")).isNull();
        assertThat(request.header("waypost-test")).isNull();
        assertThat(request.header("user-agent")).matches("Waypost/[0-9].*");
        assertThat(request.header("accept-encoding")).isEqualTo("identity");
        assertThat(request.header("content-type")).startsWith("application/json");
        assertThat(request.header("x-team")).isEqualTo("crm");
        Signatures.verify(request, created.path("secret").textValue());
    }

    @Test
    void everyAttemptAndReplayHasTheSameIdAndASignatureOfItsOwnTime() {
        receiver.answersInTurn(500, 200);
        var secret = create("", "\"retry\":{\"schedule\":[\"1100ms\"]}")
                .path("secret")
                .textValue();
        var event = order("1");
        awaitReceived(2);
        awaitDelivery(event, "succeeded");
        api.post("/v1/events/" + event + "/replay", null).expect(202);
        awaitReceived(3);

        assertThat(receiver.received()).allSatisfy(r -> Signatures.verify(r, secret));
        assertThat(receiver.received()).extracting(Receiver.Received::id).containsOnly(event);
        assertThat(receiver.received())
                .extracting(r -> r.header("waypost-attempt"))
                .containsExactly("1", "2", "1");
        assertThat(receiver.received().get(0).header("webhook-timestamp"))
                .isNotEqualTo(receiver.received().get(1).header("webhook-timestamp"));
        assertThat(receiver.received().get(2).header("waypost-replay")).isEqualTo("true");
    }

    @Test
    void jsonHasTypeTimestampDataAndIdWithEveryDigit() {
        subscribe("", "");

        var event = publish("{\"type\":\"order.created\",\"id\":\"o1\",\"time\":\"2026-01-02T03:04:05.5Z\",\"data\":%s}"
                .formatted(DATA));

        var body = theOne().body();
        assertThat(body).contains("\"data\":" + DATA);
        assertThat(json(body).size()).isEqualTo(4);
        assertThat(json(body).path("type").textValue()).isEqualTo("order.created");
        assertThat(json(body).path("timestamp").textValue()).startsWith("2026-01-02T03:04:05.5");
        assertThat(json(body).path("id").textValue()).isEqualTo(event);
    }

    @Test
    void xmlHasElementsNamedAsTheFields() {
        subscribe("\"format\":\"xml\"", "");

        order(DATA);

        var request = theOne();
        assertThat(request.header("content-type")).startsWith("application/xml");
        assertThat(request.body())
                .contains("<event>", "<type>order.created</type>", "<id>18859015918863553</id>")
                .contains("<price>1.10</price>", "<huge>123456789012345678901234567890</huge>")
                .contains("<tags>a</tags><tags>b&amp;&lt;</tags>", "<field name=\"1st key\"></field>")
                .contains("<who><name>Zoé 😀</name></who>");
    }

    @Test
    void aFormNamesFieldsWithBracketsAndAGetHasThemInItsQuery() {
        subscribe("\"format\":\"form\"", "");
        order(DATA);
        var form = theOne();
        assertThat(form.header("content-type")).startsWith("application/x-www-form-urlencoded");
        var fields = "data[id]=18859015918863553&data[price]=1.10&data[huge]=123456789012345678901234567890"
                + "&data[tags][0]=a&data[tags][1]=b&<&data[1st key]=&data[who][name]=Zoé 😀";
        assertThat(decoded(form.body())).contains(fields);

        var get = create("\"method\":\"GET\"", "");
        order(DATA);
        awaitReceived(3);
        var request = receiver.received().stream()
                .filter(r -> r.method().equals("GET"))
                .findFirst()
                .orElseThrow();
        assertThat(decoded(request.query()))
                .startsWith("type=order.created&timestamp=")
                .contains(fields);
        assertThat(request.body()).isEmpty();
        Signatures.verify(request, get.path("secret").textValue());
    }

    private static String decoded(String form) {
        return URLDecoder.decode(form, StandardCharsets.UTF_8);
    }

    @Test
    void aTransformReplacesTheBodyAndKeepsTheDigitsItCopies() {
        var transform =
                "\"transform\":\"{ 'copy': data.id, 'all': data, 'first': data.tags[0], 'price': data.price }\"";
        subscribe("", transform);
        subscribe("\"format\":\"xml\"", transform);
        subscribe("\"format\":\"form\"", transform);

        order(DATA);

        awaitReceived(3);
        assertThat(receiver.received())
                .extracting(Receiver.Received::body)
                .anySatisfy(body -> assertThat(body)
                        .isEqualTo("{\"copy\":18859015918863553,\"all\":%s,\"first\":\"a\",\"price\":1.10}"
                                .formatted(DATA)))
                .anySatisfy(body -> assertThat(body)
                        .contains("<event><copy>18859015918863553</copy><all><id>18859015918863553</id>")
                        .contains("<price>1.10</price></event>"))
                .anySatisfy(body -> assertThat(decoded(body))
                        .startsWith("copy=18859015918863553&all[id]=18859015918863553&all[price]=1.10")
                        .endsWith("first=a&price=1.10"));
    }

    @Test
    void ed25519SignaturesVerifyWithThePublicKeyAlsoWhileTwoKeysSign() throws Exception {
        var created = create("\"signing\":\"ed25519\"", "");
        var at = "/v1/subscriptions/" + created.path("id").textValue() + "/secret";
        var publicKey = api.get(at).expect(200).json().path("publicKey").textValue();
        assertThat(publicKey).startsWith("whpk_");
        assertThat(api.get(at).text()).doesNotContain("whsk_");

        order(DATA);
        var request = theOne();
        assertThat(request.header("webhook-signature")).startsWith("v1a,");
        assertThat(verifies(request, publicKey)).isTrue();
        var rotated = api.post(at + "/rotate", null)
                .expect(200)
                .json()
                .path("publicKey")
                .textValue();
        assertThat(rotated).startsWith("whpk_").isNotEqualTo(publicKey);
        order("2");
        awaitReceived(2);
        var both = receiver.received().get(1);
        assertThat(both.header("webhook-signature").split(" ")).hasSize(2);
        assertThat(verifies(both, publicKey)).isTrue();
        assertThat(verifies(both, rotated)).isTrue();
        assertThat(verifies(request, rotated)).isFalse();
    }

    @Test
    void anOwnEd25519KeyIsTakenWithItsSigning() throws Exception {
        // RFC 8032, 7.1, test 1.
        var seed = HexFormat.of().parseHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        var publicKey = HexFormat.of().parseHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        var both = Arrays.copyOf(seed, 64);
        System.arraycopy(publicKey, 0, both, 32, 32);
        var own = "\"secret\":\"whsk_%s\"".formatted(Base64.getEncoder().encodeToString(both));

        create("\"signing\":\"ed25519\"", own);
        order("1");

        assertThat(verifies(theOne(), "whpk_" + Base64.getEncoder().encodeToString(publicKey)))
                .isTrue();
        invalid(api.post("/v1/subscriptions", body("", own)), "/secret");
        invalid(
                api.post(
                        "/v1/subscriptions",
                        body("\"signing\":\"ed25519\"", "\"secret\":\"whsec_" + "QUJD".repeat(10) + "\"")),
                "/secret");
    }

    /** With nothing but the JDK. */
    private static boolean verifies(Receiver.Received request, String whpk) throws Exception {
        var prefix = HexFormat.of().parseHex("302a300506032b6570032100");
        var raw = Base64.getDecoder().decode(whpk.substring("whpk_".length()));
        var encoded = Arrays.copyOf(prefix, prefix.length + raw.length);
        System.arraycopy(raw, 0, encoded, prefix.length, raw.length);
        var key = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
        var signed = request.id() + "." + request.header("webhook-timestamp") + "." + request.body();
        for (var signature : request.header("webhook-signature").split(" ")) {
            var verifier = Signature.getInstance("Ed25519");
            verifier.initVerify(key);
            verifier.update(signed.getBytes(StandardCharsets.UTF_8));
            if (signature.startsWith("v1a,")
                    && verifier.verify(Base64.getDecoder().decode(signature.substring(4)))) {
                return true;
            }
        }
        return false;
    }
}
