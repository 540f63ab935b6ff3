package io.waypost.connector.http.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.connector.Failure;
import io.waypost.connector.http.client.HttpAnswer.Answered;
import io.waypost.connector.http.client.HttpAnswer.NoAnswer;
import io.waypost.testing.Delays;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Receivers whose answers are none, or more than anybody asked for. */
@Isolated("measures the heap")
class HostileAnswersTest extends HostileReceivers {

    @Test
    void anAnswerIsReadWhole() throws IOException {
        receiver = new Receiver((_, out) -> write(out, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nhi"));

        var answer = (Answered) send();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).isEqualTo("hi");
        assertThat(answer.header("x-a")).isEqualTo("b");
        assertThat(receiver.requests.getFirst())
                .startsWith("POST /in?a=%20b HTTP/1.1\r\n")
                .contains("Accept-Encoding: identity\r\n", "Content-Length: 4\r\n", "X-Mine: yes\r\n");
    }

    @Test
    void bytesBeyondAnAnswerAreNobodysAnswer() throws IOException {
        receiver = new Receiver((_, out) -> write(
                out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"));

        for (int i = 0; i < 3; i++) {
            assertThat(send()).isInstanceOfSatisfying(Answered.class, a -> assertThat(a.status())
                    .isEqualTo(200));
        }

        assertThat(receiver.connections).hasValue(3);
    }

    @Test
    void aGigabyteTakes64KiB() throws IOException {
        var sent = new AtomicInteger();
        receiver = new Receiver((_, out) -> {
            write(out, "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n");
            var mebibyte = new byte[1 << 20];
            for (int i = 0; i < 1024; i++) {
                out.write(mebibyte);
                sent.incrementAndGet();
            }
        });

        var answer = (Answered) send();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).hasSize(64 * 1024);
        assertThat(sent).hasValueLessThan(64);
    }

    @Test
    void anAnswerOfExactly64KiBKeepsItsConnection() throws IOException {
        receiver = new Receiver(
                (_, out) -> write(out, "HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n" + "x".repeat(65536)));

        send();
        send();

        assertThat(receiver.connections).hasValue(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-Header: value\r\n", "X-Long: ", "HTTP/1.1 100 Continue\r\n\r\n"})
    void headsWithoutEndAreNoHttp(String again) throws IOException {
        receiver = new Receiver((_, out) -> {
            if (!again.startsWith("HTTP")) {
                write(out, "HTTP/1.1 200 OK\r\n");
            }
            for (int i = 0; i < 1_000_000; i++) {
                write(out, again);
            }
        });

        assertFailsInTime(Failure.INVALID_RESPONSE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hello\r\n\r\n",
                "<html>0.9</html>",
                "HTTP/1.1 abc OK\r\n\r\n",
                "HTTP/1.1 9999999 OK\r\n\r\n",
                "HTTP/1.1 12 OK\r\n\r\n",
                "HTTP/9.1 200 OK\r\n\r\n",
                "HTTP/0.9 200 OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "HTTP/1.1 102 Processing\r\n\r\n",
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi and more than it said\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: rot13\r\n\r\nhi",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
                "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhi",
                "\0\0\0\0\0\0\n\n"
            })
    void whatIsNoHttpIsSaidToBeNone(String answer) throws IOException {
        receiver = new Receiver((socket, out) -> {
            write(out, answer);
            socket.close();
        });

        assertFailsInTime(Failure.INVALID_RESPONSE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 200",
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfi",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfive!\r\n"
            })
    void whatIsCutShortIsAReset(String answer) throws IOException {
        receiver = new Receiver((socket, out) -> {
            write(out, answer);
            socket.close();
        });

        assertFailsInTime(Failure.CONNECTION_RESET);
    }

    @ParameterizedTest
    @ValueSource(ints = {302, 401, 429, 503})
    void oneRequestLeavesWhateverTheStatus(int status) throws IOException {
        receiver = new Receiver((_, out) -> write(
                out,
                "HTTP/1.1 %d No\r\nRetry-After: 1\r\nLocation: /other\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n"
                        .formatted(status)));

        assertThat(send()).isInstanceOfSatisfying(Answered.class, a -> assertThat(a.status())
                .isEqualTo(status));
        assertThat(receiver.requests).hasSize(1);
    }

    /** Each is legal, if odd: the attempt has succeeded. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.0 200 OK\r\n\r\nas long as it is open",
                "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
                "HTTP/1.1 200 OK\r\n\r\nas long as it is open",
                "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi",
                "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\nhi",
                "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi",
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
                "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi and more than it said"
            })
    void whatIsLegalThoughOddIsAnAnswer(String answer) throws IOException {
        receiver = new Receiver((socket, out) -> {
            write(out, answer);
            socket.close();
        });

        for (int i = 0; i < 2; i++) {
            assertThat(answered()).isInstanceOfSatisfying(Answered.class, a -> {
                assertThat(a.status()).isEqualTo(200);
                assertThat(a.text()).isIn("hi", "as long as it is open");
            });
        }
    }

    /** The second request may meet the connection of the first, which the receiver is just closing. */
    private HttpAnswer answered() {
        return await().until(this::send, Answered.class::isInstance);
    }

    @ParameterizedTest
    @ValueSource(strings = {"204 No Content", "304 Not Modified"})
    void aBodyWhereNoneMayBeIsNobodysAnswer(String status) throws IOException {
        receiver = new Receiver((_, out) -> write(out, "HTTP/1.1 " + status + "\r\nContent-Length: 5\r\n\r\nhello"));

        for (int i = 0; i < 3; i++) {
            assertThat(send()).isInstanceOfSatisfying(Answered.class, a -> assertThat(a.text())
                    .isEmpty());
        }

        assertThat(receiver.connections).hasValue(3);
    }

    /** We ask for no encoding, and take none apart. */
    @Test
    void ofAGzipBombItsFirst64KiBAreKeptAsTheyAre() throws IOException {
        var packed = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(packed)) {
            var mebibyte = new byte[1 << 20];
            for (int i = 0; i < 100; i++) {
                gzip.write(mebibyte);
            }
        }
        receiver = new Receiver((_, out) -> {
            write(
                    out,
                    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n".formatted(packed.size()));
            out.write(packed.toByteArray());
        });

        var answer = (Answered) send();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).hasSize(64 * 1024).startsWith(0x1f, 0x8b);
    }

    /** An alert, as a server that speaks TLS answers to plain HTTP. */
    @Test
    void plainHttpToAPortOfTlsIsNoHttp() throws IOException {
        receiver = new Receiver((socket, out) -> {
            write(out, "\u0015\u0003\u0003\u0000\u0002\u0002\n");
            socket.close();
        });

        assertFailsInTime(Failure.INVALID_RESPONSE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1000\r\n", "1;x=", "0\r\nX-Trailer: y\r\n"})
    void chunksWithoutEndTakeNoMoreThanTheirShare(String again) throws IOException {
        receiver = new Receiver((_, out) -> {
            write(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            var chunk = again.startsWith("1000") ? again + "x".repeat(0x1000) + "\r\n" : again;
            while (true) {
                write(out, chunk);
            }
        });
        var started = System.nanoTime();

        var answer = send();

        if (answer instanceof Answered whole) {
            assertThat(whole.body()).hasSize(64 * 1024);
        } else {
            assertThat(answer).isInstanceOfSatisfying(NoAnswer.class, a -> assertThat(a.failure())
                    .isEqualTo(Failure.INVALID_RESPONSE));
        }
        assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(LIMIT.plus(Delays.PAUSE));
    }

    @Test
    void twoHundredAtOnceThatSendWithoutEndTakeNoMemoryThatCounts() throws IOException {
        var turn = new AtomicInteger();
        receiver = new Receiver((_, out) -> {
            var what = new String[] {"X: y\r\n", "\r\n" + "x", "HTTP/1.1 102 Wait\r\n\r\n"}[turn.getAndIncrement() % 3];
            write(out, what.startsWith("HTTP") ? "" : "HTTP/1.1 200 OK\r\n");
            while (true) {
                write(out, what.repeat(5_000));
            }
        });
        send();
        var before = usedMemory();
        var answers = new ConcurrentLinkedQueue<HttpAnswer>();

        try (var senders = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 200; i++) {
                senders.submit(() ->
                        answers.add(http.send(request("http://127.0.0.1:" + receiver.port()), Duration.ofSeconds(20))));
            }
        }

        assertThat(answers).hasSize(200);
        // A third of them have an answer of 64 KiB, which this test holds.
        assertThat(usedMemory() - before).isLessThan(32L << 20);
    }

    private static long usedMemory() {
        System.gc();
        var runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
