package io.waypost.connector.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class SigningSecretsTest {

    /** Of the specification's own example. */
    @Test
    void theKnownVectorComesOut() {
        var signature = SigningSecrets.key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
                .sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}".getBytes(UTF_8));

        assertThat(signature).isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    /** RFC 8032, section 7.1, test 2. */
    @Test
    void thePublicKeyFollowsFromTheSeed() {
        var seed = HexFormat.of().parseHex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        var key = HexFormat.of().parseHex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");

        assertThat(SigningSecrets.publicKey("whsk_" + Base64.getEncoder().encodeToString(seed)))
                .isEqualTo("whpk_" + Base64.getEncoder().encodeToString(key));
    }

    @Test
    void anEd25519SignatureIsVerifiedWithThePublicKey() throws Exception {
        var secret = SigningSecrets.generate("ed25519");
        var raw = Base64.getDecoder().decode(SigningSecrets.publicKey(secret).substring(5));
        var encoded = HexFormat.of()
                .parseHex("302a300506032b6570032100" + HexFormat.of().formatHex(raw));
        var verifier = Signature.getInstance("Ed25519");

        verifier.initVerify(KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded)));
        verifier.update("id.5.body".getBytes(UTF_8));

        var signature = SigningSecrets.key(secret).sign("id", 5, "body".getBytes(UTF_8));
        assertThat(signature).startsWith("v1a,");
        assertThat(verifier.verify(Base64.getDecoder().decode(signature.substring(4))))
                .isTrue();
    }

    @Test
    void whatWeMakeWeTake() {
        assertThat(SigningSecrets.problem("hmac", SigningSecrets.generate("hmac")))
                .isNull();
        assertThat(SigningSecrets.problem("ed25519", SigningSecrets.generate("ed25519")))
                .isNull();
    }

    @Test
    void aSecretOfTheWrongKindOrSizeIsRefused() {
        assertThat(SigningSecrets.problem("hmac", of("whsec_", 23))).contains("24 to 64");
        assertThat(SigningSecrets.problem("hmac", of("whsec_", 24))).isNull();
        assertThat(SigningSecrets.problem("hmac", of("whsec_", 64))).isNull();
        assertThat(SigningSecrets.problem("hmac", of("whsec_", 65))).contains("24 to 64");
        assertThat(SigningSecrets.problem("hmac", "whsec_???")).contains("base 64");
        assertThat(SigningSecrets.problem("hmac", "hello")).contains("whsec_");
        assertThat(SigningSecrets.problem("ed25519", of("whsec_", 32))).contains("whsk_");
        assertThat(SigningSecrets.problem("ed25519", of("whsk_", 32))).isNull();
        assertThat(SigningSecrets.problem("ed25519", of("whsk_", 64))).contains("public key");
    }

    private static String of(String prefix, int bytes) {
        return prefix + Base64.getEncoder().encodeToString(new byte[bytes]);
    }
}
