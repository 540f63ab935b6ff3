package io.waypost.intake.source;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.flow.Flow;
import io.waypost.testing.Api;
import org.junit.jupiter.api.Test;

/** What comes to a source goes out to subscribers as events. */
class SourceFlowTest extends Flow {

    @Test
    void mailjetsEventReachesASubscriberWithItsBigNumberDigitForDigit() {
        subscribeTo("message.opened", receiver.url(), "");
        var url = source("mailjet", "{}");

        post(url, fixture("mailjet.open.json")).expect(200);
        post(url, fixture("mailjet.open.json")).expect(200);

        awaitReceived(1);
        var body = body(receiver.received().getFirst());
        assertThat(body.at("/data/message/id").textValue()).isEqualTo("20547678344812791");
        assertThat(body.at("/data/raw/MessageID").asText()).isEqualTo("20547678344812791");
        assertThat(body.path("timestamp").textValue()).isEqualTo("2023-02-12T04:15:03Z");
    }

    @Test
    void anyJsonIsAnEventOfTheTypeThatItsSettingNames() {
        subscribeTo("**", receiver.url(), "");
        var named = source("generic", "{\"type\":\"door.opened\"}");
        var computed = source("generic", "{\"type\":\"(kind & '.' & what)\",\"id\":\"(no)\"}");

        post(named, "{\"door\":1.10}").expect(200);
        post(computed, "{\"kind\":\"door\",\"what\":\"closed\",\"no\":7}").expect(200);
        post(computed, "{\"kind\":\"door\",\"what\":\"closed\",\"no\":7}").expect(200);
        post(computed, "[1]").expect(400);

        awaitReceived(2);
        assertThat(receiver.received())
                .extracting(r -> body(r).path("type").textValue())
                .containsExactlyInAnyOrder("door.opened", "door.closed");
        assertThat(receiver.received()).anySatisfy(r -> assertThat(r.body()).contains("{\"raw\":{\"door\":1.10}}"));
    }

    private String source(String kind, String settings) {
        JsonNode made = api.post("/v1/sources", "{\"source\":\"%s\",\"settings\":%s}".formatted(kind, settings))
                .expect(201)
                .json();
        return made.path("url").textValue();
    }

    private Api.Answer post(String url, String json, String... headers) {
        return api.with(null).post(url, json, headers);
    }
}
