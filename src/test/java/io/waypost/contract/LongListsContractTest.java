package io.waypost.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Lists and counts over more than anybody looks at in one go. */
class LongListsContractTest extends Contract {

    private static final int MANY = 22_000;

    @Test
    void nothingIsLookedThroughToItsEndInOneGo() {
        var first = publish("{\"type\":\"order.created\",\"subject\":\"rare\"}");
        var id = subscribe("", "");
        api.post("/v1/subscriptions/" + id + "/deactivate", "{}").expect(200);
        for (int i = 0; i < MANY; i += 1_000) {
            api.post("/v1/events", orders(i, 1_000)).expect(202);
        }

        var page = api.get("/v1/events?subject=rare").expect(200).json();
        assertThat(page.path("data")).isEmpty();
        assertThat(page.path("next").isTextual()).isTrue();
        assertThat(ids(following(page, "/v1/events?subject=rare"))).containsExactly(first);
        assertThat(ids(data("/v1/events?type=order.created&limit=1"))).hasSize(1);

        var counts = counted(id);
        assertThat(counts).hasSizeGreaterThan(1);
        assertThat(counts.stream().mapToInt(Integer::intValue).sum()).isEqualTo(MANY + 1);
        var made = replay(id, "2020-01-01T00:00:00Z", false);
        assertThat(made.path("events").intValue()).isEqualTo(MANY + 1);
        assertThat(made.has("countedUntil")).isFalse();

        for (var of : List.of("", "&subscription=" + id)) {
            var none =
                    api.get("/v1/deliveries?status=exhausted" + of).expect(200).json();
            assertThat(none.path("data")).isEmpty();
            assertThat(none.path("next").isTextual()).isTrue();
            assertThat(following(none, "/v1/deliveries?status=exhausted" + of)).isEmpty();
        }
        var some = new ArrayList<String>();
        var path = "/v1/deliveries?limit=250";
        for (var next = "";
                some.size() < 1_000;
                next = "&cursor=" + page.path("next").textValue()) {
            page = api.get(path + next).expect(200).json();
            some.addAll(ids(elements(page.path("data"))));
        }
        assertThat(new HashSet<>(some)).hasSameSizeAs(some);
    }

    private List<Integer> counted(String id) {
        var counts = new ArrayList<Integer>();
        var since = "2020-01-01T00:00:00Z";
        while (since != null) {
            var answer = replay(id, since, true);
            counts.add(answer.path("events").intValue());
            since = answer.path("countedUntil").textValue();
        }
        return counts;
    }

    private JsonNode replay(String id, String since, boolean dryRun) {
        return api.post(
                        "/v1/subscriptions/" + id + "/replay",
                        "{\"since\":\"%s\",\"dryRun\":%s}".formatted(since, dryRun))
                .expect(202)
                .json();
    }
}
