package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.store.jdbc.TestDatabases;
import io.waypost.testing.Gateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.kafka.test.EmbeddedKafkaKraftBroker;

/** Events out of files, a topic, a queue, a table and a schedule, from the real servers. */
class OtherSourcesFlowTest extends Flow {

    private static final Path EXAMPLES = Path.of("routes/examples");
    private static final Pattern CREATE = Pattern.compile("#\\s+(create table [^;]*);");
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final EmbeddedActiveMQ BROKER = new EmbeddedActiveMQ();
    private static final EmbeddedKafkaKraftBroker KAFKA = new EmbeddedKafkaKraftBroker(1, 1, "orders");

    private static Path inbox;
    private static JdbcClient shop;
    private static Gateway own;

    OtherSourcesFlowTest() {
        super(own);
    }

    @BeforeAll
    static void start() throws Exception {
        BROKER.setConfiguration(new ConfigurationImpl()
                .setPersistenceEnabled(false)
                .setSecurityEnabled(false)
                .addAcceptorConfiguration("vm", "vm://78"));
        BROKER.start();
        KAFKA.afterPropertiesSet();
        var database = TestDatabases.postgresUrl();
        shop = JdbcClient.create(new DriverManagerDataSource(database));
        inbox = Files.createTempDirectory("inbox");
        own = Gateway.with(settings(flows(), database));
    }

    private static Path flows() throws IOException {
        var directory = Files.createTempDirectory("sources");
        for (var example : List.of("kafka-events", "queue-events", "outbox-events", "daily-event")) {
            var text = Files.readString(EXAMPLES.resolve(example + ".camel.yaml"));
            CREATE.matcher(text).results().forEach(table -> shop.sql(table.group(1))
                    .update());
            Files.writeString(directory.resolve(example + ".camel.yaml"), text);
        }
        return directory;
    }

    private static Map<String, Object> settings(Path flows, String database) {
        var settings = new LinkedHashMap<String, Object>();
        settings.put("waypost.routes-dir", flows);
        settings.put("waypost.inbox-dir", inbox);
        settings.put("waypost.flows.datasources.shop.url", database);
        settings.put("waypost.flows.brokers.mq.url", "vm://78");
        settings.put("waypost.flows.properties.queue", "orders");
        settings.put("waypost.flows.properties.kafka-brokers", KAFKA.getBrokersAsString());
        settings.put("waypost.flows.properties.kafka-topic", "orders");
        settings.put("waypost.flows.properties.outbox-millis", 200);
        settings.put("waypost.flows.properties.daily-schedule", "0/1 * * * * ?");
        return settings;
    }

    @AfterAll
    static void stop() throws Exception {
        own.close();
        BROKER.stop();
        KAFKA.destroy();
    }

    @Override
    @BeforeEach
    protected void open() {
        super.open();
        api = gateway.admin();
    }

    /** The subscriptions, if any, are the flows' own. */
    @Override
    @AfterEach
    protected void close() {
        receiver.close();
    }

    @Test
    void filesArePublishedOnceAndMovedAndABadOneIsSetAsideWithItsReason() throws IOException {
        put("one.json", "{\"type\":\"file.one\",\"data\":18859015918863553}");
        put("many.jsonl", "{\"type\":\"file.many\"}\n\n{\"type\":\"file.many\",\"data\":1.10}\n");
        put("bad.json", "[{\"type\":\"file.bad\"},{\"typ\":\"file.bad\"}]");
        put("garbage.json", "no json");

        await().atMost(LONG).untilAsserted(() -> {
            assertThat(inbox.resolve(".done/one.json")).exists();
            assertThat(inbox.resolve(".done/many.jsonl")).exists();
            assertThat(inbox.resolve(".rejected/bad.json")).exists();
            assertThat(inbox.resolve(".rejected/garbage.json")).exists();
        });
        assertThat(events("file.one"))
                .extracting(e -> e.path("data").toString())
                .containsExactly("18859015918863553");
        assertThat(events("file.many"))
                .hasSize(2)
                .allMatch(e -> e.path("sourceId").asText().contains("many.jsonl@"));
        assertThat(events("file.bad")).isEmpty();
        assertThat(Files.readString(inbox.resolve(".rejected/bad.json.error.txt")))
                .contains("/1/typ");
        assertThat(Files.readString(inbox.resolve(".rejected/garbage.json.error.txt")))
                .isNotBlank();
    }

    @Test
    void aFileWhoseEventsBreakTheirSchemaIsSetAside() throws IOException {
        api.put("/v1/event-types/file.strict", "{\"schema\":{\"type\":\"object\",\"required\":[\"n\"]}}")
                .expect(200);
        put("strict.json", "{\"type\":\"file.strict\",\"data\":{}}");

        await().atMost(LONG).until(() -> Files.exists(inbox.resolve(".rejected/strict.json")));
        assertThat(Files.readString(inbox.resolve(".rejected/strict.json.error.txt")))
                .contains("n");
    }

    @Test
    void theRecordsOfATopic() {
        try (var producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", KAFKA.getBrokersAsString()),
                new StringSerializer(),
                new StringSerializer())) {
            producer.send(new ProducerRecord<>("orders", "{\"number\":1.10}"));
            producer.send(new ProducerRecord<>("orders", "no json"));
        }

        await().atMost(LONG).until(() -> events("kafka.received").size() == 2);
        assertThat(events("kafka.received"))
                .extracting(e -> e.path("data").toString())
                .containsExactlyInAnyOrder("{\"number\":1.10}", "\"no json\"");
        assertThat(events("kafka.received"))
                .allMatch(e -> e.path("source").asText().equals("/kafka/orders"));
    }

    @Test
    void theMessagesOfAQueue() throws Exception {
        try (var factory = new ActiveMQConnectionFactory("vm://78");
                var context = factory.createContext()) {
            context.createProducer().send(context.createQueue("orders"), "hello");
        }

        await().atMost(LONG).until(() -> events("queue.received").size() == 1);
        assertThat(events("queue.received").getFirst().path("data").textValue()).isEqualTo("hello");
    }

    @Test
    void theRowsOfAnOutboxAreMarkedAndARefusedOneHoldsNobodyUp() {
        shop.sql(
                        "insert into outbox (type, data) values ('outbox.row', '{\"n\": 1}'), ('not a type', null), ('outbox.row', null)")
                .update();

        await().atMost(LONG).until(() -> events("outbox.row").size() == 2);
        await().atMost(LONG)
                .until(() -> shop.sql("select count(*) from outbox where published_at is not null")
                                .query(Integer.class)
                                .single()
                        == 2);
        await().atMost(LONG)
                .until(() -> shop.sql("select type from outbox where published_at is null and failed_at is not null")
                        .query(String.class)
                        .list()
                        .equals(List.of("not a type")));
        assertThat(events("outbox.row")).hasSize(2);
    }

    @Test
    void aSchedule() {
        await().atMost(LONG).until(() -> !events("day.began").isEmpty());
        assertThat(events("day.began").size()).isLessThanOrEqualTo(2);
    }

    /** As a careful writer does it: under another name first. */
    private static void put(String name, String text) throws IOException {
        var written = Files.writeString(inbox.resolve(name + ".part"), text);
        Files.move(written, inbox.resolve(name), StandardCopyOption.ATOMIC_MOVE);
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
}
