package io.waypost.connector.http.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.Failure;
import io.waypost.connector.http.client.HttpAnswer.Answered;
import io.waypost.connector.http.client.HttpAnswer.NoAnswer;
import io.waypost.testing.Delays;
import java.io.IOException;
import java.time.Duration;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Receivers whose connections misbehave. */
class HostileReceiversTest extends HostileReceivers {

    @Test
    void connectionsAreUsedAgain() throws IOException {
        receiver = new Receiver((_, out) -> write(out, "HTTP/1.1 204 No Content\r\n\r\n"));

        for (int i = 0; i < 5; i++) {
            assertThat(send()).isInstanceOf(Answered.class);
        }

        assertThat(receiver.connections).hasValue(1);
        assertThat(receiver.requests).hasSize(5);
    }

    @Test
    void aConnectionClosedBehindOurBackIsNotUsedAgain() throws IOException {
        receiver = new Receiver((socket, out) -> {
            write(out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            socket.close();
        });

        for (int i = 0; i < 20; i++) {
            assertThat(send()).isInstanceOf(Answered.class);
            java.util.concurrent.locks.LockSupport.parkNanos(2_000_000);
        }

        assertThat(receiver.requests).hasSize(20);
    }

    @Test
    void whoNeverAnswersIsCutOff() throws IOException {
        receiver = new Receiver((_, _) -> {});

        assertFailsInTime(Failure.TIMEOUT);
    }

    @Test
    void hostsThatNobodyIsConnectedToAreForgotten() throws IOException {
        receiver = new Receiver((_, _) -> {});
        receiver.close();
        var pool = (PoolingHttpClientConnectionManager) http.connections();
        for (int i = 2; i < 20; i++) {
            http.send(request("http://127.0.0.%d:%d".formatted(i, receiver.port())), LIMIT);
        }
        assertThat(pool.getRoutes()).hasSizeGreaterThanOrEqualTo(18);

        http.sweep();

        assertThat(pool.getRoutes()).noneMatch(route -> route.getTargetHost().getPort() == receiver.port());
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", "HTTP/1.1 200 OK\r\nX: "})
    void whoDripsIsCutOff(String start) throws IOException {
        receiver = new Receiver((_, out) -> {
            write(out, start);
            while (true) {
                write(out, "x");
                java.util.concurrent.locks.LockSupport.parkNanos(50_000_000);
            }
        });

        assertFailsInTime(Failure.TIMEOUT);
    }

    @Test
    void aResetIsAReset() throws IOException {
        receiver = new Receiver((socket, _) -> {
            socket.setSoLinger(true, 0);
            socket.close();
        });

        assertFailsInTime(Failure.CONNECTION_RESET);
    }

    @Test
    void nobodyThereIsRefused() throws IOException {
        receiver = new Receiver((_, _) -> {});
        receiver.close();

        assertFailsInTime(Failure.CONNECTION_REFUSED);
    }

    @Test
    void plainHttpWhereTlsIsDueIsATlsFailure() throws IOException {
        receiver = new Receiver((_, out) -> write(out, "HTTP/1.1 400 Bad\r\n\r\n"));
        receiver.eager = true;

        var answer = http.send(request("https://127.0.0.1:" + receiver.port()), Duration.ofSeconds(10));

        assertThat(answer).isInstanceOfSatisfying(NoAnswer.class, a -> assertThat(a.failure())
                .isEqualTo(Failure.TLS_FAILURE));
    }

    @Test
    void aSilentTlsHandshakeIsCutOff() throws IOException {
        receiver = new Receiver((_, _) -> {});

        var started = System.nanoTime();
        var answer = http.send(request("https://127.0.0.1:" + receiver.port()), LIMIT);

        assertThat(answer).isInstanceOfSatisfying(NoAnswer.class, a -> assertThat(a.failure())
                .isEqualTo(Failure.TIMEOUT));
        assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(LIMIT.plus(Delays.PAUSE));
    }

    @Test
    void aNameThatDoesNotExistIsADnsFailure() {
        var answer = http.send(request("http://nobody.invalid"), Duration.ofSeconds(5));

        assertThat(answer).isInstanceOfSatisfying(NoAnswer.class, a -> assertThat(a.failure())
                .isEqualTo(Failure.DNS_FAILURE));
    }
}
