package io.waypost.connector;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.event.Event;
import io.waypost.platform.Json;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessageTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    @Test
    void theIdOfABatchIsThatOfItsEvents() {
        var id = new Message.Batch(List.of(event(1, "a"), event(2, "a"))).id();

        assertThat(new Message.Batch(List.of(event(1, "a"), event(2, "a"))).id())
                .isEqualTo(id)
                .startsWith("bat_");
        assertThat(List.of(
                        new Message.Batch(List.of(event(1, "a"))).id(),
                        new Message.Batch(List.of(event(2, "a"))).id(),
                        new Message.Batch(List.of(event(1, "a"), event(2, "a"), event(3, "a"))).id()))
                .doesNotContain(id)
                .doesNotHaveDuplicates();
    }

    @Test
    void aBatchAsJsonIsItsEventsAndADigestOfThem() {
        var events = List.of(event(1, "order.created"), event(2, "order.paid"), event(3, "order.created"));

        var json = new Message.Batch(events).toJson();

        assertThat(json.path("type").textValue()).isEqualTo("3 events");
        assertThat(json.path("count").intValue()).isEqualTo(3);
        assertThat(json.path("data")).isEqualTo(Json.read("{\"order.created\":2,\"order.paid\":1}"));
        assertThat(json.path("source").textValue()).isEqualTo("/shop");
        assertThat(json.path("time").textValue()).isEqualTo("2026-03-01T12:00:03Z");
        assertThat(json.path("events"))
                .extracting(Object::toString)
                .isEqualTo(
                        events.stream().map(event -> event.toJson().toString()).toList());
        assertThat(json.has("subject")).isFalse();
    }

    private static Event event(long seq, String type) {
        return new Event(
                seq, NOON, "acme", type, "/shop", null, "s", NOON.plusSeconds(seq), false, null, "{\"n\":1}", false);
    }
}
