package io.waypost.route.camel;

import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.Expressions;
import io.waypost.connector.http.client.HttpExchange;
import io.waypost.platform.Json;
import io.waypost.route.check.Schemes;
import io.waypost.route.delivery.FlowSubscriptions;
import io.waypost.route.delivery.RunningFlows;
import io.waypost.route.resource.FlowBrokers;
import io.waypost.route.resource.FlowDatabases;
import io.waypost.route.resource.FlowGroups;
import io.waypost.route.resource.FlowSettings;
import io.waypost.route.resource.GroupedBodies;
import io.waypost.route.resource.GuardedHttp;
import java.time.Clock;
import java.util.Properties;
import org.apache.camel.CamelContext;
import org.apache.camel.LoggingLevel;
import org.apache.camel.component.direct.DirectComponent;
import org.apache.camel.component.jackson.JacksonDataFormat;
import org.apache.camel.component.properties.PropertiesComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.impl.engine.DefaultComponentResolver;
import org.apache.camel.model.RedeliveryPolicyDefinition;
import org.apache.camel.model.errorhandler.DefaultErrorHandlerDefinition;
import org.apache.camel.spi.ComponentResolver;
import org.apache.camel.spi.DataFormat;
import org.apache.camel.spi.DataFormatFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Makes the Camel contexts of flows. They are not the one of the pipeline: what runs in them finds none of its routes, beans
 * and components, and stopping them stops nothing of it.
 */
@Component
public final class FlowContexts {

    /** Seconds that exchanges under way get when a route is replaced or the gateway stops. */
    private static final int STOP_SECONDS = 8;

    /** How long a step waits for the route of a direct endpoint that is being replaced. */
    private static final long DIRECT_MILLIS = 3_000;

    private final FlowSettings settings;
    private final FlowDatabases databases;
    private final FlowBrokers brokers;
    private final FlowGroups groups;
    private final FlowSubscriptions subscriptions;
    private final RunningFlows running;
    private final FlowPublisher publisher;
    private final ConnectorCatalog connectors;
    private final Expressions expressions;
    private final HttpExchange http;
    private final Clock clock;

    FlowContexts(
            FlowSettings settings,
            FlowDatabases databases,
            FlowBrokers brokers,
            FlowGroups groups,
            FlowSubscriptions subscriptions,
            RunningFlows running,
            FlowPublisher publisher,
            ConnectorCatalog connectors,
            Expressions expressions,
            HttpExchange http,
            Clock clock) {
        this.settings = settings;
        this.databases = databases;
        this.brokers = brokers;
        this.groups = groups;
        this.subscriptions = subscriptions;
        this.running = running;
        this.publisher = publisher;
        this.connectors = connectors;
        this.expressions = expressions;
        this.http = http;
        this.clock = clock;
    }

    /** The one that flows run in, not started yet. */
    public DefaultCamelContext forRunning() {
        return make("flows", false);
    }

    /** One to try a file in, not started yet: routes are made in it, but nothing in it starts or subscribes. */
    public DefaultCamelContext forTrial() {
        var context = make("trial", true);
        context.setAutoStartup(false);
        return context;
    }

    private DefaultCamelContext make(String name, boolean trial) {
        var registry = groups.registry();
        databases.all().forEach(registry::bind);
        brokers.all().forEach(registry::bind);
        registry.bind("groupedBody", new GroupedBodies());
        registry.bind("jsonata", new JsonataLanguage(expressions));
        DataFormatFactory json = FlowContexts::json;
        registry.bind("jackson-dataformat-factory", json);
        var context = new DefaultCamelContext(registry);
        context.getCamelContextExtension().setName(name);
        context.disableJMX();
        context.setLoadTypeConverters(false);
        context.getShutdownStrategy().setTimeout(STOP_SECONDS);
        context.getShutdownStrategy().setLogInflightExchangesOnTimeout(false);
        properties(context);
        context.getCamelContextExtension().addContextPlugin(ComponentResolver.class, new AllowedComponents());
        UtcQuartz.addTo(context);
        context.addComponent("waypost", new WaypostComponent(subscriptions, running, publisher, trial));
        context.addComponent("kamelet", new ConnectorComponent(connectors, clock));
        context.getCamelContextExtension().addInterceptStrategy(new OutsideRules());
        FlowConverters.addTo(context);
        var direct = new DirectComponent();
        direct.setTimeout(DIRECT_MILLIS);
        context.addComponent("direct", direct);
        context.addComponent("http", GuardedHttp.component(http));
        context.addComponent("https", GuardedHttp.component(http));
        context.getCamelContextExtension().setErrorHandlerFactory(errorHandler());
        return context;
    }

    /** What marshal and unmarshal take: numbers keep their digits. */
    private static DataFormat json() {
        return new JacksonDataFormat(Json.MAPPER.copy(), Object.class);
    }

    /** The settings for flows, and nothing of the environment or of the process. */
    private void properties(CamelContext context) {
        var component = new PropertiesComponent();
        var values = new Properties();
        values.putAll(settings.properties());
        component.setInitialProperties(values);
        component.setEnvironmentVariableMode(PropertiesComponent.ENVIRONMENT_VARIABLES_MODE_NEVER);
        component.setSystemPropertiesMode(PropertiesComponent.SYSTEM_PROPERTIES_MODE_NEVER);
        context.setPropertiesComponent(component);
    }

    /** One line for what fails: the delivery log has more, and a stack of Camel's tells the author of a flow nothing. */
    private static DefaultErrorHandlerDefinition errorHandler() {
        var policy = new RedeliveryPolicyDefinition();
        policy.logStackTrace(false);
        policy.logExhaustedMessageHistory(false);
        policy.retriesExhaustedLogLevel(LoggingLevel.WARN);
        var handler = new DefaultErrorHandlerDefinition();
        handler.setRedeliveryPolicy(policy);
        // Where nothing is redelivered this level counts, and not the policy's.
        handler.setLevel(LoggingLevel.WARN.name());
        return handler;
    }

    /** Beside the check of the file: what is not for flows is not there. */
    private static final class AllowedComponents implements ComponentResolver {

        private final ComponentResolver all = new DefaultComponentResolver();

        @Override
        public org.apache.camel.@Nullable Component resolveComponent(String name, CamelContext context)
                throws Exception {
            // Simple looks things up in maps and lists by way of the bean component; no flow can write its name.
            return Schemes.allowed(name) || name.equals("bean") ? all.resolveComponent(name, context) : null;
        }
    }
}
