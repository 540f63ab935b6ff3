package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import java.util.stream.StreamSupport;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Connectors with clients of their own, all the way from the API. */
class PooledFlowTest extends Flow {

    @Test
    void allOfThemAreListedAndReady() {
        assertThat(StreamSupport.stream(
                                api.get("/v1/connectors?limit=250")
                                        .expect(200)
                                        .json()
                                        .path("data")
                                        .spliterator(),
                                false)
                        .filter(connector -> connector.path("state").asText().equals("ready"))
                        .map(connector -> connector.path("name").asText()))
                .contains("email", "sql", "kafka", "jms", "amqp", "s3", "file");
    }

    @Test
    void eventsBecomeRowsOnceThoughReplayed() {
        var database = database();
        var id = create("""
                {"events":["order.created"],"connector":"sql","config":{
                  "url":"jdbc:h2:mem:pooledflow","username":"sa","password":"secret-of-sa",
                  "statement":"insert into orders (id, number) values (:id, :number)",
                  "parameters":{"id":"id","number":"data.number"}}}""");

        publishMany(0, 5);
        await().atMost(SOON).until(() -> rows(database) == 5);
        api.post("/v1/subscriptions/%s/replay".formatted(id), "{\"since\":\"2020-01-01T00:00:00Z\"}")
                .expect(202);

        await().atMost(SOON).until(() -> deliveries(id, "succeeded").size() == 10);
        assertThat(rows(database)).isEqualTo(5);
        var config = subscription(id).path("config");
        assertThat(config.path("password").asText()).isEqualTo("***");
        assertThat(config.toString()).doesNotContain("secret-of-sa");
    }

    @Test
    void aClientIsClosedWhenItsSubscriptionGoes() {
        var database = database();
        var id = create("""
                {"events":["order.created"],"connector":"sql","config":{
                  "url":"jdbc:h2:mem:pooledflow","username":"sa","password":"secret-of-sa",
                  "statement":"insert into orders (id, number) values (:id, :number)",
                  "parameters":{"id":"id","number":"data.number"}}}""");
        publishMany(0, 1);
        await().atMost(SOON).until(() -> rows(database) == 1);
        assertThat(sessions(database)).isGreaterThan(1);

        api.delete("/v1/subscriptions/" + id).expect(204);

        await().atMost(SOON).until(() -> sessions(database) == 1);
    }

    /** With the one that asks. */
    private static int sessions(JdbcClient database) {
        return database.sql("select count(*) from information_schema.sessions")
                .query(Integer.class)
                .single();
    }

    @Test
    void aRefusedMailIsExhaustedAtOnceAndTheSubscriptionGoesOn() {
        var mail = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
        mail.start();
        try {
            var id = create("""
                    {"events":["order.created"],"connector":"email","config":{"host":"127.0.0.1","port":%d,"security":"none",
                     "from":"shop@example.com","to":"data.number = 0 ? 'nobody' : 'ann@example.com'"},"retry":{"schedule":[]}}""".formatted(mail.getSmtp().getPort()));

            publishMany(0, 2);

            await().atMost(SOON).until(() -> mail.getReceivedMessages().length == 1);
            await().atMost(SOON).until(() -> deliveries(id, "exhausted").size() == 1);
            assertThat(subscription(id).path("state").asText()).isEqualTo("active");
        } finally {
            mail.stop();
        }
    }

    @Test
    void whatCannotBeUsedIsRefusedWithItsPlace() {
        assertThat(api.post("/v1/subscriptions", """
                                {"events":["x"],"connector":"sql","config":{"url":"jdbc:h2:mem:x;INIT=RUNSCRIPT FROM 'x'",
                                 "statement":"insert into t values (:a)"}}""").expect(422).text())
                .contains("/config/url", "/config/parameters/a");
        assertThat(api.post("/v1/connectors/sql/check", """
                                {"config":{"url":"jdbc:h2:mem:nobodys","username":"sa","statement":"update t set a = 1"}}""")
                        .expect(200)
                        .json()
                        .path("ok")
                        .booleanValue())
                .isFalse();
    }

    private JsonNode deliveries(String subscription, String status) {
        return api.get("/v1/deliveries?subscription=%s&status=%s".formatted(subscription, status))
                .json()
                .path("data");
    }

    private static JdbcClient database() {
        var source = new JdbcDataSource();
        source.setURL("jdbc:h2:mem:pooledflow;DB_CLOSE_DELAY=-1");
        source.setUser("sa");
        source.setPassword("secret-of-sa");
        var client = JdbcClient.create(source);
        client.sql("drop table if exists orders").update();
        client.sql("create table orders (id varchar(60) primary key, number int)")
                .update();
        return client;
    }

    private static int rows(JdbcClient database) {
        return database.sql("select count(*) from orders").query(Integer.class).single();
    }
}
