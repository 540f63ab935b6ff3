package io.waypost.connector.s3;

import static io.waypost.connector.ConnectorsUnderTest.event;
import static io.waypost.connector.ConnectorsUnderTest.message;
import static io.waypost.connector.ConnectorsUnderTest.object;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.findify.s3mock.S3Mock;
import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Failure;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Gone;
import io.waypost.connector.Outcome.Rejected;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.connector.Outcome.Throttled;
import io.waypost.event.Event;
import io.waypost.platform.Json;
import io.waypost.platform.Violation;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class S3Test {

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static ConnectorsUnderTest connectors;
    private static S3Mock server;
    private static String endpoint;

    @BeforeAll
    static void start() throws Exception {
        connectors = ConnectorsUnderTest.onLoopback();
        server = new S3Mock.Builder().withPort(0).withInMemoryBackend().build();
        endpoint = "http://127.0.0.1:" + server.start().localAddress().getPort();
        HTTP.send(
                HttpRequest.newBuilder(URI.create(endpoint + "/events"))
                        .PUT(HttpRequest.BodyPublishers.noBody())
                        .build(),
                BodyHandlers.discarding());
    }

    @AfterAll
    static void stop() {
        server.shutdown();
        connectors.close();
    }

    @Test
    void anEventIsAnObjectOfOneLineNamedByDayAndId() throws Exception {
        var event = event("{\"n\":18859015918863553,\"x\":\"{{env:HOME}}\\n\"}");

        var outcome = connectors.connector("s3").send(message("s3", config(""), event));

        assertThat(outcome).isInstanceOf(Succeeded.class);
        var line = get("/events/events/2026/03/01/" + event.id() + ".jsonl");
        assertThat(line).endsWith("}\n").hasLineCount(1);
        assertThat(Json.read(line)).isEqualTo(event.toJson());
    }

    @Test
    void aBatchIsALineForEachAndASecondAttemptTheSameObject() throws Exception {
        var config = config(",'key':'\\\"batch one/\\\" & type','body':'data.events'");
        var event = event("{\"events\":[{\"n\":1},{\"n\":2},\"three\"]}");

        for (int i = 0; i < 2; i++) {
            assertThat(connectors.connector("s3").send(message("s3", config, event)))
                    .isInstanceOf(Succeeded.class);
        }

        assertThat(get("/events/batch%20one/message.opened")).isEqualTo("{\"n\":1}\n{\"n\":2}\n\"three\"\n");
    }

    @Test
    void aBatchOfEventsIsAnObjectNamedByItsIdWithALineForEach() throws Exception {
        var batch = new Message.Batch(List.of(event("{\"n\":1}"), event("{\"n\":2}")));

        var outcome = connectors.connector("s3").send(ConnectorsUnderTest.batched("s3", config(""), batch));

        assertThat(outcome).isInstanceOf(Succeeded.class);
        var lines = get("/events/events/2026/03/01/" + batch.id() + ".jsonl")
                .lines()
                .toList();
        assertThat(lines)
                .extracting(Json::read)
                .isEqualTo(batch.events().stream().map(Event::toJson).toList());
    }

    @Test
    void whatComesOutEmptyOrWithANameThatIsNoneIsNotSent() {
        for (var more : new String[] {
            ",'body':'data.none'",
            ",'body':'[]'",
            ",'key':'data.none'",
            ",'key':'\\\"../x\\\"'",
            ",'key':'\\\"a//b\\\"'",
            ",'key':'\\\"/a\\\"'",
            ",'key':'$pad(\\\"\\\", 1025, \\\"x\\\")'"
        }) {
            assertThat(connectors.send("s3", config(more)).failure()).as(more).isEqualTo(Failure.TRANSFORM_FAILED);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "403, AccessDenied,           deactivate",
        "403, InvalidAccessKeyId,     deactivate",
        "403, SignatureDoesNotMatch,  deactivate",
        "403, RequestTimeTooSkewed,   retry",
        "404, NoSuchBucket,           deactivate",
        "301, PermanentRedirect,      deactivate",
        "400, AuthorizationHeaderMalformed, deactivate",
        "400, EntityTooLarge,         permanent",
        "400, KeyTooLongError,        permanent",
        "400, RequestTimeout,         retry",
        "429, TooManyRequests,        throttle",
        "503, SlowDown,               throttle",
        "500, InternalError,          retry",
    })
    void theErrorTable(int status, String code, String action) throws Exception {
        var seen = new CopyOnWriteArrayList<String>();
        var fake = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        fake.createContext("/", exchange -> {
            seen.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
            var body = "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>m</Message></Error>"
                    .formatted(code)
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        fake.start();
        try {
            var outcome = connectors.send(
                    "s3",
                    config(",'key':'\\\"k\\\"'")
                            .replace(
                                    endpoint,
                                    "http://127.0.0.1:" + fake.getAddress().getPort()));

            assertThat(action(outcome)).isEqualTo(action);
            assertThat(outcome.status()).isEqualTo(status);
            assertThat(outcome.detail()).contains(code).doesNotContain("secret-of-s3");
            assertThat(seen).containsExactly("PUT /events/k");
        } finally {
            fake.stop(0);
        }
    }

    @Test
    void aCheckAsksForTheBucketAndWritesNothing() {
        var s3 = connectors.connector("s3");

        assertThat(s3.check(object(config(""))).ok()).isTrue();
        assertThat(s3.check(object(config("").replace("'events'", "'nowhere'"))).ok())
                .isFalse();
    }

    @Test
    void theRequestCanBeLookedAt() {
        var request = connectors.connector("s3").prepare(message("s3", config(",'pathStyle':false")));

        assertThat(request.url()).startsWith("http://events.127.0.0.1:").contains("/events/2026/03/01/evt_");
        assertThat(request.headers().get("Authorization"))
                .startsWith("AWS4-HMAC-SHA256 Credential=AKIA/20260301/eu-west-1/");
        assertThat(request.headers()).containsEntry("x-amz-meta-waypost-delivery", "dlv_1");
        assertThat(Bucket.of(object("{'region':'eu-west-1','bucket':'b','accessKey':'a','secretKey':'s'}"))
                        .uri("k"))
                .hasToString("https://b.s3.eu-west-1.amazonaws.com/k");
    }

    @Test
    void aConfigIsHeldAgainstItsRules() {
        assertThat(
                        connectors
                                .catalog()
                                .violations(
                                        "s3",
                                        object(
                                                "{'endpoint':'ftp://h','region':'EU/1','bucket':'a/b','accessKey':'a/b','secretKey':'s','key':'('}")))
                .extracting(Violation::pointer)
                .containsExactlyInAnyOrder("/endpoint", "/region", "/bucket", "/accessKey", "/key");
        try (var strict = new ConnectorsUnderTest(false, Path.of("no-such-directory"))) {
            assertThat(strict.catalog().violations("s3", object(config(""))))
                    .extracting(Violation::pointer)
                    .containsExactly("/endpoint");
            assertThat(strict.send("s3", config("")).failure()).isEqualTo(Failure.ADDRESS_BLOCKED);
        }
    }

    private static String action(Outcome outcome) {
        return switch (outcome) {
            case Failed _ -> "retry";
            case Throttled _ -> "throttle";
            case Rejected _ -> "permanent";
            case Gone _ -> "deactivate";
            case Outcome.Postponed _ -> "postpone";
            case Succeeded _ -> "success";
        };
    }

    private static String config(String more) {
        return "{'endpoint':'%s','region':'eu-west-1','bucket':'events','accessKey':'AKIA','secretKey':'secret-of-s3'%s}"
                .formatted(endpoint, more);
    }

    private static String get(String path) throws Exception {
        var answer =
                HTTP.send(HttpRequest.newBuilder(URI.create(endpoint + path)).build(), BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer.body();
    }
}
