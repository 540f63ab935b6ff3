package io.waypost.intake;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.slack.api.model.Message;
import io.waypost.event.NewEvent;
import io.waypost.platform.Json;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.apache.camel.Body;
import org.apache.camel.Variable;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Messages read from a Slack channel as events: what a route from camel-slack to {@code direct:publish} calls. */
@Component("slackMessages")
public class SlackMessages {

    static final String TYPE = "slack.message_posted";

    private static final int MICROS = 6;

    SlackMessages() {}

    /**
     * The one event of a message. Slack's time stamp, unique in its channel, is the publisher's id: a message that is read
     * again, after a restart for instance, is a duplicate.
     *
     * @param tenant whose event it is
     * @param channel where it was read; messages do not say
     */
    public List<NewEvent> toEvents(
            @Body Message message, @Variable("tenant") String tenant, @Variable("channel") String channel) {
        return List.of(new NewEvent(
                tenant,
                TYPE,
                "/slack/" + channel,
                message.getTs(),
                channel,
                time(message.getTs()),
                false,
                null,
                data(message, channel),
                false));
    }

    private static Instant time(String ts) {
        return Instant.EPOCH.plusNanos(new BigDecimal(ts).movePointRight(MICROS).longValue() * 1_000);
    }

    private static String data(Message message, String channel) {
        var data = Json.object().put("channel", channel).put("ts", message.getTs());
        data.put("text", message.getText());
        putIfGiven(data, "user", message.getUser());
        putIfGiven(data, "subtype", message.getSubtype());
        putIfGiven(data, "thread", message.getThreadTs());
        putIfGiven(data, "team", message.getTeam());
        return Json.write(data);
    }

    private static void putIfGiven(ObjectNode data, String name, @Nullable String value) {
        if (value != null) {
            data.put(name, value);
        }
    }
}
