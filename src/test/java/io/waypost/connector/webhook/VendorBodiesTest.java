package io.waypost.connector.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Message;
import io.waypost.event.Event;
import io.waypost.platform.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From the platform's words to the vendors', held against their own documented bodies. */
class VendorBodiesTest {

    private static final String PERSON =
            "\"contact\":{\"id\":\"320\",\"email\":\"lea@example.com\"},\"campaign\":{\"id\":\"7257\",\"name\":\"spring-2023\"},"
                    + "\"message\":{\"id\":\"20547678344812791\",\"guid\":\"3b9f3c4e-8f0e-4d0a-9d52-2a1a3c1d7e55\","
                    + "\"customId\":\"order-4711\",\"payload\":\"{\\\"shop\\\":\\\"de\\\"}\"}";

    private static final String CLIENT =
            "\"client\":{\"ip\":\"203.0.113.77\",\"country\":\"FR\",\"userAgent\":\"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
                    + " AppleWebKit/537.36 (KHTML, like Gecko) Chrome/110.0.0.0 Safari/537.36\"}";

    @ParameterizedTest
    @CsvSource({"open,message.opened", "click,message.clicked"})
    void gemmail(String name, String type) {
        var fixture = fixture("gemmail." + name + ".json");
        var data = Json.object();
        data.putObject("contact")
                .put("id", "nb456skdh1294")
                .put("email", "ana@example.com")
                .put("origin", "import")
                .put("name", "Ana Silva");
        data.putObject("list").put("id", "va040m9kye4sb").put("name", "Newsletter clients");
        data.putObject("campaign").put("id", "gz674trpn64da").put("name", "February offers");
        data.putObject("client")
                .put("ip", "203.0.113.24")
                .put("userAgent", fixture.at("/event/user_agent").textValue());
        if (name.equals("click")) {
            data.put("url", fixture.at("/event/clicked_url").textValue());
        }

        // The time stamp is that of sending.
        assertThat(json(Format.GEMMAIL, type, "2023-02-12T09:24:31Z", data, 1_676_193_893))
                .isEqualTo(fixture);
    }

    @Test
    void gemmailsCustomFieldsComeByTagNameWithoutBrackets() {
        var data = Json.read(
                "{\"contact\":{\"email\":\"a@example.com\",\"fields\":{\"[CITY]\":\"Porto\",\"FNAME\":\"Ana\"}},\"campaign\":{}}");

        assertThat(json(Format.GEMMAIL, "message.opened", "2023-02-12T09:24:31Z", data, 0)
                        .at("/subscriber/fields"))
                .isEqualTo(
                        Json.read("{\"EMAIL\":\"a@example.com\",\"FNAME\":\"Ana\",\"LNAME\":\"\",\"CITY\":\"Porto\"}"));
    }

    @Test
    void mailingwork() {
        var data = Json.read("""
                {"contact":{"id":"6049123","email":"erika.beispiel@example.com",
                            "fields":{"2":"Frau","3":"Erika","4":"Beispiel"}},
                 "lists":[{"id":"1","subscribed":true},{"id":"3","subscribed":false},{"id":"5","subscribed":false}],
                 "optinId":"412","optinSetupId":"60"}
                """);

        assertThat(json(Format.MAILINGWORK, "subscriber.opted_in", "2025-11-11T09:27:29Z", data, 0))
                .isEqualTo(fixture("mailingwork.optin_finalized.json"));
    }

    @Test
    void benchmark() {
        var data = Json.read("""
                {"contact":{"email":"peter@example.com","name":"Peter Beispiel",
                            "fields":{"Company_Name":"Example GmbH","City":"Berlin","Zip":"10115","Country":"Germany"}},
                 "lists":[{"id":"15242968","subscribed":true}],"confirmed":true}
                """);

        assertThat(write(Format.BENCHMARK, "subscriber.opted_in", "2019-11-09T12:42:35Z", data, 0))
                .isEqualTo(text("wire/benchmark.subscribe.form.txt"));
        assertThat(Format.BENCHMARK.contentType(message("subscriber.opted_in", "2019-11-09T12:42:35Z", data, 0, "/")))
                .isEqualTo("application/x-www-form-urlencoded");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sent|message.delivered|2023-02-12T03:15:00Z|\"smtpReply\":\"sent (250 2.0.0 OK 1676171700 fa5si855896wjc.199 - gsmtp)\"",
                "open|message.opened|2023-02-12T04:15:03Z|CLIENT",
                "click|message.clicked|2023-02-12T04:15:41Z|\"url\":\"https://shop.example.com/offers\",CLIENT",
                "spam|message.complained|2023-02-13T04:15:03Z|\"feedbackLoop\":\"JMRPP\"",
                "unsub|subscriber.opted_out|2023-02-13T07:01:43Z|\"lists\":[{\"id\":\"1\"}],CLIENT"
            })
    void mailjet(String name, String type, String time, String more) {
        var data = Json.read("{" + PERSON + "," + more.replace("CLIENT", CLIENT) + "}");

        assertThat(json(Format.MAILJET, type, time, data, 0)).isEqualTo(fixture("mailjet." + name + ".json"));
        assertThat(json(Format.MAILJET_GROUPED, type, time, data, 0))
                .isEqualTo(Json.MAPPER.createArrayNode().add(fixture("mailjet." + name + ".json")));
    }

    @Test
    void mailjetsFailures() {
        var bounce = Json.read(
                "{" + PERSON
                        + ",\"hard\":true,\"errorGroup\":\"recipient\",\"error\":\"user unknown\",\"detail\":\"550 5.1.1 The email account that you tried to reach does not exist\"}");
        ((ObjectNode) bounce.path("contact")).put("id", "321").put("email", "nobody@example.com");
        var blocked = Json.read("{" + PERSON + ",\"errorGroup\":\"mailjet\",\"error\":\"preblocked\"}");
        ((ObjectNode) blocked.path("contact")).put("id", "322").put("email", "old@example.com");

        assertThat(json(Format.MAILJET, "message.bounced", "2023-02-12T03:15:02Z", bounce, 0))
                .isEqualTo(fixture("mailjet.bounce.json"));
        assertThat(json(Format.MAILJET, "message.blocked", "2023-02-12T03:15:03Z", blocked, 0))
                .isEqualTo(fixture("mailjet.blocked.json"));
    }

    @Test
    void mailjetsNumbersKeepTheirDigits() {
        var written = write(Format.MAILJET, "message.opened", "2023-02-12T03:15:02Z", Json.read("{" + PERSON + "}"), 0);

        assertThat(written).contains("\"MessageID\":20547678344812791,");
    }

    @Test
    void getResponse() {
        var data = Json.read("""
                {"contact":{"id":"abc123","email":"friend@example.com","name":"Friend"},
                 "list":{"id":"bcd234","name":"my_first_campaign"},
                 "campaign":{"id":"cde345","name":"welcome_mail"},"message":{"subject":"Welcome"}}
                """);

        var written = json(Format.GETRESPONSE, "message.opened", "2023-04-27T12:56:00Z", data, 0);

        var documented = (ObjectNode) fixture("getresponse.webhook.contact_opened_message.json");
        assertThat(written.path("type")).isEqualTo(documented.path("type"));
        assertThat(written.at("/contact/campaign/campaignId").textValue()).isEqualTo("bcd234");
        assertThat(written.at("/message/subject").textValue()).isEqualTo("Welcome");
        assertThat(written.at("/message/name").textValue()).isEqualTo("welcome_mail");
        assertThat(Instant.parse(written.at("/event/occurredAt").textValue())).isEqualTo("2023-04-27T12:56:00Z");
        assertThat(written.properties())
                .extracting(p -> p.getKey())
                .containsExactlyElementsOf(
                        documented.properties().stream().map(p -> p.getKey()).toList());
    }

    @ParameterizedTest
    @CsvSource({
        "open,message.opened",
        "click,message.clicked",
        "goal,goal.reached",
        "subscribe,subscriber.opted_in",
        "survey_text,survey.answered",
        "survey_option,survey.answered",
        "unsubscribe,subscriber.opted_out"
    })
    void getResponsesCallbacks(String name, String type) {
        var fixture = fixture("getresponse.callback." + name + ".json");
        var sub = fixture.path("action").textValue();

        var written = json(Format.GETRESPONSE_CALLBACK, type, "2023-04-27T12:56:00Z", platform(fixture, sub), 0);

        var expected = (ObjectNode) fixture.deepCopy();
        // Of these the platform's words know nothing.
        expected.remove(List.of("goal_profile", "goal_domain", "ACCOUNT_ID", "account_login"));
        if (sub.equals("survey")) {
            expected.remove(List.of("MESSAGE_ID", "message_name", "message_subject"));
        }
        ((ObjectNode) written).remove(List.of("ACCOUNT_ID", "account_login"));
        assertThat(written).isEqualTo(expected);
    }

    private static JsonNode platform(JsonNode callback, String action) {
        var data = Json.object();
        data.putObject("contact")
                .put("id", callback.path("CONTACT_ID").asText())
                .put("name", callback.path("contact_name").asText())
                .put("email", callback.path("contact_email").asText())
                .put("origin", callback.path("contact_origin").asText());
        data.putObject("client").put("ip", callback.path("contact_ip").asText());
        data.putObject("list")
                .put("id", callback.path("CAMPAIGN_ID").asText())
                .put("name", callback.path("campaign_name").asText());
        if (action.equals("open") || action.equals("click")) {
            data.putObject("campaign").put("name", callback.path("message_name").asText());
            data.putObject("message")
                    .put("id", callback.path("MESSAGE_ID").asText())
                    .put("subject", callback.path("message_subject").asText());
        }
        data.put("linkId", callback.path("LINK_ID").asText());
        data.put("url", callback.path("link_url").asText());
        var goal = data.putObject("goal")
                .put("id", callback.path("GOAL_ID").asText())
                .put("name", callback.path("goal_name").asText())
                .put("url", callback.path("goal_url").asText());
        var params = goal.putArray("params");
        for (int i = 0; callback.has("goal_param_" + i); i++) {
            params.add(callback.path("goal_param_" + i));
        }
        data.putObject("survey")
                .put("id", callback.path("SURVEY_ID").asText())
                .put("name", callback.path("survey_name").asText())
                .put("title", callback.path("survey_title").asText());
        data.putObject("question")
                .put("id", callback.path("QUESTION_ID").asText())
                .put("name", callback.path("question_name").asText());
        data.put("answer", callback.path("question_answer").asText());
        data.putObject("option")
                .put("id", callback.path("OPTION_ID").asText())
                .put("name", callback.path("option_name").asText());
        return data;
    }

    @Test
    void whatAVendorHasNoEventForCannotBeWritten() {
        assertThatThrownBy(() -> write(Format.GEMMAIL, "order.created", "2023-02-12T09:24:31Z", Json.object(), 0))
                .isInstanceOf(ExpressionFailed.class)
                .hasMessageContaining("GemMail has no event like order.created");
    }

    @Test
    void whatCameInFromAVendorGoesOutAsItCame() {
        var raw = fixture("mailjet.open.json");
        var data = Json.object();
        data.set("raw", raw);

        assertThat(Json.read(Format.MAILJET.write(
                        message("message.opened", "2023-02-12T09:24:31Z", data, 0, "/sources/mailjet/src_1"))))
                .isEqualTo(raw);
    }

    private static JsonNode json(Format format, String type, String time, JsonNode data, long sentAt) {
        var message = message(type, time, data, sentAt, "/");
        return format.contentType(message).equals("application/json")
                ? Json.read(format.write(message))
                : format.body(message);
    }

    private static String write(Format format, String type, String time, JsonNode data, long sentAt) {
        return format.write(message(type, time, data, sentAt, "/"));
    }

    private static Message message(String type, String time, JsonNode data, long sentAt, String source) {
        var at = Instant.parse(time);
        var event = new Event(1, at, "t1", type, source, null, null, at, false, null, Json.write(data), false);
        return new Message(
                "webhook",
                Json.object(),
                null,
                List.of(),
                event,
                null,
                "dlv_1",
                1,
                false,
                false,
                Instant.ofEpochSecond(sentAt),
                Duration.ofSeconds(5),
                Message.SuccessTest.ANY_2XX);
    }

    private static JsonNode fixture(String name) {
        return Json.read(text(name));
    }

    private static String text(String name) {
        try (var in = VendorBodiesTest.class.getResourceAsStream("/fixtures/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
