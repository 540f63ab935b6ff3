package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.waypost.testing.Gateway;
import jakarta.jms.JMSContext;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.StreamSupport;
import org.apache.activemq.artemis.api.core.QueueConfiguration;
import org.apache.activemq.artemis.api.core.RoutingType;
import org.apache.activemq.artemis.api.core.SimpleString;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.kafka.test.EmbeddedKafkaKraftBroker;

/** Who may write to what a flow reads from steers no step of it and runs no code, by whichever way in. */
class HostileSourcesFlowTest extends Flow {

    private static final List<String> EVIL =
            List.of("CamelEvil1", "camelEvil2", "CAMELEvil3", "cAmElEvil4", "cAMELeVIL5");
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final EmbeddedActiveMQ BROKER = new EmbeddedActiveMQ();
    private static final EmbeddedKafkaKraftBroker KAFKA = new EmbeddedKafkaKraftBroker(1, 1, "hostile");

    private static HttpServer http;
    private static Gateway own;

    HostileSourcesFlowTest() {
        super(own);
    }

    @BeforeAll
    static void start() throws Exception {
        BROKER.setConfiguration(new ConfigurationImpl()
                .setPersistenceEnabled(false)
                .setSecurityEnabled(false)
                .addAddressSetting(
                        "#",
                        new AddressSettings()
                                .setDeadLetterAddress(SimpleString.of("set-aside"))
                                .setMaxDeliveryAttempts(2)
                                .setAutoCreateDeadLetterResources(false))
                .addQueueConfiguration(QueueConfiguration.of("set-aside").setRoutingType(RoutingType.ANYCAST))
                .addAcceptorConfiguration("vm", "vm://79")
                .addAcceptorConfiguration("amqp", "tcp://127.0.0.1:0?protocols=AMQP"));
        BROKER.start();
        KAFKA.afterPropertiesSet();
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.createContext("/", exchange -> {
            EVIL.forEach(name -> exchange.getResponseHeaders().put(name, List.of("x")));
            exchange.getResponseHeaders().put("harmless", List.of("x"));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        http.start();
        own = Gateway.with(Map.of(
                "waypost.routes-dir",
                directory(),
                "waypost.flows.brokers.mq.url",
                "vm://79",
                "waypost.flows.brokers.amqp.url",
                "amqp://127.0.0.1:"
                        + BROKER.getActiveMQServer()
                                .getRemotingService()
                                .getAcceptor("amqp")
                                .getActualPort()));
    }

    private static Path directory() throws IOException {
        var directory = Files.createTempDirectory("routes");
        var routes = List.of(
                route("jms", "jms:queue:jms?connectionFactory=#mq&transacted=true", ""),
                route("amqp", "amqp:queue:amqp?connectionFactory=#amqp&transacted=true", ""),
                route(
                        "kafka",
                        "kafka:hostile?brokers=%s&autoOffsetReset=earliest&groupId=hostile"
                                .formatted(KAFKA.getBrokersAsString()),
                        ""),
                route(
                        "http",
                        "waypost:outside.ask",
                        "        - to: http://127.0.0.1:%d/\n"
                                .formatted(http.getAddress().getPort())));
        Files.writeString(directory.resolve("hostile.camel.yaml"), String.join("", routes));
        return directory;
    }

    private static String route(String way, String from, String more) {
        return """
                - route:
                    id: hostile-%1$s
                    from:
                      uri: %2$s
                      steps:
                %3$s        - setBody: {language: {language: jsonata, expression: '{"type":"outside.%1$s","data":[$keys($headers)]}'}}
                        - to: waypost:publish
                """.formatted(way, from, more);
    }

    @AfterAll
    static void stop() throws Exception {
        own.close();
        BROKER.stop();
        KAFKA.destroy();
        http.stop(0);
    }

    @Override
    @BeforeEach
    protected void open() {
        super.open();
        api = gateway.admin();
    }

    /** The subscriptions are the flows' own. */
    @Override
    @AfterEach
    protected void close() {
        receiver.close();
    }

    @Test
    void headersThatWouldSteerCamelStayOutHoweverTheyAreWritten() {
        try (var factory = new ActiveMQConnectionFactory("vm://79");
                var context = factory.createContext()) {
            sendText(context, "jms");
            sendText(context, "amqp");
        }
        try (var producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", KAFKA.getBrokersAsString()),
                new StringSerializer(),
                new StringSerializer())) {
            var record = new ProducerRecord<String, String>("hostile", "x");
            EVIL.forEach(name -> record.headers().add(name, "x".getBytes(StandardCharsets.UTF_8)));
            record.headers().add("harmless", "x".getBytes(StandardCharsets.UTF_8));
            record.headers().add("KAFKA.override_topic", "x".getBytes(StandardCharsets.UTF_8));
            producer.send(record);
        }
        api.post("/v1/events", "{\"type\":\"outside.ask\"}").expect(202);

        for (var way : List.of("jms", "amqp", "kafka", "http")) {
            await(way).atMost(LONG).until(() -> !events("outside." + way).isEmpty());
            assertThat(events("outside." + way).getFirst().path("data"))
                    .as(way)
                    .extracting(name -> name.textValue().toLowerCase(java.util.Locale.ROOT))
                    .contains("harmless")
                    .noneMatch(name -> name.contains("evil") || name.contains("override"));
        }
    }

    @Test
    void aJavaObjectIsNeverReadAndIsSetAsideWhileTheRestGoesOn() {
        try (var factory = new ActiveMQConnectionFactory("vm://79");
                var context = factory.createContext()) {
            var setAside = context.createConsumer(context.createQueue("set-aside"));
            for (var way : List.of("jms", "amqp")) {
                var queue = context.createQueue(way);
                context.createProducer().send(queue, new Evil());
                context.createProducer().setProperty("after", "object").send(queue, "text");

                await(way).atMost(LONG).until(() -> events("outside." + way).stream()
                        .anyMatch(event -> event.path("data").toString().contains("after")));
                assertThat(setAside.receive(LONG.toMillis())).as(way).isNotNull();
            }
        }
        assertThat(Evil.READ).isFalse();
    }

    private static void sendText(JMSContext context, String queue) {
        var producer = context.createProducer().setProperty("harmless", "x");
        EVIL.forEach(name -> producer.setProperty(name, "x"));
        producer.setProperty("kafka_DOT_OVERRIDE_TOPIC", "x");
        producer.send(context.createQueue(queue), "x");
    }

    private List<JsonNode> events(String type) {
        return StreamSupport.stream(
                        api.get("/v1/events?type=" + type)
                                .expect(200)
                                .json()
                                .path("data")
                                .spliterator(),
                        false)
                .toList();
    }

    /** Whoever reads it runs its code. */
    private static final class Evil implements Serializable {

        private static final long serialVersionUID = 1;
        private static final AtomicBoolean READ = new AtomicBoolean();

        @SuppressWarnings("UnusedMethod") // called by Java
        private void readObject(ObjectInputStream in) {
            READ.set(true);
        }
    }
}
