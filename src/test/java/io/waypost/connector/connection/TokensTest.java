package io.waypost.connector.connection;

import static io.waypost.testing.Pems.pem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.entry;
import static org.awaitility.Awaitility.await;

import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.connection.Grant.ClientCredentials;
import io.waypost.connector.connection.Grant.JwtBearer;
import io.waypost.connector.connection.Tokens.NoToken;
import io.waypost.connector.connection.Tokens.NoToken.Why;
import io.waypost.connector.http.client.HttpExchange;
import io.waypost.platform.Json;
import io.waypost.platform.SettableClock;
import io.waypost.testing.TokenServer;
import io.waypost.testing.TokenServer.Reply;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.Signature;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokensTest {

    private static ConnectorsUnderTest connectors;

    private final SettableClock clock = new SettableClock("2026-03-01T12:00:00Z");
    private final TokenServer server = new TokenServer();
    private final Tokens tokens = new Tokens(connectors.get(HttpExchange.class), clock);
    private final Grant grant = new ClientCredentials(server.url(), "cli ent", "s:cret", "read write");

    @BeforeAll
    static void start() {
        connectors = ConnectorsUnderTest.onLoopback();
    }

    @AfterAll
    static void stop() {
        connectors.close();
    }

    @AfterEach
    void close() {
        server.close();
    }

    private static long soon() {
        return System.nanoTime() + Duration.ofSeconds(10).toNanos();
    }

    @Test
    void aClientSaysWhoItIsByBasicAuthentication() {
        assertThat(tokens.token(grant, soon())).isEqualTo("t1");

        var asked = server.asked().getFirst();
        assertThat(asked.form()).containsOnly(entry("grant_type", "client_credentials"), entry("scope", "read write"));
        assertThat(new String(Base64.getDecoder().decode(asked.authorization().substring(6)), StandardCharsets.UTF_8))
                .isEqualTo("cli+ent:s%3Acret");
    }

    @Test
    void aServerThatWantsTheClientInTheFormGetsItThereFromThenOn() {
        server.answers((asked, number) -> asked.form().containsKey("client_secret")
                ? TokenServer.token("t" + number, 100)
                : new Reply(401, "{\"error\":\"invalid_client\"}"));

        assertThat(tokens.token(grant, soon())).isEqualTo("t2");
        clock.advance(Duration.ofSeconds(100));
        assertThat(tokens.token(grant, soon())).isEqualTo("t3");

        assertThat(server.asked().getLast().authorization()).isNull();
        assertThat(server.asked().getLast().form())
                .contains(entry("client_id", "cli ent"), entry("client_secret", "s:cret"));
    }

    @Test
    void aTokenIsKeptUntilShortlyBeforeItsEnd() {
        tokens.token(grant, soon());
        clock.advance(Duration.ofSeconds(3539));
        assertThat(tokens.token(grant, soon())).isEqualTo("t1");
        clock.advance(Duration.ofSeconds(1));
        assertThat(tokens.token(grant, soon())).isEqualTo("t2");
        assertThat(tokens.token(new ClientCredentials(server.url(), "cli ent", "new", null), soon()))
                .isEqualTo("t3");
    }

    @Test
    void aHundredAtOnceAskOnce() throws Exception {
        server.hold();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var all = new ArrayList<Callable<String>>();
            for (int i = 0; i < 100; i++) {
                all.add(() -> tokens.token(grant, soon()));
            }
            var release = threads.submit(() -> {
                await().until(() -> !server.asked().isEmpty());
                server.release();
            });
            for (var one : threads.invokeAll(all)) {
                assertThat(one.get()).isEqualTo("t1");
            }
            release.get();
        }
        assertThat(server.asked()).hasSize(1);
    }

    @Test
    void whoHasNoTimeLeftGoesAndTheAnswerServesTheNext() {
        server.hold();
        var brief = System.nanoTime() + Duration.ofMillis(100).toNanos();

        var failed = catchThrowableOfType(NoToken.class, () -> tokens.token(grant, brief));

        assertThat(failed).hasMessage("the token endpoint did not answer within the time limit");
        server.release();
        assertThat(tokens.token(grant, soon())).isEqualTo("t1");
        assertThat(server.asked()).hasSize(1);
    }

    @Test
    void aRefusedTokenIsRenewedOnceForAll() {
        var first = tokens.token(grant, soon());

        assertThat(tokens.renewed(grant, first, soon())).isEqualTo("t2");
        assertThat(tokens.renewed(grant, first, soon())).as("of a twin").isEqualTo("t2");
        assertThat(server.asked()).hasSize(2);
    }

    @Test
    void aTokenThatIsRefusedAtOnceIsNotGivenAgain() {
        var last = tokens.token(grant, soon());
        for (int i = 0; i < 300; i++) {
            var next = tokens.renewed(grant, last, soon());
            assertThat(next).isNotEqualTo(last);
            last = next;
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400|{\"error\":\"invalid_scope\",\"error_description\":\"no such\"}|DENIED|400: invalid_scope, no such",
                "401|{\"error\":\"invalid_client\"}|DENIED|status 401: invalid_client",
                "404||DENIED|status 404",
                "503|s:cret|UNREACHED|status 503",
                "429||UNREACHED|status 429",
                "200|{\"token\":\"x\"}|DENIED|gave no access_token",
                "200|<html>|DENIED|gave no access_token",
                "200|{\"access_token\":\"a b\"}|DENIED|gave no access_token",
                "200|{\"access_token\":\"x\",\"token_type\":\"mac\"}|DENIED|no bearer token",
                "302||DENIED|status 302"
            })
    void whyThereIsNoTokenIsSaidWithoutASecret(int status, String body, Why why, String detail) {
        server.answers((_, _) -> new Reply(status, body == null ? "" : body));

        var failed = catchThrowableOfType(NoToken.class, () -> tokens.token(grant, soon()));

        assertThat(failed.why()).isEqualTo(why);
        assertThat(failed).hasMessageContaining(detail).hasMessageNotContaining("s:cret");
    }

    @Test
    void aServerThatIsAwayIsAskedAgainAfterAMoment() {
        server.answers((_, number) -> number == 1 ? new Reply(503, "") : TokenServer.token("t" + number, 10));
        catchThrowableOfType(NoToken.class, () -> tokens.token(grant, soon()));

        catchThrowableOfType(NoToken.class, () -> tokens.token(grant, soon()));
        assertThat(server.asked()).hasSize(1);
        clock.advance(Duration.ofMillis(250));

        assertThat(tokens.token(grant, soon())).isEqualTo("t2");
        server.close();
        // A request may still slip through on a connection that is just being closed.
        var failed = await().until(
                        () -> {
                            clock.advance(Duration.ofSeconds(10));
                            return catchThrowableOfType(NoToken.class, () -> tokens.token(grant, soon()));
                        },
                        Objects::nonNull);
        assertThat(failed.why()).isEqualTo(Why.UNREACHED);
        assertThat(failed).hasMessageContaining("could not be asked (connection_refused)");
    }

    @Test
    void aTokenEndpointIsBehindTheAddressGuard() {
        try (var guarded = new ConnectorsUnderTest(false, Path.of("no-such-directory"))) {
            var guardedTokens = new Tokens(guarded.get(HttpExchange.class), clock);

            var failed = catchThrowableOfType(NoToken.class, () -> guardedTokens.token(grant, soon()));

            assertThat(failed.why()).isEqualTo(Why.DENIED);
            assertThat(failed).hasMessageContaining("could not be asked (address_blocked)");
            assertThat(server.asked()).isEmpty();
        }
    }

    @Test
    void aServiceAccountSignsWhoItIs() throws Exception {
        var account = new JwtBearer(server.url(), "svc@project", pem("client-rsa.key"), "https://scope");

        assertThat(tokens.token(account, soon())).isEqualTo("t1");

        var form = server.asked().getFirst().form();
        assertThat(form.get("grant_type")).isEqualTo("urn:ietf:params:oauth:grant-type:jwt-bearer");
        var parts = form.get("assertion").split("\\.");
        var verifying = Signature.getInstance("SHA256withRSA");
        verifying.initVerify(Pem.certificates(pem("client-rsa.pem")).getFirst());
        verifying.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.UTF_8));
        assertThat(verifying.verify(Base64.getUrlDecoder().decode(parts[2]))).isTrue();
        assertThat(new String(Base64.getUrlDecoder().decode(parts[0]), StandardCharsets.UTF_8))
                .isEqualTo("{\"alg\":\"RS256\",\"typ\":\"JWT\"}");
        var claims = Json.read(Base64.getUrlDecoder().decode(parts[1]));
        var now = clock.instant().getEpochSecond();
        assertThat(claims)
                .isEqualTo(Json.read(
                        "{\"iss\":\"svc@project\",\"scope\":\"https://scope\",\"aud\":\"%s\",\"iat\":%d,\"exp\":%d}"
                                .formatted(server.url(), now, now + 3600)));
    }
}
