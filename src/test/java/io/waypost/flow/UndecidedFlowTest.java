package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.store.jdbc.TestDatabases;
import io.waypost.testing.Api;
import io.waypost.testing.Client;
import io.waypost.testing.Gateway;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A commit that hangs for longer than anybody waits, and then comes through after all. */
class UndecidedFlowTest {

    private static final Duration SOON = Duration.ofSeconds(30);

    private static Gateway gateway;
    private static String url;

    private final Api api = gateway.tenant();
    private Connection holder;

    @BeforeAll
    static void start() throws SQLException {
        url = TestDatabases.postgresUrl();
        gateway =
                Gateway.with(Map.of("waypost.db.url", url, "waypost.db.user", "postgres", "waypost.db.timeout", "2s"));
        try (var connection = DriverManager.getConnection(url);
                var statement = connection.createStatement()) {
            statement.execute("""
                    create function hang() returns trigger language plpgsql as '
                    begin
                        perform set_config(''lock_timeout'', ''0'', true);
                        perform pg_advisory_xact_lock(42);
                        return null;
                    end'
                    """);
            // In the commit.
            statement.execute("""
                    create constraint trigger hang after insert on event_place deferrable initially deferred
                       for each row when (new.type like 'hang.%') execute function hang()
                    """);
        }
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private void hold(String sql) throws SQLException {
        holder = DriverManager.getConnection(url);
        holder.setAutoCommit(false);
        try (var statement = holder.createStatement()) {
            statement.execute(sql);
        }
    }

    @AfterEach
    void letGo() throws SQLException {
        holder.close();
    }

    @Test
    void theIdsThatAreGivenMakeARepetitionKnown() throws SQLException {
        var event = "{\"type\":\"hang.plain\",\"data\":{\"n\":1.10}%s}";
        hold("select pg_advisory_xact_lock(42)");

        var unknown = undecided("[%s,%s]".formatted(event.formatted(""), event.formatted("")));
        letGo();

        var ids = StreamSupport.stream(unknown.path("events").spliterator(), false)
                .map(e -> ",\"id\":\"%s\"".formatted(e.path("id").textValue()))
                .toList();
        assertThat(ids).hasSize(2).doesNotHaveDuplicates();
        var again = repeated("[%s,%s]".formatted(event.formatted(ids.get(0)), event.formatted(ids.get(1))));
        assertThat(again.path("events")).isEqualTo(withDuplicates(unknown.path("events")));
        assertThat(stored("hang.plain")).isEqualTo(2);
    }

    @Test
    void anIdOfOnesOwnMakesARepetitionKnown() throws SQLException {
        var event = "{\"type\":\"hang.own\",\"id\":\"o-1\"}";
        hold("select pg_advisory_xact_lock(42)");

        var unknown = undecided(event);
        letGo();

        assertThat(unknown.at("/events/0/id").textValue()).isEqualTo("o-1");
        assertThat(repeated(event).at("/events/0/duplicate").booleanValue()).isTrue();
        assertThat(stored("hang.own")).isEqualTo(1);
    }

    @Test
    void anIdempotencyKeyMakesARepetitionKnown() throws SQLException {
        var events = "[{\"type\":\"hang.key\"},{\"type\":\"hang.key\"}]";
        hold("select pg_advisory_xact_lock(42)");

        undecided(events, "Idempotency-Key", "k-1");
        letGo();

        var again = repeated(events, "Idempotency-Key", "k-1");
        assertThat(again.path("events")).allMatch(e -> e.path("duplicate").booleanValue());
        assertThat(stored("hang.key")).isEqualTo(2);
    }

    @Test
    void whatDidNotComeToACommitIsSaidToBeNotStored() throws SQLException {
        hold("select last_seq from log_head for update");

        var refused = api.post("/v1/events", "{\"type\":\"hang.before\"}").expect(503);
        letGo();

        assertThat(refused.json().path("type").textValue()).isEqualTo("/problems/overloaded");
        assertThat(refused.json().path("detail").textValue()).contains("not stored");
        repeated("{\"type\":\"hang.before\"}");
        assertThat(stored("hang.before")).isEqualTo(1);
    }

    /** What is said of events that are being committed; on a busy machine they may not get there at the first try. */
    private JsonNode undecided(String events, String... headers) {
        var answer = await().atMost(SOON)
                .until(
                        () -> api.post("/v1/events", events, headers).expect(503),
                        refused -> !refused.json().path("type").textValue().equals("/problems/overloaded"));
        assertThat(answer.json().path("type").textValue()).isEqualTo("/problems/outcome-unknown");
        assertThat(answer.header("Retry-After")).isNotNull();
        return answer.json();
    }

    /** As a client does it: again as long as it gets a 503. */
    private JsonNode repeated(String events, String... headers) {
        return await().atMost(SOON)
                .until(() -> api.post("/v1/events", events, headers), answer -> answer.status() == 202)
                .json();
    }

    private static JsonNode withDuplicates(JsonNode ids) {
        var expected = ids.deepCopy();
        expected.forEach(e -> ((ObjectNode) e).put("duplicate", true));
        return expected;
    }

    private int stored(String type) {
        return new Client(api).list("/v1/events", "type=" + type).size();
    }
}
