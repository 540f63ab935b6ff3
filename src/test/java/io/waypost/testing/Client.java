package io.waypost.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.platform.Json;
import java.util.ArrayList;
import java.util.List;

/** What tests say to a gateway, in few words. */
public record Client(Api api) {

    /** @param more further fields of the body */
    public String subscribe(String event, String url, String more) {
        return api.post(
                        "/v1/subscriptions",
                        "{\"event\":\"%s\",\"url\":\"%s\"%s}".formatted(event, url, more.isEmpty() ? "" : "," + more))
                .expect(201)
                .json()
                .path("id")
                .textValue();
    }

    /** Publishes events of the type with the numbers from {@code from} on, all at once; answers their ids. */
    public List<String> publish(String type, int from, int count) {
        return ids(api.post("/v1/events", events(type, from, count)).expect(202));
    }

    public static String events(String type, int from, int count) {
        var events = new ArrayList<String>();
        for (int i = from; i < from + count; i++) {
            events.add("{\"type\":\"%s\",\"data\":{\"number\":%d}}".formatted(type, i));
        }
        return events.toString();
    }

    public static List<String> ids(Api.Answer accepted) {
        var ids = new ArrayList<String>();
        accepted.json().path("events").forEach(e -> ids.add(e.path("id").textValue()));
        return ids;
    }

    /** The number an event was published with. */
    public static int number(Receiver.Received request) {
        return Json.read(request.body()).at("/data/number").intValue();
    }

    public JsonNode subscription(String id) {
        return api.get("/v1/subscriptions/" + id).expect(200).json();
    }

    public void deactivate(String subscription) {
        api.post("/v1/subscriptions/" + subscription + "/deactivate", null).expect(200);
    }

    public void activateWithReplay(String subscription) {
        api.post("/v1/subscriptions/" + subscription + "/activate?replayEvents=1", null)
                .expect(200);
    }

    /** All that fit the query, page by page, newest first. */
    public List<JsonNode> list(String path, String query) {
        var found = new ArrayList<JsonNode>();
        var cursor = "";
        do {
            var page = api.get("%s?limit=250&%s%s".formatted(path, query, cursor))
                    .expect(200)
                    .json();
            page.path("data").forEach(found::add);
            cursor = page.path("next").isTextual()
                    ? "&cursor=" + page.path("next").textValue()
                    : "";
        } while (!cursor.isEmpty());
        return found;
    }

    public List<JsonNode> deliveries(String query) {
        return list("/v1/deliveries", query);
    }

    /** Fails while any delivery still waits for an attempt. */
    public void assertNothingWaits() {
        assertThat(deliveries("status=pending")).isEmpty();
        assertThat(deliveries("status=retrying")).isEmpty();
    }
}
