package io.waypost.connector.email;

import static io.waypost.connector.ConnectorsUnderTest.brief;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Failure;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Gone;
import io.waypost.connector.Outcome.Rejected;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.connector.pool.Pools;
import io.waypost.testing.Delays;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a mail server may answer, or not answer. */
class SmtpAnswersTest {

    private static final Duration SOON = Duration.ofSeconds(5);

    private static ConnectorsUnderTest connectors;

    private ScriptedSmtp scripted;

    @BeforeAll
    static void start() {
        connectors = ConnectorsUnderTest.onLoopback();
    }

    @AfterAll
    static void stop() {
        connectors.close();
    }

    @BeforeEach
    void open() {
        scripted = new ScriptedSmtp();
    }

    @AfterEach
    void close() throws Exception {
        scripted.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "EHLO", "MAIL", "RCPT", "."})
    void anAnswerOfManyLinesIsReadUpTo64KiB(String command) {
        var code = command.isEmpty() ? "220" : "250";
        scripted.answers(command, (code + "-" + "x".repeat(90) + "\r\n").repeat(1_000) + code + " done");

        var outcome = connectors.send("email", scriptedConfig());

        assertThat(outcome.failure()).isEqualTo(Failure.INVALID_RESPONSE);
        assertThat(outcome.detail()).contains("64 KiB");
    }

    @Test
    void whoPromisesNoTlsGetsNoMail() {
        var outcome = connectors.send("email", scriptedConfig().replace("'none'", "'starttls'"));

        assertThat(outcome.failure()).isEqualTo(Failure.TLS_FAILURE);
        assertThat(scripted.commands).doesNotContain("AUTH", "MAIL", "DATA");
    }

    @ParameterizedTest
    @CsvSource({
        "'',     421, retry",
        "MAIL,   450, retry",
        "RCPT,   450, retry",
        "RCPT,   451, retry",
        "RCPT,   452, retry",
        "DATA,   421, retry",
        ".,      451, retry",
        "AUTH,   454, retry",
        "AUTH,   535, deactivate",
        "AUTH,   534, deactivate",
        "MAIL,   530, deactivate",
        "RCPT,   550, permanent",
        "RCPT,   551, permanent",
        "RCPT,   553, permanent",
        "MAIL,   553, permanent",
        ".,      550, permanent",
        ".,      554, permanent",
        ".,      552, permanent",
    })
    void theErrorTable(String command, int code, String action) {
        scripted.answers(command, code + " because");

        var outcome = connectors.send("email", scriptedConfig().replace("}", ",'username':'u','password':'pass'}"));

        assertThat(action(outcome)).isEqualTo(action);
        if (!command.isEmpty()) {
            assertThat(outcome.status()).isEqualTo(code);
            assertThat(outcome.failure()).isEqualTo(Failure.RESPONSE_REJECTED);
        }
        assertThat(scripted.commands.stream().filter("MAIL"::equals).count()).isLessThanOrEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"''", "EHLO", "MAIL", "DATA", "."})
    void aServerThatHangsHoldsTheAttemptNoLongerThanItsTimeAndThenNothing(String command) {
        scripted.answers(command, "");
        var before = System.nanoTime();

        var outcome = connectors.connector("email").send(brief("email", scriptedConfig()));

        assertThat(outcome.failure()).isEqualTo(Failure.TIMEOUT);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Delays.PAUSE);
        await().atMost(SOON).untilAsserted(() -> assertThat(scripted.ended).hasSize(1));
    }

    @Test
    void oneConnectionServesManyMailsAndIsReplacedWhenItDied() throws Exception {
        for (int i = 0; i < 3; i++) {
            assertThat(connectors.send("email", scriptedConfig())).isInstanceOf(Succeeded.class);
        }
        assertThat(scripted.connections).hasSize(1);
        assertThat(scripted.commands).as("nobody logs in without a user").doesNotContain("AUTH");

        scripted.connections.getFirst().close();

        assertThat(connectors.send("email", scriptedConfig())).isInstanceOf(Succeeded.class);
        assertThat(scripted.connections).hasSize(2);
        assertThat(connectors.get(Pools.class).size()).isGreaterThan(0);
    }

    private static String action(Outcome outcome) {
        return switch (outcome) {
            case Failed _ -> "retry";
            case Rejected _ -> "permanent";
            case Gone _ -> "deactivate";
            case Outcome.Postponed _ -> "postpone";
            default -> outcome.toString();
        };
    }

    private String scriptedConfig() {
        return "{'host':'127.0.0.1','port':%d,'security':'none','from':'a@example.com','to':'ann@example.com'}"
                .formatted(scripted.port());
    }
}
