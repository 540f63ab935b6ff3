package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.platform.Json;
import io.waypost.subscription.Evaluations;
import io.waypost.subscription.SlowExpressions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What cannot be matched at once is matched later, where it delays only its own subscription: nobody gets more or less. */
class UncertainFlowTest extends Flow {

    private static final String EVEN = "data.number % 2 = 0";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ",\"ordered\":true",
                ",\"batch\":{\"maxItems\":4,\"maxWait\":\"1s\"}",
                ",\"ordered\":true,\"batch\":{\"maxItems\":4,\"maxWait\":\"1s\"}",
            })
    void aConditionThatTakesLongIsAskedBeforeTheFirstAttempt(String more) {
        slow(EVEN);
        subscribe("\"condition\":\"" + EVEN + "\"" + more);

        publishMany(1, 8);
        publishMany(9, 2);

        await().atMost(SOON).untilAsserted(() -> assertThat(delivered()).containsExactlyInAnyOrder(2, 4, 6, 8, 10));
        if (more.contains("ordered")) {
            assertThat(delivered()).isSorted();
        }
        await().atMost(SOON).untilAsserted(() -> assertThat(deliveries(""))
                .extracting(d -> d.path("status").textValue())
                .allMatch(status -> status.equals("succeeded") || status.equals("discarded")));
        assertThat(deliveries("status=succeeded")).hasSize(5);
    }

    @Test
    void aBufferThatMayHoldMoreThanIsWantedIsReplayedWithoutIt() {
        slow(EVEN);
        var subscription = subscribe("\"condition\":\"" + EVEN + "\"");
        api.post("/v1/subscriptions/" + subscription + "/deactivate", "{}").expect(200);

        publishMany(1, 6);
        api.post("/v1/subscriptions/" + subscription + "/activate", "{\"replayEvents\":true}")
                .expect(200);

        await().atMost(SOON).untilAsserted(() -> assertThat(delivered()).containsExactlyInAnyOrder(2, 4, 6));
    }

    @Test
    void filtersThatTogetherTakeTooLongAtOnceAllMatchInTheEnd() {
        for (int i = 0; i < 4; i++) {
            subscribe("\"filter\":{\"data\":{\"p\":{\"a\":[{\"prefix\":\"last\"}]}}}");
        }
        var data = Json.object().put("number", 1);
        var many = data.putArray("p");
        IntStream.range(0, 80_000).forEach(_ -> many.addObject().put("a", 1));
        many.addObject().put("a", "last one");

        publishData("order.created", data);

        awaitReceived(4);
    }

    /** Makes the gateway take it for slow, for this test's tenant. */
    private void slow(String expression) {
        var event = publish("{\"type\":\"other\",\"data\":{}}");
        var tenant =
                api.get("/v1/events/" + event).expect(200).json().path("tenant").textValue();
        SlowExpressions.remember(gateway.bean(Evaluations.class), tenant, expression);
    }

    private List<Integer> delivered() {
        var numbers = new ArrayList<Integer>();
        for (var request : receiver.received()) {
            var body = Json.read(request.body());
            var events = body.isArray() ? body : body.path("events");
            (events.isArray()
                            ? StreamSupport.stream(events.spliterator(), false).toList()
                            : List.<JsonNode>of(body))
                    .forEach(event -> numbers.add(event.at("/data/number").intValue()));
        }
        return numbers;
    }
}
