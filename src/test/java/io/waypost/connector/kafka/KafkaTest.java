package io.waypost.connector.kafka;

import static io.waypost.connector.ConnectorsUnderTest.brief;
import static io.waypost.connector.ConnectorsUnderTest.event;
import static io.waypost.connector.ConnectorsUnderTest.message;
import static io.waypost.connector.ConnectorsUnderTest.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Failure;
import io.waypost.connector.Outcome.Gone;
import io.waypost.connector.Outcome.Rejected;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.platform.Json;
import io.waypost.platform.Violation;
import io.waypost.testing.Delays;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.kafka.test.EmbeddedKafkaKraftBroker;

class KafkaTest {

    private static final String LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule required"
            + " username=\"admin\" password=\"admin\" user_admin=\"admin\" user_waypost=\"p\\\"{{env:HOME}};\\\\\";";

    private static ConnectorsUnderTest connectors;
    private static EmbeddedKafkaKraftBroker broker;
    private static String address;

    @BeforeAll
    static void start() {
        connectors = ConnectorsUnderTest.onLoopback();
        broker = new EmbeddedKafkaKraftBroker(1, 1);
        broker.brokerProperty("listener.security.protocol.map", "EXTERNAL:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT");
        broker.brokerProperty("sasl.enabled.mechanisms", "PLAIN");
        broker.brokerProperty("sasl.mechanism.inter.broker.protocol", "PLAIN");
        broker.brokerProperty("listener.name.external.plain.sasl.jaas.config", LOGIN);
        broker.brokerProperty("message.max.bytes", "2000000");
        broker.afterPropertiesSet();
        address = broker.getBrokersAsString();
    }

    @AfterAll
    static void stop() {
        broker.destroy();
        connectors.close();
    }

    @Test
    void anEventIsARecordWithKeyAndHeaders() {
        var config = config("orders", ",'key':'data.who','headers':{'x-type':'type','x-none':'data.none'}");
        var event = event("{\"n\":18859015918863553,\"who\":\"{{env:HOME}} ${sysenv.HOME} RAW(x)\"}");

        var outcome = connectors.connector("kafka").send(message("kafka", config, event));

        assertThat(outcome).isEqualTo(new Succeeded(null, "orders-0@0"));
        var record = read("orders", 1).getFirst();
        assertThat(record.key()).isEqualTo("{{env:HOME}} ${sysenv.HOME} RAW(x)");
        assertThat(Json.read(record.value())).isEqualTo(event.toJson());
        assertThat(header(record, "webhook-id")).isEqualTo(event.id());
        assertThat(header(record, "x-type")).isEqualTo("message.opened");
        assertThat(header(record, "content-type")).isEqualTo("application/json");
        assertThat(record.headers().lastHeader("x-none")).isNull();
    }

    @Test
    void theValueIsTheExpressionsOrACloudEvent() {
        send(config("shapes", ",'body':'{\\\"count\\\": data.n}'"));
        send(config("shapes", ",'body':'\\\"n=\\\" & data.n'"));
        send(config("shapes", ",'format':'cloudevents'"));

        var records = read("shapes", 3);
        assertThat(records.get(0).value()).isEqualTo("{\"count\":1}");
        assertThat(records.get(1).value()).isEqualTo("n=1");
        assertThat(records.get(0).key()).isNull();
        var cloud = Json.read(records.get(2).value());
        assertThat(cloud.path("specversion").textValue()).isEqualTo("1.0");
        assertThat(cloud.path("type").textValue()).isEqualTo("message.opened");
        assertThat(header(records.get(2), "content-type")).startsWith("application/cloudevents+json");
    }

    @Test
    void manyAtOnceShareOneProducer() {
        var config = config("many", "");
        var threads = threadsOfProducers();

        try (var senders = Executors.newVirtualThreadPerTaskExecutor()) {
            IntStream.range(0, 200).forEach(_ -> senders.submit(() -> send(config)));
        }

        assertThat(read("many", 200)).hasSize(200);
        assertThat(threadsOfProducers()).isLessThanOrEqualTo(Math.max(threads, 1));
    }

    @Test
    void aWrongPasswordDeactivatesAndIsNotTold() {
        var outcome = connectors.send("kafka", config("orders", "").replace("{{env", "wrong"));

        assertThat(outcome).isInstanceOf(Gone.class);
        assertThat(outcome.detail()).doesNotContain("wrong:HOME").contains("refuses the login");
    }

    @Test
    void aRecordThatIsTooLargeEndsThatDeliveryOnly() {
        // No part of it is more than an expression may yield (1 MiB), but all together are more than a request may
        // hold.
        var config = config(
                "orders",
                ",'key':'data.long','body':'data.long','headers':{'a':'data.long','b':'data.long','c':'data.long'}");
        var large = event("{\"long\":\"%s\"}".formatted("x".repeat(900_000)));

        assertThat(connectors.connector("kafka").send(message("kafka", config, large)))
                .isInstanceOf(Rejected.class);
        assertThat(connectors.send("kafka", config("orders", ""))).isInstanceOf(Succeeded.class);
    }

    @Test
    void aCheckLogsInAndWritesNothing() {
        var kafka = connectors.connector("kafka");
        send(config("checked", ""));

        assertThat(kafka.check(object(config("checked", ""))).ok()).isTrue();
        var wrong = kafka.check(object(config("checked", "").replace("{{env", "wrong")));
        assertThat(wrong.ok()).isFalse();
        assertThat(wrong.detail()).contains("refuses the login");
        assertThat(read("checked", 1)).hasSize(1);
    }

    @Test
    void aClusterThatSaysNothingHoldsTheAttemptNoLongerThanItsTime() throws Exception {
        try (var silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            var before = System.nanoTime();

            var outcome = connectors
                    .connector("kafka")
                    .send(brief("kafka", "{'brokers':'127.0.0.1:%d','topic':'x'}".formatted(silent.getLocalPort())));

            assertThat(outcome.failure()).isEqualTo(Failure.TIMEOUT);
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Delays.PAUSE);
        }
    }

    @Test
    void privateBrokersAreRefusedUnlessAllowed() {
        try (var strict = new ConnectorsUnderTest(false, Path.of("no-such-directory"))) {
            for (var brokers : new String[] {"127.0.0.1:9092", "kafka.example.com:9092,localhost:9092", "[::1]:9092"}) {
                var config = "{'brokers':'%s','topic':'x'}".formatted(brokers);
                assertThat(strict.catalog().violations("kafka", object(config)))
                        .extracting(Violation::pointer)
                        .containsExactly("/brokers");
            }
            assertThat(strict.send("kafka", config("x", "")).failure()).isEqualTo(Failure.ADDRESS_BLOCKED);
        }
    }

    @Test
    void aConfigIsHeldAgainstItsRules() {
        assertThat(connectors
                        .catalog()
                        .violations(
                                "kafka",
                                object(
                                        "{'brokers':'a b:1','topic':'a/b','headers':{'x':'('},'password':'p','mechanism':'GSSAPI',"
                                                + "'sasl.jaas.config':'x'}")))
                .extracting(Violation::pointer)
                .containsExactlyInAnyOrder(
                        "/brokers", "/topic", "/headers/x", "/username", "/mechanism", "/sasl.jaas.config");
    }

    @Test
    void noValueBreaksOutOfTheLogin() {
        var cluster = Cluster.of(
                object("{'brokers':'h:1','mechanism':'PLAIN','username':'u','password':'x'}")
                        .put("password", "a\" evil=\"b\\"),
                Duration.ofSeconds(1));

        assertThat(cluster.properties().get("sasl.jaas.config"))
                .asString()
                .endsWith("PlainLoginModule required username=\"u\" password=\"a\\\" evil=\\\"b\\\\\";");
    }

    private static void send(String config) {
        assertThat(connectors.send("kafka", config)).isInstanceOf(Succeeded.class);
    }

    private static String config(String topic, String more) {
        return "{'brokers':'%s','topic':'%s','mechanism':'PLAIN','username':'waypost','password':'p\\\"{{env:HOME}};\\\\'%s}"
                .formatted(address, topic, more);
    }

    private static long threadsOfProducers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("kafka-producer-network-thread"))
                .count();
    }

    private static List<ConsumerRecord<String, String>> read(String topic, int count) {
        var found = new ArrayList<ConsumerRecord<String, String>>();
        Map<String, Object> properties = Map.of(
                "bootstrap.servers", address,
                "security.protocol", "SASL_PLAINTEXT",
                "sasl.mechanism", "PLAIN",
                "sasl.jaas.config", LOGIN,
                "auto.offset.reset", "earliest");
        try (var consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
            var partitions = List.of(new TopicPartition(topic, 0));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            for (int i = 0; i < 50 && found.size() < count; i++) {
                consumer.poll(Duration.ofMillis(200)).forEach(found::add);
            }
        }
        return found;
    }

    private static String header(ConsumerRecord<String, String> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }
}
