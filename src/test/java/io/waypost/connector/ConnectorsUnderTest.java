package io.waypost.connector;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.connection.ConnectionStore;
import io.waypost.connector.connection.MemoryConnections;
import io.waypost.event.Event;
import io.waypost.platform.Json;
import io.waypost.platform.Quotas;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.due.DueWatch;
import io.waypost.platform.due.TestDue;
import io.waypost.testing.TestNames;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spring.boot.CamelContextConfiguration;
import org.apache.camel.spring.spi.ApplicationContextBeanRepository;
import org.apache.camel.support.DefaultRegistry;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/** All connectors on a Camel context of their own. */
public final class ConnectorsUnderTest implements AutoCloseable {

    public static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    private final AnnotationConfigApplicationContext spring = new AnnotationConfigApplicationContext();
    private final DefaultCamelContext camel;

    public ConnectorsUnderTest(boolean allowPrivateNetworks, Path connectorsDir) {
        camel = new DefaultCamelContext(new DefaultRegistry(new ApplicationContextBeanRepository(spring)));
        spring.registerBean(CamelContext.class, () -> camel);
        spring.registerBean(Clock.class, () -> Clock.fixed(NOW, ZoneOffset.UTC));
        spring.registerBean(WaypostProperties.class, () -> settings(allowPrivateNetworks, connectorsDir));
        spring.registerBean(ConnectionStore.class, MemoryConnections::new);
        spring.registerBean(DueWatch.class, TestDue::new);
        spring.registerBean(Quotas.class, () -> (_, _, _, _) -> {});
        spring.registerBean(SecretFieldStore.class, MemorySecretFields::new);
        spring.registerBean(TestNames.class, (BeanDefinition names) -> names.setPrimary(true));
        spring.scan("io.waypost.connector", "io.waypost.subscription.jsonata");
        spring.refresh();
        camel.start();
        spring.getBeansOfType(CamelContextConfiguration.class).values().forEach(c -> c.afterApplicationStart(camel));
    }

    public static ConnectorsUnderTest onLoopback() {
        return new ConnectorsUnderTest(true, Path.of("no-such-directory"));
    }

    public static WaypostProperties settings(boolean allowPrivateNetworks, Path connectorsDir) {
        var source = new MapConfigurationPropertySource();
        source.put("waypost.allow-private-networks", allowPrivateNetworks);
        source.put("waypost.destinations", "*");
        source.put("waypost.connectors-dir", connectorsDir.toString());
        return new Binder(source).bindOrCreate("waypost", WaypostProperties.class);
    }

    public <T> T get(Class<T> type) {
        return spring.getBean(type);
    }

    public CamelContext camel() {
        return camel;
    }

    public ConnectorCatalog catalog() {
        return get(ConnectorCatalog.class);
    }

    public Connector connector(String name) {
        return catalog().find(name).orElseThrow();
    }

    public Outcome send(String connector, String config) {
        return connector(connector).send(message(connector, config));
    }

    public static Message message(String connector, String config) {
        return message(connector, config, event("{\"n\":1}"));
    }

    public static Message message(String connector, String config, Event event) {
        return new Message(
                connector,
                object(config),
                null,
                List.of(),
                event,
                null,
                "dlv_1",
                1,
                false,
                false,
                NOW,
                Duration.ofSeconds(5),
                Message.SuccessTest.ANY_2XX);
    }

    public static Message batched(String connector, String config, Message.Batch batch) {
        var m = message(connector, config, batch.events().getFirst());
        return new Message(
                m.connector(),
                m.config(),
                null,
                m.secrets(),
                m.event(),
                null,
                m.delivery(),
                1,
                false,
                false,
                m.at(),
                m.timeout(),
                m.success(),
                batch);
    }

    /** A message whose attempt may take little time. */
    public static Message brief(String connector, String config) {
        var m = message(connector, config);
        return new Message(
                m.connector(),
                m.config(),
                null,
                m.secrets(),
                m.event(),
                null,
                m.delivery(),
                1,
                false,
                false,
                m.at(),
                Duration.ofMillis(700),
                m.success());
    }

    public static Event event(String data) {
        return new Event(
                7,
                NOW,
                "default",
                "message.opened",
                "/crm",
                null,
                null,
                NOW.minusSeconds(60),
                false,
                null,
                data,
                false);
    }

    public static ObjectNode object(String json) {
        return (ObjectNode) Json.read(json.replace('\'', '"'));
    }

    @Override
    public void close() {
        camel.stop();
        spring.close();
    }
}
