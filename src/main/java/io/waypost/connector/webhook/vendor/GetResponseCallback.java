package io.waypost.connector.webhook.vendor;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Message;
import io.waypost.platform.Json;
import java.util.Map;

/**
 * GetResponse's callbacks, which came before its webhooks: fields of a query, some in capitals.
 *
 * @see <a href="http://apidocs.getresponse.com/article/callbacks">GetResponse, callbacks</a>
 */
public final class GetResponseCallback {

    private static final Map<String, String> NAMES = Map.of(
            "subscriber.opted_in", "subscribe",
            "message.opened", "open",
            "message.clicked", "click",
            "goal.reached", "goal",
            "survey.answered", "survey",
            "subscriber.opted_out", "unsubscribe");

    private GetResponseCallback() {}

    /** @throws io.waypost.connector.ExpressionFailed if there is no callback for such an event */
    public static ObjectNode body(Message message) {
        var platform = Platform.of(message.event());
        var original = platform.original("getresponse-callback", data -> data.has("action") && data.has("ACCOUNT_ID"));
        if (original != null) {
            return original;
        }
        var action = platform.name("GetResponse", NAMES);
        var body = Json.object()
                .put("action", action)
                .put("ACCOUNT_ID", platform.event().tenant())
                .put("account_login", platform.event().tenant())
                .put("CAMPAIGN_ID", platform.text("/list/id", "/lists/0/id", "/campaign/id"))
                .put("campaign_name", platform.text("/list/name", "/lists/0/name", "/campaign/name"));
        addOwn(body, action, platform);
        body.put("CONTACT_ID", platform.text("/contact/id"));
        putIfGiven(body, "contact_name", platform.text("/contact/name"));
        body.put("contact_email", platform.text("/contact/email"));
        if (action.equals("subscribe")) {
            putIfGiven(body, "contact_ip", platform.text("/client/ip"));
            putIfGiven(body, "contact_origin", platform.text("/contact/origin"));
        }
        return body;
    }

    private static void addOwn(ObjectNode body, String action, Platform platform) {
        switch (action) {
            case "open" -> addMessage(body, platform);
            case "click" -> {
                addMessage(body, platform);
                body.put("LINK_ID", platform.text("/linkId")).put("link_url", platform.text("/url"));
            }
            case "goal" -> addGoal(body, platform);
            case "survey" -> addSurvey(body, platform);
            default -> {}
        }
    }

    private static void addMessage(ObjectNode body, Platform platform) {
        body.put("MESSAGE_ID", platform.text("/message/id", "/campaign/id"))
                .put("message_name", platform.text("/campaign/name", "/message/subject"))
                .put("message_subject", platform.text("/message/subject"));
    }

    private static void addGoal(ObjectNode body, Platform platform) {
        body.put("GOAL_ID", platform.text("/goal/id"))
                .put("goal_name", platform.text("/goal/name"))
                .put("goal_url", platform.text("/goal/url"));
        var params = platform.data().at("/goal/params");
        for (int i = 0; i < Math.min(params.size(), 6); i++) {
            body.put("goal_param_" + i, params.get(i).asText());
        }
    }

    private static void addSurvey(ObjectNode body, Platform platform) {
        body.put("SURVEY_ID", platform.text("/survey/id")).put("survey_name", platform.text("/survey/name"));
        putIfGiven(body, "survey_title", platform.text("/survey/title"));
        body.put("QUESTION_ID", platform.text("/question/id")).put("question_name", platform.text("/question/name"));
        putIfGiven(body, "question_answer", platform.text("/answer"));
        putIfGiven(body, "OPTION_ID", platform.text("/option/id"));
        putIfGiven(body, "option_name", platform.text("/option/name"));
    }

    private static void putIfGiven(ObjectNode body, String name, String value) {
        if (!value.isEmpty()) {
            body.put(name, value);
        }
    }
}
