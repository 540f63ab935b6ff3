package io.waypost.seeds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.waypost.flow.Flow;
import io.waypost.store.jdbc.TestDatabases;
import io.waypost.testing.Gateway;
import io.waypost.testing.Receiver;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** The examples of flows, with a real database and a real mail server. */
class FlowExamplesSeedTest extends Flow {

    private static final Path EXAMPLES = Path.of("routes/examples");
    private static final Pattern CREATE = Pattern.compile("#\\s+(create table [^;]*);");

    private static GreenMail mail;
    private static Receiver service;
    private static JdbcClient shop;
    private static Gateway own;

    FlowExamplesSeedTest() {
        super(own);
    }

    @BeforeAll
    static void start() throws IOException {
        mail = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
        mail.start();
        service = new Receiver().answers(FlowExamplesSeedTest::answer);
        var database = TestDatabases.postgresUrl();
        shop = JdbcClient.create(new DriverManagerDataSource(database));
        var directory = Files.createTempDirectory("examples");
        for (var example : List.of("promotion-code", "order-inventory", "withdrawal-sms", "bounce-digest")) {
            var text = Files.readString(EXAMPLES.resolve(example + ".camel.yaml"));
            CREATE.matcher(text).results().forEach(table -> shop.sql(table.group(1))
                    .update());
            Files.writeString(directory.resolve(example + ".camel.yaml"), text);
        }
        own = Gateway.with(settings(directory, database));
    }

    private static Map<String, Object> settings(Path directory, String database) {
        var settings = new LinkedHashMap<String, Object>();
        settings.put("waypost.routes-dir", directory);
        settings.put("waypost.flows.datasources.shop.url", database);
        var properties = "waypost.flows.properties.";
        settings.put(properties + "mail-host", "127.0.0.1");
        settings.put(properties + "mail-port", mail.getSmtp().getPort());
        settings.put(properties + "mail-from", "news@example.com");
        settings.put(properties + "twilio-account", "AC12345678");
        settings.put(properties + "twilio-token", "t0k&n=%20+x");
        settings.put(properties + "twilio-from", "+15550001");
        settings.put(properties + "twilio-api", service.url(""));
        settings.put(properties + "sms-to", "+15558675310");
        settings.put(properties + "slack-webhook", service.url("/slack"));
        settings.put(properties + "digest-millis", 1000);
        return settings;
    }

    private static void answer(Receiver.Received request, com.sun.net.httpserver.HttpExchange exchange)
            throws IOException {
        if (request.path().equals("/slack")) {
            Receiver.text(200, "ok").to(request, exchange);
        } else {
            Receiver.text(201, "{\"sid\":\"SM1\"}").to(request, exchange);
        }
    }

    @AfterAll
    static void stop() {
        own.close();
        mail.stop();
        service.close();
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
    @DisplayName("J3, J4: the first open within 24 hours of the sending is mailed a code; no code is given twice")
    void j3j4() throws Exception {
        shop.sql("insert into promotion_code (code) values ('AAA'), ('BBB'), ('CCC')")
                .update();
        awaitDelivery(
                publish("{\"type\":\"campaign.sent\",\"data\":{\"campaign\":{\"id\":\"spring\"},"
                        + "\"sentAt\":\"2026-03-01T12:00:00Z\"}}"),
                "succeeded");

        awaitDelivery(opened("ana", "spring", "2026-03-02T11:59:00Z"), "succeeded");
        awaitDelivery(opened("ana", "spring", "2026-03-02T11:59:30Z"), "succeeded");
        awaitDelivery(opened("late", "spring", "2026-03-02T12:01:00Z"), "succeeded");
        awaitDelivery(opened("ana", "unknown", "2026-03-01T13:00:00Z"), "succeeded");
        assertThat(recipients()).containsExactly("ana@example.com");

        var twins = new ArrayList<String>();
        for (int i = 0; i < 8; i++) {
            twins.add(opening("bob", "spring", "2026-03-01T12:30:00Z"));
        }
        api.post("/v1/events", twins.toString())
                .expect(202)
                .json()
                .path("events")
                .forEach(event -> awaitDelivery(event.path("id").textValue(), "succeeded"));
        awaitDelivery(opened("cid", "spring", "2026-03-01T12:30:00Z"), "succeeded");

        assertThat(recipients()).containsExactlyInAnyOrder("ana@example.com", "bob@example.com", "cid@example.com");
        assertThat(codes()).containsExactlyInAnyOrder("AAA", "BBB", "CCC");
    }

    @Test
    @DisplayName("J6: a withdrawal is told by SMS with its details, a deposit is not")
    void j6() {
        var deposit = change("250.00");
        var withdrawal = change("-250.50");
        awaitDelivery(withdrawal, "succeeded");

        assertThat(deliveries("event=" + deposit)).isEmpty();
        assertThat(service.received().stream().filter(r -> r.path().endsWith("/Messages.json")))
                .singleElement()
                .satisfies(r -> {
                    assertThat(r.path()).isEqualTo("/2010-04-01/Accounts/AC12345678/Messages.json");
                    assertThat(URLDecoder.decode(r.body(), StandardCharsets.UTF_8))
                            .contains("From=+15550001", "To=+15558675310")
                            .contains("250.5 EUR left account DE00 1234 (Cash & more). Balance: 1000");
                });
    }

    @Test
    @DisplayName("R6, R9: an order takes its items from the stock once, also when it is delivered again, and tells")
    void r6r9() {
        shop.sql("insert into stock (sku, available) values ('A', 10), ('B', 5)")
                .update();
        var told =
                create("{\"event\":\"inventory.updated\",\"url\":\"%s\",\"ordered\":true}".formatted(receiver.url()));

        var order = publish("{\"type\":\"order.created\",\"data\":{\"number\":7,\"items\":["
                + "{\"sku\":\"A\",\"quantity\":2},{\"sku\":\"B\",\"quantity\":1},{\"sku\":\"A\",\"quantity\":1}]}}");
        var delivery = awaitDelivery(order, "succeeded");
        awaitReceived(2);
        assertThat(stock()).isEqualTo(Map.of("A", 7, "B", 4));

        api.post("/v1/deliveries/%s/retry".formatted(delivery.path("id").textValue()), "{}")
                .expect(202);
        await().atMost(SOON)
                .until(() -> api.get("/v1/deliveries/" + delivery.path("id").textValue())
                                .json()
                                .path("attemptCount")
                                .intValue()
                        == 2);
        awaitDelivery(
                publish(
                        "{\"type\":\"order.created\",\"data\":{\"number\":8,\"items\":[{\"sku\":\"B\",\"quantity\":1}]}}"),
                "succeeded");

        assertThat(stock()).isEqualTo(Map.of("A", 7, "B", 3));
        awaitReceived(3);
        assertThat(receiver.received())
                .extracting(r -> body(r).at("/data/sku").textValue() + body(r).at("/data/available"))
                .containsExactly("A7", "B4", "B3");
        api.delete("/v1/subscriptions/" + told);
    }

    @Test
    @DisplayName("J5: hard bounces are one message to Slack, every so often")
    void j5digest() {
        for (var name : List.of("ana", "bob", "cid")) {
            publish("{\"type\":\"message.bounced\",\"data\":{\"hard\":true,\"error\":\"user unknown\","
                    + "\"contact\":{\"email\":\"%s@example.com\"}}}".formatted(name));
        }
        publish("{\"type\":\"message.bounced\",\"data\":{\"hard\":false,\"contact\":{\"email\":\"dan@example.com\"}}}");

        await().atMost(SOON).untilAsserted(() -> assertThat(digests())
                .as(api.get("/v1/deliveries").text())
                .contains("ana", "bob", "cid"));
        assertThat(digests()).contains("ana@example.com (user unknown)").doesNotContain("dan");
        assertThat(digests().split("hard bounces", -1).length - 1).isLessThan(3);
    }

    private static String digests() {
        return service.received().stream()
                .filter(r -> r.path().equals("/slack"))
                .map(Receiver.Received::body)
                .reduce("", String::concat);
    }

    private static Map<String, Integer> stock() {
        var stock = new LinkedHashMap<String, Integer>();
        shop.sql("select sku, available from stock")
                .query((row, _) -> stock.put(row.getString(1), row.getInt(2)))
                .list();
        return stock;
    }

    private String change(String amount) {
        return publish("{\"type\":\"account.balance_changed\",\"data\":{\"account\":\"DE00 1234\",\"change\":%s,"
                        .formatted(amount)
                + "\"balance\":1000.00,\"currency\":\"EUR\",\"text\":\"Cash & more\"}}");
    }

    private String opened(String who, String campaign, String at) {
        return publish(opening(who, campaign, at));
    }

    private static String opening(String who, String campaign, String at) {
        return "{\"type\":\"message.opened\",\"time\":\"%s\",\"data\":{\"contact\":{\"email\":\"%s@example.com\"},\"campaign\":{\"id\":\"%s\"}}}"
                .formatted(at, who, campaign);
    }

    private static List<String> recipients() throws Exception {
        var all = new ArrayList<String>();
        for (var message : mail.getReceivedMessages()) {
            all.add(message.getAllRecipients()[0].toString());
        }
        return all;
    }

    private static List<String> codes() {
        return Arrays.stream(mail.getReceivedMessages())
                .map(FlowExamplesSeedTest::code)
                .toList();
    }

    private static String code(MimeMessage message) {
        try {
            return message.getContent().toString().strip().replaceFirst(".*Your code: ", "");
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
