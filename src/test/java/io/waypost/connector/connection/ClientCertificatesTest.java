package io.waypost.connector.connection;

import static io.waypost.testing.Pems.pem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.platform.Violation;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientCertificatesTest {

    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "client-rsa.pem,client-rsa.key",
        "client-rsa.pem,client-rsa.pkcs1.key",
        "client-ec.pem,client-ec.key",
        "client-ec.pem,client-ec.sec1.key"
    })
    void aCertificateAndItsKeyInAnyForm(String certificate, String key) {
        assertThat(ClientCertificates.violations(pem(certificate), pem(key), pem("ca.pem"), NOW))
                .isEmpty();
        assertThat(ClientCertificates.violations(pem(certificate) + pem("ca.pem"), pem(key), null, NOW))
                .as("with the chain")
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "client-rsa.pem,client-ec.key,/privateKey,is another",
        "client-ec.pem,server.key,/privateKey,is another",
        "client-ec.pem,ed25519.key,/privateKey,is another",
        "client-ec.pem,client-ec.encrypted.key,/privateKey,must not be encrypted",
        "client-ec.pem,client-ec.pem,/privateKey,must be a private key as PEM",
        "client-ec.key,client-ec.key,/certificate,a private key is in it",
        "ed25519.key,client-ec.key,/certificate,a private key is in it",
        "expired.pem,expired.key,/certificate,must not be expired; it was valid until 2020-01-31",
        "INDEX.md,client-ec.key,/certificate,must be PEM"
    })
    void whatIsWrongIsSaidWhereItIs(String certificate, String key, String pointer, String detail) {
        var found = ClientCertificates.violations(pem(certificate), pem(key), null, NOW);

        assertThat(found).singleElement().satisfies(violation -> {
            assertThat(violation.pointer()).isEqualTo(pointer);
            assertThat(violation.detail()).contains(detail);
        });
    }

    @Test
    void aCertificateOfTomorrowAndACaThatIsNoneAreRefused() {
        var before = Instant.parse("2019-12-31T00:00:00Z");

        assertThat(ClientCertificates.violations(pem("client-ec.pem"), pem("client-ec.key"), "x", before))
                .extracting(Violation::pointer)
                .containsExactlyInAnyOrder("/certificate", "/ca");
    }

    @Test
    void damagedPemIsRefusedWithoutAWordOfIt() {
        var damaged = pem("client-ec.key").replaceFirst("\nM", "\nA");
        var short1 = "-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----\n";

        assertThatThrownBy(() -> Pem.privateKey(damaged))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must be a private key")
                .hasNoCause();
        assertThatThrownBy(() -> Pem.privateKey(short1)).hasMessageContaining("must name its curve");
        assertThatThrownBy(() -> Pem.certificates(pem("ca.pem").replace("\nM", "\nA")))
                .hasMessageContaining("cannot be read");
    }

    @ParameterizedTest
    @ValueSource(strings = {"DSA", "X25519"})
    void aKeyThatNoReceiverWouldTakeIsRefused(String algorithm) throws GeneralSecurityException {
        var key = KeyPairGenerator.getInstance(algorithm).generateKeyPair().getPrivate();

        assertThatThrownBy(() -> Pem.privateKey(asPem("PRIVATE KEY", key.getEncoded())))
                .hasMessageContaining("must be a private key for RSA, an elliptic curve or Ed25519");
    }

    @Test
    void theKeyIsFoundBehindWhatElseToolsWrite() {
        var text = "Bag Attributes\r\n" + asPem("EC PARAMETERS", new byte[] {6, 0}) + pem("ca.pem")
                + pem("client-ec.sec1.key").replace("\n", "  \r\n\r\n");

        assertThat(ClientCertificates.violations(pem("client-ec.pem"), text, null, NOW))
                .isEmpty();
    }

    /** Each would take seconds, or the stack, if the expressions were those of most readers of PEM. */
    @Test
    @Timeout(10)
    void textMadeToKeepTheReaderBusyIsRefusedAtOnce() {
        var blank = "-----BEGIN PRIVATE KEY-----" + "\n".repeat(60_000);
        var begins = "-----BEGIN CERTIFICATE".repeat(2_900);

        for (var text : List.of(blank + "!", blank + "AAAA\n-----END PRIVATE KEY-----", begins)) {
            assertThatThrownBy(() -> Pem.privateKey(text)).hasMessageStartingWith("must be a private key");
            assertThatThrownBy(() -> Pem.certificates(text)).hasMessageStartingWith("must be ");
        }
    }

    private static String asPem(String label, byte[] content) {
        return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
                .formatted(label, Base64.getMimeEncoder().encodeToString(content));
    }
}
