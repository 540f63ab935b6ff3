package io.waypost.campaign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TallyTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    private final List<CampaignEvent> events = new ArrayList<>();

    @Test
    void eachCampaignOfEachTenantGetsItsOwnSum() {
        happens(
                "a",
                "message.opened",
                "{\"campaign\":{\"id\":\"7\",\"name\":\"Spring\"},\"contact\":{\"email\":\"x@example.com\"}}");
        happens("a", "message.opened", "{\"campaign\":{\"id\":7},\"contact\":{\"email\":\"x@example.com\"}}");
        happens("a", "message.opened", "{\"campaign\":\"8\",\"contact\":{\"id\":5}}");
        happens("b", "message.clicked", "{\"campaign\":{\"id\":\"7\"}}");

        var additions = List.copyOf(Tally.of(events));

        assertThat(additions)
                .extracting(Addition::tenant, Addition::id, Addition::name, Addition::first)
                .containsExactly(tuple("a", "7", "Spring", 1L), tuple("a", "8", null, 3L), tuple("b", "7", null, 4L));
        var opened = additions.getFirst().counts().get(Kind.OPENED);
        assertThat(opened.events()).isEqualTo(2);
        assertThat(opened.contacts().count()).isEqualTo(1);
        assertThat(additions.getFirst().firstAt()).isEqualTo(NOON.plusSeconds(1));
        assertThat(additions.getFirst().lastAt()).isEqualTo(NOON.plusSeconds(2));
        assertThat(additions.get(2).counts().get(Kind.CLICKED).contacts().count())
                .isZero();
    }

    @Test
    void whoItIsSentToCountsOnceWhenItArrivesAndBounces() {
        for (var type : List.of("message.delivered", "message.bounced")) {
            happens("a", type, "{\"campaign\":{\"id\":\"7\"},\"contact\":{\"email\":\"x@example.com\"}}");
        }

        var counts = Tally.of(events).iterator().next().counts();

        assertThat(counts.get(Kind.SENT).contacts().count()).isEqualTo(1);
        assertThat(counts.get(Kind.DELIVERED).events()).isEqualTo(1);
        assertThat(counts.get(Kind.BOUNCED).events()).isEqualTo(1);
    }

    @Test
    void whatNamesNoCampaignIsPassedOver() {
        for (var data : List.of(
                "null",
                "[1]",
                "{}",
                "{\"campaign\":null}",
                "{\"campaign\":{}}",
                "{\"campaign\":\" \"}",
                "{\"campaign\":true}",
                "{\"campaign\":{\"id\":\"%s\"}}".formatted("x".repeat(256)),
                "{\"campaign\":{\"id\":\"a\\u0000b\"}}")) {
            happens("a", "message.opened", data);
        }

        assertThat(Tally.of(events)).isEmpty();
    }

    @Test
    void thatACampaignWasSentCountsForNothingButNamesIt() {
        happens("a", "campaign.sent", "{\"campaign\":{\"id\":\"7\",\"name\":\"%s\"}}".formatted("n".repeat(300)));

        var addition = Tally.of(events).iterator().next();

        assertThat(addition.counts()).isEmpty();
        assertThat(addition.name()).isEqualTo("n".repeat(255));
    }

    private void happens(String tenant, String type, String data) {
        var seq = events.size() + 1;
        events.add(new CampaignEvent(seq, NOON.plusSeconds(seq), tenant, type, data));
    }
}
