package io.waypost.intake;

import static org.assertj.core.api.Assertions.assertThat;

import com.slack.api.model.Message;
import io.waypost.event.NewEvent;
import io.waypost.platform.Json;
import java.time.Instant;
import java.util.List;
import java.util.Properties;
import org.apache.camel.builder.AdviceWith;
import org.apache.camel.component.mock.MockEndpoint;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The example route, read from its file, with something else in Slack's place. */
class SlackMessagesTest {

    private final DefaultCamelContext camel = new DefaultCamelContext();

    @BeforeEach
    void load() throws Exception {
        camel.setAutoStartup(false);
        camel.getRegistry().bind("slackMessages", new SlackMessages());
        var settings = new Properties();
        settings.setProperty("slack.channel", "general");
        settings.setProperty("slack.token", "xoxp-1&2");
        settings.setProperty("slack.tenant", "acme");
        camel.getPropertiesComponent().setOverrideProperties(settings);
        var file =
                PluginHelper.getResourceLoader(camel).resolveResource("file:routes/examples/slack-source.camel.yaml");
        PluginHelper.getRoutesLoader(camel).loadRoutes(file);
        AdviceWith.adviceWith(camel, "slack-source", route -> {
            route.replaceFromWith("direct:channel");
            route.mockEndpointsAndSkip("direct:publish");
        });
        camel.start();
        camel.getRouteController().startAllRoutes();
    }

    @AfterEach
    void stop() {
        camel.stop();
    }

    @Test
    void aMessageBecomesOneEventKnownByItsTimeStamp() {
        var message = message("1355517523.000005", "Hello <@U2>");
        message.setUser("U1");
        message.setThreadTs("1355517500.000001");

        say(message);

        assertThat(published())
                .containsExactly(List.of(new NewEvent(
                        "acme",
                        "slack.message_posted",
                        "/slack/general",
                        "1355517523.000005",
                        "general",
                        Instant.parse("2012-12-14T20:38:43.000005Z"),
                        false,
                        null,
                        Json.write(Json.read("""
                                {"channel":"general","ts":"1355517523.000005","text":"Hello <@U2>","user":"U1",
                                 "thread":"1355517500.000001"}
                                """)),
                        false)));
    }

    @Test
    void aMessageWithoutTextIsOneToo() {
        say(message("1355517523.000006", null));

        assertThat(published()).hasSize(1);
    }

    @Test
    void whatABotWritesIsLeftOut() {
        var message = message("1355517523.000007", "An event!");
        message.setBotId("B1");

        say(message);

        assertThat(published()).isEmpty();
    }

    private static Message message(String ts, String text) {
        var message = new Message();
        message.setTs(ts);
        message.setText(text);
        return message;
    }

    private void say(Message message) {
        camel.createProducerTemplate().sendBody("direct:channel", message);
    }

    private List<Object> published() {
        return camel.getEndpoint("mock:direct:publish", MockEndpoint.class).getReceivedExchanges().stream()
                .map(exchange -> exchange.getMessage().getBody())
                .toList();
    }
}
