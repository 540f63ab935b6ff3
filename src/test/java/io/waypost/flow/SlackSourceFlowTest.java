package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Gateway;
import io.waypost.testing.Receiver;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.CamelContext;
import org.apache.camel.support.PluginHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** From a channel of a Slack on loopback, by the example route and camel-slack, to a webhook. */
class SlackSourceFlowTest extends Flow {

    private static final String ROUTE = "slack-source";

    private final CamelContext camel = Gateway.shared().bean(CamelContext.class);
    private final AtomicInteger looks = new AtomicInteger();

    @AfterEach
    void removeRoute() throws Exception {
        camel.getRouteController().stopRoute(ROUTE);
        camel.removeRoute(ROUTE);
        camel.getPropertiesComponent().setOverrideProperties(null);
    }

    @Test
    void whatIsWrittenInAChannelReachesAWebhookOnceAndOldestFirst() throws Exception {
        try (var slack = new Receiver().answers((request, exchange) -> {
            var history = request.path().equals("/api/conversations.history");
            if (history) {
                looks.incrementAndGet();
            }
            Receiver.text(200, history ? HISTORY : CHANNELS).to(request, exchange);
        })) {
            subscribeTo("slack.message_posted", receiver.url(), "\"ordered\":true");
            load(slack);

            awaitReceived(2);
            await().atMost(SOON).until(() -> looks.get() >= 3);

            assertThat(receiver.received())
                    .as("Slack tells the same at every look")
                    .hasSize(2)
                    .extracting(r -> body(r).at("/data/text").textValue())
                    .containsExactly("first", "second");
            assertThat(slack.received()).first().satisfies(r -> assertThat(r.header("authorization"))
                    .isEqualTo("Bearer xoxp-1&2"));
        }
    }

    private void load(Receiver slack) throws Exception {
        var settings = new Properties();
        settings.setProperty("slack.channel", "general");
        settings.setProperty("slack.token", "xoxp-1&2");
        settings.setProperty("slack.tenant", tenant());
        settings.setProperty("slack.delay", "200");
        settings.setProperty("slack.serverUrl", "http://127.0.0.1:" + slack.port());
        camel.getPropertiesComponent().setOverrideProperties(settings);
        var file =
                PluginHelper.getResourceLoader(camel).resolveResource("file:routes/examples/slack-source.camel.yaml");
        PluginHelper.getRoutesLoader(camel).loadRoutes(file);
    }

    private String tenant() {
        return api.get("/v1/subscriptions")
                .expect(200)
                .json()
                .at("/data/0/tenant")
                .textValue();
    }

    private static final String CHANNELS =
            "{\"ok\":true,\"channels\":[{\"id\":\"C1\",\"name\":\"general\"}],\"response_metadata\":{\"next_cursor\":\"\"}}";

    /** Newest first, as Slack has it. */
    private static final String HISTORY = "{\"ok\":true,\"messages\":["
            + "{\"type\":\"message\",\"user\":\"U1\",\"text\":\"second\",\"ts\":\"1355517524.000100\"},"
            + "{\"type\":\"message\",\"bot_id\":\"B1\",\"text\":\"a bot's\",\"ts\":\"1355517523.000900\"},"
            + "{\"type\":\"message\",\"user\":\"U1\",\"text\":\"first\",\"ts\":\"1355517523.000005\"}]}";
}
