package io.waypost.connector.connection;

import static io.waypost.connector.ConnectorsUnderTest.message;
import static io.waypost.connector.ConnectorsUnderTest.object;
import static io.waypost.testing.Pems.pem;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Credential;
import io.waypost.connector.Failure;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.platform.Violation;
import io.waypost.testing.TlsReceiver;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Client certificates and CAs of one's own, on a server that demands them. */
class MutualTlsTest {

    private static final Credential RSA = certificate("con_rsa", 1, "client-rsa", pem("ca.pem"));
    private static final Credential EC = certificate("con_ec", 2, "client-ec", pem("ca.pem"));

    private static ConnectorsUnderTest connectors;

    @BeforeAll
    static void start() {
        connectors = ConnectorsUnderTest.onLoopback();
    }

    @AfterAll
    static void stop() {
        connectors.close();
    }

    private static Credential certificate(String id, long revision, String name, String ca) {
        return new Credential.Certificate(id, revision, pem(name + ".pem"), pem(name + ".key"), ca);
    }

    private static Outcome send(String connector, TlsReceiver receiver, Credential credential) {
        var config = "{'url': '%s'}".formatted(receiver.url());
        return connectors.connector(connector).send(message(connector, config).with(credential));
    }

    @ParameterizedTest
    @ValueSource(strings = {"webhook", "http"})
    void theReceiverSeesTheCertificateOfTheConnection(String connector) {
        try (var receiver = new TlsReceiver(true)) {
            assertThat(send(connector, receiver, RSA)).isInstanceOf(Succeeded.class);
            assertThat(send(connector, receiver, EC)).isInstanceOf(Succeeded.class);

            assertThat(receiver.clients()).containsExactly("CN=client-rsa", "CN=client-ec");
            assertThat(send(connector, receiver, null).failure()).isEqualTo(Failure.TLS_FAILURE);
        }
    }

    @Test
    void noConnectionOfOneCertificateServesARequestWithAnotherOrWithNone() {
        try (var receiver = new TlsReceiver(false)) {
            var caOnly = certificate("con_rsa", 3, "client-ec", pem("ca.pem"));

            for (var credential : new Credential[] {RSA, EC, RSA, RSA, caOnly, RSA}) {
                assertThat(send("webhook", receiver, credential)).isInstanceOf(Succeeded.class);
            }

            assertThat(receiver.clients())
                    .containsExactly(
                            "CN=client-rsa",
                            "CN=client-ec",
                            "CN=client-rsa",
                            "CN=client-rsa",
                            "CN=client-ec",
                            "CN=client-rsa");
            assertThat(send("webhook", receiver, null).failure())
                    .as("a server whose CA only the connection trusts")
                    .isEqualTo(Failure.TLS_FAILURE);
        }
    }

    @Test
    void aServerOfAnotherCaIsNotTrusted() {
        try (var receiver = new TlsReceiver(true)) {
            var ofTheSystem = certificate("con_1", 4, "client-ec", null);
            var ofAnother = certificate("con_2", 5, "client-ec", pem("client-rsa.pem"));

            assertThat(send("http", receiver, ofTheSystem).failure()).isEqualTo(Failure.TLS_FAILURE);
            assertThat(send("http", receiver, ofAnother).failure()).isEqualTo(Failure.TLS_FAILURE);
            assertThat(receiver.clients()).isEmpty();
        }
    }

    @Test
    void aCertificateThatNobodyWouldSeeIsRefused() {
        var plain = object("{'url': 'HTTP://example.com/'}");
        var secure = object("{'url': 'https://example.com/'}");

        assertThat(SuppliedConfig.violations(connectors.catalog(), "webhook", plain, EC))
                .extracting(Violation::pointer)
                .containsExactly("/connection");
        assertThat(SuppliedConfig.violations(connectors.catalog(), "webhook", secure, EC))
                .isEmpty();
    }

    @Test
    void whatCannotBeUsedIsAFailureThatSaysSo() {
        try (var receiver = new TlsReceiver(true)) {
            var damaged = new Credential.Certificate("con_3", 6, "x", "y", null);

            var outcome = send("webhook", receiver, damaged);

            assertThat(outcome.failure()).isEqualTo(Failure.CONNECTOR_FAILED);
            assertThat(outcome.detail()).contains("PEM");
        }
    }
}
