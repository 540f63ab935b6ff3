package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.waypost.testing.Receiver;
import io.waypost.testing.TokenServer;
import java.time.Duration;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Deliveries with the credential of a connection. */
class ConnectionFlowTest extends Flow {

    private String connect(String kind, String config) {
        return api.post("/v1/connections", "{\"name\":\"CRM\",\"kind\":\"%s\",\"config\":%s}".formatted(kind, config))
                .expect(201)
                .json()
                .path("id")
                .textValue();
    }

    @Test
    void twoSubscriptionsShareAConnectionAndBothUseWhatItIsChangedTo() {
        var connection = connect("bearer", "{\"token\":\"first\"}");
        var using = "\"connection\":\"%s\"".formatted(connection);
        var one = subscribeTo("order.created", receiver.url("/one"), using);
        create("""
                {"events":["order.created"],"connector":"http","config":{"url":"%s","body":"type"},%s}
                """.formatted(receiver.url("/two"), using));

        publish(1);
        awaitReceived(2);
        api.patch("/v1/connections/" + connection, "{\"config\":{\"token\":\"second\"}}")
                .expect(200);
        publish(2);
        awaitReceived(4);

        assertThat(came("/one")).isEqualTo("[Bearer first, Bearer second]");
        assertThat(came("/two")).isEqualTo("[Bearer first, Bearer second]");
        api.patch("/v1/subscriptions/" + one, "{\"connection\":null}").expect(200);
        publish(3);
        awaitReceived(6);
        assertThat(came("/one")).isEqualTo("[Bearer first, Bearer second, null]");
    }

    private String came(String path) {
        return receiver.received().stream()
                .filter(request -> request.path().equals(path))
                .map(request -> request.header("Authorization"))
                .toList()
                .toString();
    }

    @Test
    void aLoginIsThatOfAPooledConnectorToo() {
        var source = new JdbcDataSource();
        source.setURL("jdbc:h2:mem:connectionflow;DB_CLOSE_DELAY=-1");
        source.setUser("sa");
        source.setPassword("secret-of-sa");
        var database = JdbcClient.create(source);
        database.sql("create table orders (number int)").update();
        var connection = connect("basic", "{\"username\":\"sa\",\"password\":\"secret-of-sa\"}");
        create("""
                {"events":["order.created"],"connector":"sql","connection":"%s","config":{
                  "url":"jdbc:h2:mem:connectionflow","statement":"insert into orders (number) values (:number)",
                  "parameters":{"number":"data.number"}}}""".formatted(connection));

        awaitDelivery(publish(7), "succeeded");

        assertThat(database.sql("select number from orders")
                        .query(Integer.class)
                        .list())
                .containsExactly(7);
    }

    @Test
    void deliveriesAtOnceShareOneToken() {
        try (var tokens = new TokenServer()) {
            var connection = connect(
                    "oauth2",
                    "{\"tokenUrl\":\"%s\",\"clientId\":\"me\",\"clientSecret\":\"s3cret\"}".formatted(tokens.url()));
            subscribe("\"connection\":\"%s\",\"concurrency\":20".formatted(connection));
            assertThat(tokens.asked()).as("when it was saved").hasSize(1);

            publishMany(0, 40);
            awaitReceived(40);

            assertThat(receiver.received())
                    .extracting(request -> request.header("Authorization"))
                    .containsOnly("Bearer t1");
            assertThat(tokens.asked()).hasSize(1);
        }
    }

    @Test
    void aTokenEndpointThatIsDownFailsTheAttemptAndItsReturnLetsTheNextOneThrough() {
        try (var tokens = new TokenServer()) {
            tokens.answers((_, _) -> new TokenServer.Reply(503, ""));
            var connection = connect(
                    "oauth2",
                    "{\"tokenUrl\":\"%s\",\"clientId\":\"me\",\"clientSecret\":\"other\"}".formatted(tokens.url()));
            subscribe("\"connection\":\"%s\",\"retry\":{\"schedule\":[\"10m\"]}".formatted(connection));

            var event = publish(1);

            var delivery = awaitDelivery(event, "retrying");
            assertThat(delivery.at("/attempts/0/error").textValue()).isEqualTo("connector_failed");
            assertThat(delivery.at("/attempts/0/detail").textValue())
                    .isEqualTo("the token endpoint answered with status 503");
            assertThat(receiver.received()).isEmpty();
            tokens.answers((_, _) -> TokenServer.token("back", 3600));
            gateway.clock().advance(Duration.ofMinutes(13));
            awaitDelivery(event, "succeeded");
            assertThat(receiver.received())
                    .extracting(Receiver.Received::path, request -> request.header("Authorization"))
                    .containsExactly(tuple("/hook", "Bearer back"));
        }
    }
}
