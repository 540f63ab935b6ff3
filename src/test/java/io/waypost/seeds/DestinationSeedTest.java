package io.waypost.seeds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.flow.Flow;
import io.waypost.platform.Json;
import io.waypost.testing.Receiver;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Rows of several seeds about where events go: a chat, a mailbox, a database. */
class DestinationSeedTest extends Flow {

    private static final String OPENED = """
            {"contact": {"email": "%s", "name": "Ana <Silva>"}, "campaign": {"id": "%s", "name": "February offers"},
             "firstOpen": true, "secondsSinceSent": %d}""";

    @Test
    @DisplayName("J1: only chosen events reach Slack, by a template, and what Slack holds back goes when Slack says")
    void j1() {
        receiver.answers((request, exchange) -> {
            var held = receiver.received().size() == 1;
            if (held) {
                exchange.getResponseHeaders().set("Retry-After", "60");
            }
            Receiver.text(held ? 429 : 200, held ? "rate_limited" : "ok").to(request, exchange);
        });
        create("""
                {"events": ["message.opened"], "filter": {"data": {"campaign": {"id": ["c1"]}}}, "connector": "slack",
                 "config": {"webhookUrl": "%s", "text": "$slackEscape(data.contact.name) & ' opened *' & data.campaign.name & '*'"}}
                """.formatted(receiver.url("/services/T0/B0/x")));

        var chosen = opened("ana@example.com", "c1", 60);
        var other = opened("ana@example.com", "c2", 60);
        publishData("message.clicked", Json.read("{\"campaign\":{\"id\":\"c1\"}}"));

        var waiting = awaitDelivery(chosen, "retrying");
        assertThat(waiting.at("/attempts/0/error").textValue()).isEqualTo("rate_limited");
        gateway.clock().advance(Duration.ofSeconds(61));
        assertThat(awaitDelivery(chosen, "succeeded").path("attempts")).hasSize(2);
        assertThat(receiver.received()).hasSize(2).allSatisfy(r -> {
            assertThat(r.method() + " " + r.path()).isEqualTo("POST /services/T0/B0/x");
            assertThat(r.body()).isEqualTo("{\"text\":\"Ana &lt;Silva&gt; opened *February offers*\"}");
        });
        assertThat(deliveries("event=" + other)).isEmpty();
    }

    @Test
    @DisplayName("J4: everyone who opened the e-mail in time is sent an e-mail with the promotional code")
    void j4() throws Exception {
        try (var mail = new MailServer()) {
            create("""
                    {"events": ["message.opened"], "connector": "email",
                     "condition": "data.firstOpen and data.secondsSinceSent <= 86400",
                     "config": {"host": "127.0.0.1", "port": %d, "security": "none", "from": "Shop <shop@example.com>",
                      "to": "data.contact.email", "subject": "'A code for ' & data.contact.name",
                      "text": "'Your code is SPRING-24, until ' & $date($millis() + 86400000, 'd MMMM yyyy', 'Europe/Berlin') & '.'"}}
                    """.formatted(mail.port()));

            var inTime = opened("ana@example.com", "c1", 86_340);
            opened("late@example.com", "c1", 86_460);

            awaitDelivery(inTime, "succeeded");
            opened("bea@example.com", "c1", 10);
            await().atMost(SOON).until(() -> mail.received().size() == 2);
            assertThat(mail.received().getFirst())
                    .matches("ana@example\\.com\\|A code for Ana <Silva>\\|"
                            + "Your code is SPRING-24, until \\d{1,2} [A-Z][a-z]+ \\d{4}\\.");
            assertThat(mail.received().getLast()).startsWith("bea@example.com|");
        }
    }

    @Test
    @DisplayName(
            "R11: who opens, clicks or reaches a goal gets an e-mail of one's own, or is told to another application")
    void r11() throws Exception {
        try (var mail = new MailServer()) {
            mailTo(
                    "message.opened",
                    mail,
                    "\"filter\":{\"data\":{\"campaign\":{\"id\":[\"spring\"]}}}",
                    "'Hello ' & data.contact.fields.FNAME",
                    "data.contact.fields.CITY & ' has a shop of ours.'");
            mailTo(
                    "goal.reached",
                    mail,
                    "\"condition\":\"data.goal.name = 'basket' and data.contact.fields.VIP = 'yes'\"",
                    "data.contact.name & ', your basket'",
                    "'Dear ' & data.contact.name & ': ' & data.goal.url");
            create("""
                    {"events": ["message.clicked"], "filter": {"data": {"url": [{"prefix": "https://shop.example.com/shoes"}]}},
                     "connector": "http",
                     "config": {"url": "%s", "method": "PUT", "path": "'/' & $encodeUrlComponent(data.contact.email)",
                      "body": "{'first_name': data.contact.fields.FNAME, 'city': data.contact.fields.CITY, 'likes': 'shoes'}"}}
                    """.formatted(receiver.url("/crm/contacts")));

            var opened = did("message.opened", "ana", "\"campaign\":{\"id\":\"spring\"}");
            var clicked = did("message.clicked", "bea", "\"url\":\"https://shop.example.com/shoes/7\"");
            var reached = did(
                    "goal.reached",
                    "cid",
                    "\"goal\":{\"id\":\"g1\",\"name\":\"basket\",\"url\":\"https://shop.example.com/basket\"}");
            var others = List.of(
                    did("message.opened", "dan", "\"campaign\":{\"id\":\"autumn\"}"),
                    did("message.clicked", "dan", "\"url\":\"https://shop.example.com/imprint\""),
                    did("goal.reached", "dan", "\"goal\":{\"id\":\"g2\",\"name\":\"login\"}"));

            for (var event : List.of(opened, clicked, reached)) {
                awaitDelivery(event, "succeeded");
            }
            assertThat(mail.received())
                    .containsExactlyInAnyOrder(
                            "ana@example.com|Hello Ana|Zürich has a shop of ours.",
                            "cid@example.com|Cid Müller, your basket|Dear Cid Müller: https://shop.example.com/basket");
            assertThat(receiver.received()).singleElement().satisfies(r -> {
                assertThat(r.method() + " " + r.path()).isEqualTo("PUT /crm/contacts/bea@example.com");
                assertThat(r.body()).isEqualTo("{\"first_name\":\"Bea\",\"city\":\"Zürich\",\"likes\":\"shoes\"}");
            });
            assertThat(others).allSatisfy(event -> assertThat(deliveries("event=" + event))
                    .isEmpty());
        }
    }

    private void mailTo(String event, MailServer mail, String rule, String subject, String text) {
        create("""
                {"events": ["%s"], %s, "connector": "email",
                 "config": {"host": "127.0.0.1", "port": %d, "security": "none", "from": "Shop <shop@example.com>",
                  "to": "data.contact.email", "subject": "%s", "text": "%s"}}
                """.formatted(event, rule, mail.port(), subject, text));
    }

    private String did(String type, String who, String what) {
        var name = who.substring(0, 1).toUpperCase(Locale.ROOT) + who.substring(1);
        return publish("""
                {"type": "%s", "data": {%s, "contact": {"email": "%s@example.com", "name": "%s Müller",
                  "fields": {"FNAME": "%s", "CITY": "Zürich", "VIP": "yes"}}}}
                """.formatted(type, what, who, name, name));
    }

    @Test
    @DisplayName("R6: an event inserts a row and another updates it, with bound parameters, once for each event")
    void r6() {
        var database = database();
        connect("stock.counted", "insert into stock (event, sku, quantity) values (:event, :sku, :quantity)");
        connect("stock.changed", "update stock set quantity = :quantity, event = :event where sku = :sku");
        connect("stock.set", "merge into stock (event, sku, quantity) key (sku) values (:event, :sku, :quantity)");

        var counted = stock("stock.counted", "A'); drop table stock; --", 5);
        stock("stock.counted", "B", 7);
        stock("stock.changed", "B", 6);
        stock("stock.set", "B", 9);
        stock("stock.set", "C", 1);
        api.post("/v1/events/" + counted + "/replay", "{}").expect(202);

        await().atMost(SOON).untilAsserted(() -> assertThat(deliveries("event=" + counted))
                .hasSize(2)
                .allSatisfy(d -> assertThat(d.path("status").textValue()).isEqualTo("succeeded")));
        assertThat(rows(database))
                .containsExactly(
                        Map.of("SKU", "A'); drop table stock; --", "QUANTITY", 5),
                        Map.of("SKU", "B", "QUANTITY", 9),
                        Map.of("SKU", "C", "QUANTITY", 1));
    }

    private String opened(String email, String campaign, int secondsSinceSent) {
        return publishData("message.opened", Json.read(OPENED.formatted(email, campaign, secondsSinceSent)));
    }

    private void connect(String event, String statement) {
        JsonNode config = Json.object()
                .put("url", "jdbc:h2:mem:seedr6")
                .put("username", "sa")
                .put("password", "secret-of-sa")
                .put("statement", statement)
                .set("parameters", Json.read("{\"event\":\"id\",\"sku\":\"data.sku\",\"quantity\":\"data.quantity\"}"));
        create("{\"events\":[\"%s\"],\"connector\":\"sql\",\"config\":%s}".formatted(event, config));
    }

    /** Publishes and waits until it has been written. */
    private String stock(String type, String sku, int quantity) {
        var event = publishData(type, Json.object().put("sku", sku).put("quantity", quantity));
        awaitDelivery(event, "succeeded");
        return event;
    }

    private static JdbcClient database() {
        var source = new JdbcDataSource();
        source.setURL("jdbc:h2:mem:seedr6;DB_CLOSE_DELAY=-1");
        source.setUser("sa");
        source.setPassword("secret-of-sa");
        var client = JdbcClient.create(source);
        client.sql("create table stock (event varchar(60) primary key, sku varchar(60) unique, quantity int)")
                .update();
        return client;
    }

    private static List<Map<String, Object>> rows(JdbcClient database) {
        return database.sql("select sku, quantity from stock order by sku")
                .query()
                .listOfRows();
    }
}
