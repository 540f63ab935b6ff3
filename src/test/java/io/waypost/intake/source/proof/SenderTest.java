package io.waypost.intake.source.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.intake.source.NotProven;
import io.waypost.intake.source.Posting;
import io.waypost.intake.source.Source;
import io.waypost.platform.Json;
import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SenderTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_614_265_330);
    private static final String GITHUB_SECRET = "It's a Secret to Everybody";
    private static final String GITHUB_SIGNATURE =
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    private static final String SVIX_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final String SVIX_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    private static final Map<String, String> SVIX = Map.of(
            "webhook-id",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp",
            "1614265330",
            "webhook-signature",
            "v1,nonsense " + SVIX_SIGNATURE);
    private static final String SVIX_BODY = "{\"test\": 2432232314}";

    private final Sender sender = new Sender(Duration.ofMinutes(5));

    @Test
    void theExampleOfGitHubsDocumentationIsProven() {
        var good = posting("Hello, World!", Map.of("x-hub-signature-256", GITHUB_SIGNATURE));

        proven(() -> sender.hmac(good, source(GITHUB_SECRET), "x-hub-signature-256", "sha256=", "hex"));
        notProven(() -> sender.hmac(good, source("another"), "x-hub-signature-256", "sha256=", "hex"));
        var changed = posting("Hello, World?", good.headers());
        notProven(() -> sender.hmac(changed, source(GITHUB_SECRET), "x-hub-signature-256", "sha256=", "hex"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "sha256=",
                "sha256=zz",
                "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
                "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e"
            })
    void whatIsNoSignatureProvesNothing(String header) {
        var posting = posting("Hello, World!", Map.of("x-hub-signature-256", header));

        notProven(() -> sender.hmac(posting, source(GITHUB_SECRET), "x-hub-signature-256", "sha256=", "hex"));
    }

    @Test
    void withoutASecretTheAddressIsProofEnough() {
        var bare = posting("{}", Map.of());

        proven(() -> sender.hmac(bare, source(null), "x-hub-signature-256", "sha256=", "hex"));
        proven(() -> sender.timestamped(bare, source(null), "stripe-signature"));
        proven(() -> sender.standardWebhooks(bare, source(null), "svix-"));
        proven(() -> sender.ecdsa(bare, source(null), "s", "t"));
        proven(() -> sender.sharedSecret(bare, source(null)));
        proven(() -> sender.timestampedOrShared(bare, source(null), "x-mailchimp-signature"));
    }

    @Test
    void shopifysSignatureIsBase64() {
        var signature = Base64.getEncoder().encodeToString(hmac("hush", "{\"id\":1}"));
        var good = posting("{\"id\":1}", Map.of("x-shopify-hmac-sha256", signature));

        proven(() -> sender.hmac(good, source("hush"), "x-shopify-hmac-sha256", "", "base64"));
        notProven(() -> sender.hmac(good, source("hushh"), "x-shopify-hmac-sha256", "", "base64"));
    }

    @Test
    void aSignedTimeCountsForFiveMinutes() {
        var body = "{\"id\":\"evt_1\"}";
        for (var age : new long[] {0, 300, -300}) {
            proven(() -> sender.timestamped(stripe(body, age), source("whsec_x"), "stripe-signature"));
        }
        for (var age : new long[] {301, -301, 1_614_265_330}) {
            notProven(() -> sender.timestamped(stripe(body, age), source("whsec_x"), "stripe-signature"));
        }
        notProven(() -> sender.timestamped(stripe(body, 0), source("whsec_y"), "stripe-signature"));
        for (var header : new String[] {"t=,v1=", "v1=00", "t=99999999999999999999,v1=00", "t=1614265330", "x"}) {
            var posting = posting(body, Map.of("stripe-signature", header));
            notProven(() -> sender.timestamped(posting, source("whsec_x"), "stripe-signature"));
        }
    }

    @Test
    void mailchimpSignsOrSaysTheSecretInTheAddress() {
        Consumer<Posting> proof =
                posting -> sender.timestampedOrShared(posting, source("abc"), "x-mailchimp-signature");
        var time = NOW.getEpochSecond();
        var signature = HexFormat.of().formatHex(hmac("abc", time + ".type=subscribe"));
        var signed = Map.of("x-mailchimp-signature", "t=" + time + ",v1=" + signature);

        proven(() -> proof.accept(posting("type=subscribe", signed)));
        proven(() -> proof.accept(posting("type=subscribe", Map.of(), "x=1&secret=abc")));
        notProven(() -> proof.accept(posting("type=subscribe", Map.of(), "")));
        notProven(() -> proof.accept(posting("type=unsubscribe", signed, "secret=abc")));
    }

    @Test
    void theExampleOfStandardWebhooksIsProven() {
        var good = posting(SVIX_BODY, SVIX);

        proven(() -> sender.standardWebhooks(good, source(SVIX_SECRET), "webhook-"));
        notProven(() -> sender.standardWebhooks(good, source("whsec_AAAA"), "webhook-"));
        notProven(() -> sender.standardWebhooks(good, source("%%"), "webhook-"));
        notProven(() -> sender.standardWebhooks(good, source(SVIX_SECRET), "svix-"));
        notProven(() -> sender.standardWebhooks(posting(SVIX_BODY + " ", SVIX), source(SVIX_SECRET), "webhook-"));
        var old = new HashMap<>(SVIX);
        old.put("webhook-timestamp", "1614264330");
        notProven(() -> sender.standardWebhooks(posting(SVIX_BODY, old), source(SVIX_SECRET), "webhook-"));
    }

    @Test
    void aPublicKeyProvesEd25519() throws Exception {
        var pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        var encoded = pair.getPublic().getEncoded();
        var secret = "whpk_" + base64(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
        var signer = Signature.getInstance("Ed25519");
        signer.initSign(pair.getPrivate());
        signer.update("msg_1.1614265330.{}".getBytes(StandardCharsets.UTF_8));
        var headers = new HashMap<>(SVIX);
        headers.put("webhook-id", "msg_1");
        headers.put("webhook-signature", "v1a," + base64(signer.sign()));

        proven(() -> sender.standardWebhooks(posting("{}", headers), source(secret), "webhook-"));
        notProven(() -> sender.standardWebhooks(posting("[]", headers), source(secret), "webhook-"));
        notProven(() -> sender.standardWebhooks(posting("{}", headers), source("whpk_AAAA"), "webhook-"));
    }

    @Test
    void sendgridSignsWithItsPrivateKey() throws Exception {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        var pair = generator.generateKeyPair();
        var secret = base64(pair.getPublic().getEncoded());
        var signer = Signature.getInstance("SHA256withECDSA");
        signer.initSign(pair.getPrivate());
        signer.update("1614265330[{}]\r\n".getBytes(StandardCharsets.UTF_8));
        var headers = Map.of("s", base64(signer.sign()), "t", "1614265330");

        proven(() -> sender.ecdsa(posting("[{}]\r\n", headers), source(secret), "s", "t"));
        var pem = "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(pair.getPublic().getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
        proven(() -> sender.ecdsa(posting("[{}]\r\n", headers), source(pem), "s", "t"));
        notProven(() -> sender.ecdsa(posting("[{}]", headers), source(secret), "s", "t"));
        notProven(() -> sender.ecdsa(posting("[{}]\r\n", Map.of("s", "AAAA", "t", "1")), source(secret), "s", "t"));
        notProven(() -> sender.ecdsa(posting("[{}]\r\n", headers), source("AAAA"), "s", "t"));
        for (var age : new long[] {300, -300}) {
            proven(() ->
                    sender.ecdsa(posting("[{}]\r\n", headers, "", NOW.plusSeconds(age)), source(secret), "s", "t"));
        }
        for (var age : new long[] {301, -301, 86_400}) {
            notProven(() ->
                    sender.ecdsa(posting("[{}]\r\n", headers, "", NOW.plusSeconds(age)), source(secret), "s", "t"));
        }
    }

    @Test
    void theSecretItselfComesAsParameterPasswordOrToken() {
        proven(() -> sender.sharedSecret(posting("{}", Map.of(), "a=1&secret=p%40ss"), source("p@ss")));
        proven(() -> sender.sharedSecret(basic("me:p@ss"), source("p@ss")));
        proven(() -> sender.sharedSecret(basic("me:p@ss"), source("me:p@ss")));
        proven(() -> sender.sharedSecret(posting("{}", Map.of("authorization", "Bearer p@ss")), source("p@ss")));
        notProven(() -> sender.sharedSecret(posting("{}", Map.of(), "secret=wrong"), source("p@ss")));
        notProven(() -> sender.sharedSecret(posting("{}", Map.of(), "secret="), source("p@ss")));
        notProven(() -> sender.sharedSecret(posting("{}", Map.of()), source("p@ss")));
        notProven(() -> sender.sharedSecret(basic("p@ss:me"), source("p@ss")));
        notProven(() -> sender.sharedSecret(posting("{}", Map.of("authorization", "Basic %%")), source("p@ss")));
    }

    @Test
    void neitherSourceNorPostTellItsSecretsToALog() {
        assertThat(source("hush").toString()).isEqualTo("/sources/any/src_1");
        assertThat(basic("me:hush").toString()).isEqualTo("POST of 2 bytes");
    }

    private static Posting stripe(String body, long age) {
        var time = NOW.getEpochSecond() - age;
        var signature = HexFormat.of().formatHex(hmac("whsec_x", time + "." + body));
        return posting(body, Map.of("stripe-signature", "t=%d,v1=%s,v0=6ffb,v1=00".formatted(time, signature)));
    }

    private static Posting basic(String credentials) {
        return posting(
                "{}", Map.of("authorization", "Basic " + base64(credentials.getBytes(StandardCharsets.UTF_8))), "");
    }

    private static Posting posting(String body, Map<String, String> headers) {
        return posting(body, headers, "");
    }

    private static Posting posting(String body, Map<String, String> headers, String query) {
        return posting(body, headers, query, NOW);
    }

    private static Posting posting(String body, Map<String, String> headers, String query, Instant receivedAt) {
        return new Posting("POST", headers, query, body.getBytes(StandardCharsets.UTF_8), receivedAt);
    }

    private static Source source(String secret) {
        var settings = Json.object();
        if (secret != null) {
            settings.put("secret", secret);
        }
        return new Source("src_1", "default", "any", null, "token", settings, NOW);
    }

    private static byte[] hmac(String secret, String text) {
        return Signatures.hmac(secret.getBytes(StandardCharsets.UTF_8), text.getBytes(StandardCharsets.UTF_8));
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static void proven(ThrowingCallable proof) {
        assertThatCode(proof).doesNotThrowAnyException();
    }

    private static void notProven(ThrowingCallable proof) {
        assertThatThrownBy(proof).isInstanceOf(NotProven.class);
    }
}
