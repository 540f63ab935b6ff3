package io.waypost.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.campaign.CampaignStore;
import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.connection.Connections;
import io.waypost.connector.connection.Credentials;
import io.waypost.delivery.circuit.CircuitState;
import io.waypost.delivery.circuit.CircuitStates;
import io.waypost.delivery.runs.DispatchRuns;
import io.waypost.event.EventLog;
import io.waypost.event.EventTypes;
import io.waypost.intake.EventReader;
import io.waypost.intake.Intake;
import io.waypost.platform.Json;
import io.waypost.platform.SecretBox;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.clock.HostOffset;
import io.waypost.platform.secret.SecretKeys;
import io.waypost.platform.storage.Backups;
import io.waypost.platform.storage.StorageWatch;
import io.waypost.replay.Activation;
import io.waypost.replay.Deliveries;
import io.waypost.replay.Replays;
import io.waypost.replay.TestSend;
import io.waypost.route.Routes;
import io.waypost.subscription.SubscriptionIndex;
import io.waypost.subscription.Subscriptions;
import io.waypost.tenancy.AdminKey;
import io.waypost.tenancy.ApiKeys;
import io.waypost.tenancy.Idempotency;
import io.waypost.tenancy.Scope;
import io.waypost.tenancy.Tenants;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;

/** The API on a real Tomcat, over parts that only remember what they were asked. One context serves all such tests. */
@SpringBootTest(
        classes = TestApi.World.class,
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "server.address=127.0.0.1",
            "waypost.drain=0s",
            "waypost.admin-key=" + TestApi.ADMIN,
            "management.prometheus.metrics.export.enabled=true",
            "spring.autoconfigure.exclude=org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration,"
                    + "org.springframework.boot.autoconfigure.flyway.FlywayAutoConfiguration,"
                    + "org.apache.camel.spring.boot.CamelAutoConfiguration"
        })
@ResourceLock("the API over parts")
public abstract class TestApi {

    public static final String ADMIN = "the-admin-key";
    public static final String JSON = "application/json";

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    /** An answer. */
    public record Reply(int status, HttpResponse<byte[]> response) {

        public String header(String name) {
            return response.headers().firstValue(name).orElse(null);
        }

        public JsonNode json() {
            return Json.read(response.body());
        }

        public String text() {
            return new String(response.body(), StandardCharsets.UTF_8);
        }

        public Reply isProblem(int expected) {
            assertThat(status).as(text()).isEqualTo(expected);
            assertThat(header("Content-Type")).isEqualTo("application/problem+json");
            assertThat(json().path("status").intValue()).isEqualTo(expected);
            for (var name : Set.of("type", "title", "detail", "instance")) {
                assertThat(json().path(name).isTextual()).as(name).isTrue();
            }
            return this;
        }

        /** The pointers of a 422, parted by blanks. */
        public String pointers() {
            isProblem(422);
            return String.join(" ", json().get("errors").findValuesAsText("pointer"));
        }
    }

    @LocalServerPort
    protected int port;

    @Autowired
    protected FakeParts parts;

    @Autowired
    private ApiKeys keys;

    @BeforeEach
    void forget() {
        parts.clear();
    }

    /** A new key of a tenant, which is made if need be. */
    protected String key(String tenant, Scope... scopes) {
        parts.tenants.add(tenant);
        return keys.create(tenant, "a key", Set.of(scopes)).text();
    }

    protected Reply get(String path) throws Exception {
        return get(path, ADMIN);
    }

    protected Reply get(String path, String key) throws Exception {
        return send("GET", path, key, null, null);
    }

    protected Reply post(String path, String json) throws Exception {
        return post(path, ADMIN, json);
    }

    protected Reply post(String path, String key, String json) throws Exception {
        return send("POST", path, key, JSON, json.getBytes(StandardCharsets.UTF_8));
    }

    protected Reply send(String method, String path, String key, String type, byte[] body, String... headers)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        if (type != null) {
            request.header("Content-Type", type);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        var response = CLIENT.send(request.build(), BodyHandlers.ofByteArray());
        return new Reply(response.statusCode(), response);
    }

    @SpringBootConfiguration
    @EnableAutoConfiguration
    @EnableConfigurationProperties(WaypostProperties.class)
    @ComponentScan("io.waypost.api")
    static class World {

        @Bean
        DispatchRuns dispatchRuns() {
            return _ -> 0;
        }

        @Bean
        FakeParts parts() {
            return new FakeParts();
        }

        @Bean
        Intake intake(FakeParts parts) {
            return parts.intake();
        }

        @Bean
        EventLog log(FakeParts parts) {
            return parts.log();
        }

        @Bean
        Subscriptions subscriptions(FakeParts parts) {
            return parts.subscriptions();
        }

        @Bean
        Activation activation(FakeParts parts) {
            return parts.activation();
        }

        @Bean
        CircuitStates circuits(FakeParts parts) {
            return no -> parts.circuits.getOrDefault(no, CircuitState.CLOSED);
        }

        @Bean
        Deliveries deliveries(FakeParts parts) {
            return parts.deliveries();
        }

        @Bean
        Replays replays(FakeParts parts) {
            return parts.replays();
        }

        @Bean
        TestSend testSend(FakeParts parts) {
            return parts.testSend();
        }

        @Bean
        Routes routes() {
            return mock(Routes.class); // without any
        }

        @Bean
        ConnectorCatalog catalog(FakeParts parts) {
            return parts.catalog();
        }

        @Bean
        Connections connections() {
            return mock(Connections.class); // only there to be described
        }

        @Bean
        CampaignStore campaigns() {
            return mock(CampaignStore.class); // the same
        }

        @Bean
        EventTypes types(FakeParts parts, Clock clock) {
            return new EventTypes(parts.stores.typeStore(), (_, _, _, _) -> {});
        }

        @Bean
        EventReader reader(Tenants tenants, EventTypes types) {
            return new EventReader(tenants, types);
        }

        @Bean
        SecretKeys secretKeys() {
            return () -> new SecretKeys.Status(true, 0, 0, 0, List.of());
        }

        @Bean
        SubscriptionIndex subscriptionIndex() {
            return mock(SubscriptionIndex.class); // with nothing unreadable
        }

        @Bean
        Credentials credentials() {
            return (_, _) -> Optional.empty();
        }

        @Bean
        StorageWatch storage() {
            return mock(StorageWatch.class); // without trouble
        }

        @Bean
        Backups backups() {
            return () -> {
                throw new UnsupportedOperationException();
            };
        }

        @Bean
        HostOffset offset() {
            return () -> Duration.ZERO;
        }

        @Bean
        Clock clock() {
            return Clock.systemUTC();
        }

        @Bean
        Tenants tenants(FakeParts parts, Clock clock) {
            return new Tenants(parts.stores.tenantStore(), clock);
        }

        @Bean
        ApiKeys keys(FakeParts parts, Tenants tenants, WaypostProperties properties, Clock clock) {
            return new ApiKeys(parts.stores.keyStore(), tenants, new AdminKey(properties), (_, _, _, _) -> {}, clock);
        }

        @Bean
        Idempotency idempotency(FakeParts parts, Clock clock) {
            return new Idempotency(parts.stores.idempotencyStore(), new OpenBox(), clock);
        }
    }

    /** A box that hides nothing. */
    private static final class OpenBox implements SecretBox {

        @Override
        public String seal(Place place, String text) {
            return text;
        }

        @Override
        public String open(Place place, String sealed) {
            return sealed;
        }

        @Override
        public String sign(String purpose, String text) {
            return purpose + text;
        }
    }
}
