package io.waypost.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.testing.Receiver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Limits, duplicates and digits of events. */
class EventLimitsContractTest extends Contract {

    @Test
    void anArrayHoldsOneToAThousandEvents() {
        invalid(api.post("/v1/events", "[]"), "");
        invalid(api.post("/v1/events", orders(0, 1_001)), "");
        assertThat(data("/v1/events")).isEmpty();

        assertThat(api.post("/v1/events", orders(0, 1_000)).expect(202).json().path("events"))
                .hasSize(1_000);
    }

    @Test
    void anEventMayHaveOneMebibyteAndARequestSixteen() {
        var frame = "{\"type\":\"a\",\"data\":\"\"}".length();
        var largest = "{\"type\":\"a\",\"data\":\"%s\"}".formatted("x".repeat((1 << 20) - frame));

        var id = publish(largest);
        assertThat(api.get("/v1/events/" + id).json().path("data").textValue()).hasSize((1 << 20) - frame);
        problem(api.post("/v1/events", largest.replace("\"a\"", "\"ab\"")), 413);
        problem(api.post("/v1/events", "[{\"type\":\"a\"}," + largest.replace("\"a\"", "\"ab\"") + "]"), 413);
        var fifteen = "[" + (largest + ",").repeat(14) + largest + "]";
        api.post("/v1/events", fifteen).expect(202);
        problem(api.post("/v1/events", "[" + (largest + ",").repeat(15) + largest + "]"), 413);
        assertThat(data("/v1/events").size()).isLessThan(20);
    }

    @Test
    void theSamePublishersIdIsADuplicateAlsoWithinOneArray() {
        var event = "{\"type\":\"order.created\",\"id\":\"x\",\"source\":\"/s\",\"data\":%d}";
        subscribe("", "");

        var first = api.post("/v1/events", "[" + event.formatted(1) + "," + event.formatted(2) + "]")
                .expect(202)
                .json();
        var again = api.post("/v1/events", event.formatted(3)).expect(202).json();
        var other = api.post("/v1/events", event.formatted(4).replace("/s", "/t"))
                .expect(202)
                .json();

        var id = first.at("/events/0/id").textValue();
        assertThat(first.path("events").findValuesAsText("duplicate")).containsExactly("false", "true");
        assertThat(first.path("events").findValuesAsText("id")).containsExactly(id, id);
        assertThat(again).isEqualTo(json("{\"events\":[{\"id\":\"%s\",\"duplicate\":true}]}".formatted(id)));
        assertThat(other.at("/events/0/duplicate").booleanValue()).isFalse();
        assertThat(gateway.tenant()
                        .post("/v1/events", event.formatted(5))
                        .json()
                        .at("/events/0/duplicate")
                        .booleanValue())
                .isFalse();
        awaitReceived(2);
        assertThat(data("/v1/events")).hasSize(2);
        assertThat(api.get("/v1/events/" + id).json().path("data").intValue()).isEqualTo(1);
    }

    @Test
    void duplicatesAtTheSameMomentAreStoredAndDeliveredOnce() throws Exception {
        subscribe("", "");
        var barrier = new CyclicBarrier(24);
        List<JsonNode> answers;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = IntStream.range(0, 24)
                    .mapToObj(i -> threads.submit(() -> {
                        barrier.await();
                        var event = "{\"type\":\"order.created\",\"id\":\"%s\",\"data\":%d}";
                        return api.post("/v1/events", event.formatted("e" + i % 3, i))
                                .expect(202)
                                .json()
                                .at("/events/0");
                    }))
                    .toList();
            answers = new java.util.ArrayList<>();
            for (var answer : running) {
                answers.add(answer.get());
            }
        }

        assertThat(answers.stream().map(a -> a.path("id").textValue()).distinct())
                .hasSize(3);
        assertThat(answers).filteredOn(a -> !a.path("duplicate").booleanValue()).hasSize(3);
        assertThat(data("/v1/events")).hasSize(3);
        await().during(Duration.ofMillis(300))
                .atMost(SOON)
                .until(() -> receiver.received().size() == 3);
        assertThat(receiver.received()).extracting(Receiver.Received::id).doesNotHaveDuplicates();
    }

    @Test
    void numbersKeepTheirDigits() {
        var data = "{\"id\":18859015918863553,\"price\":1.10,\"huge\":123456789012345678901234567890,\"n\":-0.010,"
                + "\"small\":1E-7}";
        var id = order(data);

        assertThat(api.get("/v1/events/" + id).text()).contains("\"data\":" + data);
    }
}
