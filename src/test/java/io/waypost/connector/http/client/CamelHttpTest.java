package io.waypost.connector.http.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Failure;
import io.waypost.connector.http.client.HttpAnswer.Answered;
import io.waypost.connector.http.client.HttpAnswer.NoAnswer;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.component.http.HttpConstants;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** camel-http makes the request of the exchange it gets, to the letter, and the exchange has what came of it. */
class CamelHttpTest {

    private final ConnectorsUnderTest connectors = ConnectorsUnderTest.onLoopback();
    private HostileReceivers.Receiver receiver;

    @BeforeEach
    void listen() throws IOException {
        receiver = new HostileReceivers.Receiver((_, out) -> HostileReceivers.write(
                out, "HTTP/1.1 299 Fine\r\nContent-Encoding: gzip\r\nX-Back: b\r\nContent-Length: 3\r\n\r\nno!"));
    }

    @AfterEach
    void close() throws IOException {
        receiver.close();
        connectors.close();
    }

    /** The exchange as it is after the endpoint has sent it. */
    private Exchange sent(String method, String path, Map<String, String> headers) {
        var uri = URI.create("http://127.0.0.1:" + receiver.port() + path);
        var body = method.equals("GET") ? null : "body".getBytes(ISO_8859_1);
        var call = new HttpCall(
                new HttpRequest(method, uri, headers, body), null, Duration.ofSeconds(10), System.nanoTime());
        return connectors.get(CamelContext.class).createProducerTemplate().send(HttpExchange.URI, exchange -> {
            exchange.getMessage().setHeader("Left-Over", "of a step before");
            call.putOn(exchange);
            exchange.getMessage().setHeader("Not-Of-The-Call", "set since");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "PATCH", "DELETE"})
    void methodUrlHeadersAndBodyAreThoseOfTheCall(String method) {
        var headers = new LinkedHashMap<String, String>();
        headers.put("X-Mine", "a, b; c=\"d\"");
        headers.put("Content-Type", "text/x-odd; Charset=UTF-8");
        headers.put("CamelHttpUri", "http://127.0.0.1:1/elsewhere");
        headers.put("camelHttpQuery", "q=1");

        var exchange = sent(method, "/~a/%7e/b%2Fc;d=1?x=%20&y=~%26&&z", headers);

        assertThat(exchange.getException()).isNull();
        assertThat(receiver.requests).singleElement().satisfies(request -> assertThat(request)
                .startsWith(method + " /~a/%7e/b%2Fc;d=1?x=%20&y=~%26&&z HTTP/1.1\r\n")
                .contains("\r\nX-Mine: a, b; c=\"d\"\r\n")
                .containsOnlyOnce("Content-Type: ")
                .contains("\r\nContent-Type: text/x-odd; Charset=UTF-8\r\n")
                .contains("\r\nCamelHttpUri: http://127.0.0.1:1/elsewhere\r\n")
                .contains("\r\ncamelHttpQuery: q=1\r\n")
                .contains("\r\nAccept-Encoding: identity\r\n")
                .contains("\r\nContent-Length: 4\r\n")
                .doesNotContain("Left-Over", "Not-Of-The-Call")
                .endsWith("\r\n\r\nbody"));
    }

    @Test
    void theExchangeHasTheStatusAndTheCallTheWholeAnswerAsItCame() {
        var exchange = sent("POST", "/", Map.of());

        assertThat(exchange.getMessage().getHeader(HttpConstants.HTTP_RESPONSE_CODE))
                .isEqualTo(299);
        assertThat(exchange.getMessage().getHeaders()).doesNotContainKey("X-Back");
        assertThat(HttpCall.of(exchange).answer()).isInstanceOfSatisfying(Answered.class, answer -> {
            assertThat(answer.status()).isEqualTo(299);
            assertThat(answer.header("x-back")).isEqualTo("b");
            assertThat(answer.text()).as("nothing is decompressed").isEqualTo("no!");
        });
    }

    @Test
    void whereThereIsNoAnswerTheExchangeFailsWithTheReason() throws IOException {
        receiver.close();

        var exchange = sent("POST", "/", Map.of());

        assertThat(exchange.getException()).isInstanceOfSatisfying(Unanswered.class, e -> assertThat(e.answer())
                .isInstanceOfSatisfying(
                        NoAnswer.class, none -> assertThat(none.failure()).isEqualTo(Failure.CONNECTION_REFUSED)));
    }
}
