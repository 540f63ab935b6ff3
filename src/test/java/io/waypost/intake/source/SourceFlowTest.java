package io.waypost.intake.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.flow.Flow;
import io.waypost.platform.Json;
import io.waypost.testing.Api;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/** What comes to a source goes out to subscribers as events. */
class SourceFlowTest extends Flow {

    @Test
    void mailjetsEventReachesASubscriberWithItsBigNumberDigitForDigit() {
        subscribeTo("message.opened", receiver.url(), "");
        var url = source("mailjet", "{}");

        post(url, fixture("mailjet.open.json")).expect(200);
        post(url, fixture("mailjet.open.json")).expect(200);

        awaitReceived(1);
        var body = body(receiver.received().getFirst());
        assertThat(body.at("/data/message/id").textValue()).isEqualTo("20547678344812791");
        assertThat(body.at("/data/raw/MessageID").asText()).isEqualTo("20547678344812791");
        assertThat(body.path("timestamp").textValue()).isEqualTo("2023-02-12T04:15:03Z");
    }

    @Test
    void anyJsonIsAnEventOfTheTypeThatItsSettingNames() {
        subscribeTo("**", receiver.url(), "");
        var named = source("generic", "{\"type\":\"door.opened\"}");
        var computed = source("generic", "{\"type\":\"(kind & '.' & what)\",\"id\":\"(no)\"}");

        post(named, "{\"door\":1.10}").expect(200);
        post(computed, "{\"kind\":\"door\",\"what\":\"closed\",\"no\":7}").expect(200);
        post(computed, "{\"kind\":\"door\",\"what\":\"closed\",\"no\":7}").expect(200);
        post(computed, "[1]").expect(400);

        awaitReceived(2);
        assertThat(receiver.received())
                .extracting(r -> body(r).path("type").textValue())
                .containsExactlyInAnyOrder("door.opened", "door.closed");
        assertThat(receiver.received()).anySatisfy(r -> assertThat(r.body()).contains("{\"raw\":{\"door\":1.10}}"));
    }

    @Test
    void gemmailsRetryOfTheSameEventIsNoSecondOne() {
        var url = source("gemmail", "{}");

        post(url, fixture("gemmail.open.json")).expect(200);
        post(url, fixture("gemmail.open.json").replace("1676193893", "1676197493"))
                .expect(200);
        post(url, fixture("gemmail.open.json").replace("09:24:31", "09:25:31")).expect(200);

        assertThat(api.get("/v1/events").json().path("data")).hasSize(2);
    }

    @Test
    void whatOneMailjetAccountSentIsNoTwinOfWhatAnotherSent() {
        post(source("mailjet", "{}"), fixture("mailjet.open.json")).expect(200);
        post(source("mailjet", "{}"), fixture("mailjet.open.json")).expect(200);

        assertThat(api.get("/v1/events").json().path("data")).hasSize(2);
    }

    @Test
    void aSignatureIsOverTheBytesAsTheyCame() {
        var url = source("github", "{\"secret\":\"It's a Secret to Everybody\"}");
        var body = "{ \"zen\" : \"ü\",\r\n\t\"n\":1.10 }";
        var signature = "sha256=" + HexFormat.of().formatHex(hmac("It's a Secret to Everybody", body));

        post(url, body, "X-GitHub-Event", "fork", "X-Hub-Signature-256", signature)
                .expect(200);
        post(url, body + " ", "X-GitHub-Event", "fork", "X-Hub-Signature-256", signature)
                .expect(401);
        post(url, body, "X-GitHub-Event", "fork").expect(401);

        assertThat(api.get("/v1/events").json().path("data")).hasSize(1);
    }

    @Test
    void aSignedRequestThatIsSentAgainLaterIsRefusedWhoeverSignsATime() throws GeneralSecurityException {
        var pair = KeyPairGenerator.getInstance("EC");
        pair.initialize(new ECGenParameterSpec("secp256r1"));
        var sendgrid = pair.generateKeyPair();
        var shared = "whsec_"
                + Base64.getEncoder().encodeToString("0123456789abcdef01234567".getBytes(StandardCharsets.UTF_8));
        var time = Long.toString(gateway.clock().instant().getEpochSecond());
        var json = "{\"id\":\"evt_1\",\"type\":\"a.b\",\"created\":1614265330,\"data\":{\"object\":{}}}";
        var list = "[{\"email\":\"lea@example.com\",\"timestamp\":1614265330,\"event\":\"open\"}]";
        var stamp = "t=%s,v1=%s";
        var msg = "v1,"
                + Base64.getEncoder().encodeToString(hmac("0123456789abcdef01234567", "msg_1." + time + "." + json));
        var signer = Signature.getInstance("SHA256withECDSA");
        signer.initSign(sendgrid.getPrivate());
        signer.update((time + list).getBytes(StandardCharsets.UTF_8));
        var ecdsa = Base64.getEncoder().encodeToString(signer.sign());
        var posts = List.of(
                new Signed(
                        "stripe",
                        shared,
                        json,
                        "Stripe-Signature",
                        stamp.formatted(time, hex(hmac(shared, time + "." + json)))),
                new Signed(
                        "mailchimp",
                        "abc",
                        "type=subscribe&fired_at=2009-03-26+21%3A35%3A57&data%5Bemail%5D=lea%40example.com",
                        "X-Mailchimp-Signature",
                        stamp.formatted(
                                time,
                                hex(
                                        hmac(
                                                "abc",
                                                time
                                                        + ".type=subscribe&fired_at=2009-03-26+21%3A35%3A57&data%5Bemail%5D=lea%40example.com"))),
                        "Content-Type",
                        "application/x-www-form-urlencoded"),
                new Signed(
                        "sendgrid",
                        Base64.getEncoder().encodeToString(sendgrid.getPublic().getEncoded()),
                        list,
                        "X-Twilio-Email-Event-Webhook-Signature",
                        ecdsa,
                        "X-Twilio-Email-Event-Webhook-Timestamp",
                        time),
                new Signed(
                        "standard-webhooks",
                        shared,
                        json,
                        "webhook-id",
                        "msg_1",
                        "webhook-timestamp",
                        time,
                        "webhook-signature",
                        msg),
                new Signed("svix", shared, json, "svix-id", "msg_1", "svix-timestamp", time, "svix-signature", msg));
        var urls = posts.stream()
                .map(one ->
                        source(one.kind, Json.object().put("secret", one.secret).toString()))
                .toList();

        for (int i = 0; i < posts.size(); i++) {
            assertThat(post(urls.get(i), posts.get(i).body, posts.get(i).headers)
                            .status())
                    .as(posts.get(i).kind)
                    .isEqualTo(200);
        }
        gateway.clock().advance(Duration.ofMinutes(6));

        for (int i = 0; i < posts.size(); i++) {
            assertThat(post(urls.get(i), posts.get(i).body, posts.get(i).headers)
                            .status())
                    .as(posts.get(i).kind)
                    .isEqualTo(401);
        }
    }

    private record Signed(String kind, String secret, String body, String... headers) {}

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void oneWaypostsWebhookIsAnothersSource() {
        var url = source("standard-webhooks", "{}");
        subscribeTo("order.created", gateway.url() + url, "\"condition\":\"source = '/'\"");

        publish(7);

        await().atMost(SOON)
                .untilAsserted(() -> assertThat(api.get("/v1/events").json().path("data"))
                        .hasSizeGreaterThanOrEqualTo(2)
                        .anySatisfy(event -> {
                            assertThat(event.path("source").textValue()).startsWith("/sources/standard-webhooks/");
                            assertThat(event.at("/data/number").intValue()).isEqualTo(7);
                        }));
    }

    private static byte[] hmac(String secret, String text) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private String source(String kind, String settings) {
        JsonNode made = api.post("/v1/sources", "{\"source\":\"%s\",\"settings\":%s}".formatted(kind, settings))
                .expect(201)
                .json();
        return made.path("url").textValue();
    }

    private Api.Answer post(String url, String json, String... headers) {
        return api.with(null).post(url, json, headers);
    }
}
