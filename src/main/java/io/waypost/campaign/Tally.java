package io.waypost.campaign;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.campaign.Addition.Added;
import io.waypost.platform.Json;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sums up what events add to campaigns. */
final class Tally {

    private static final int LONGEST = 255;

    private final Map<Key, Sum> sums = new LinkedHashMap<>();

    private Tally() {}

    /** One addition for each campaign that the events tell of; events that tell of none are passed over. */
    static Collection<Addition> of(List<CampaignEvent> events) {
        var tally = new Tally();
        events.forEach(tally::add);
        return tally.sums.entrySet().stream()
                .map(sum -> sum.getValue().asAddition(sum.getKey()))
                .toList();
    }

    private void add(CampaignEvent event) {
        var data = Json.read(event.data());
        var campaign = data.path("campaign");
        // Publishers of their own write it as an object, as the catalogue has it, or just the id.
        var id = text(campaign.isObject() ? campaign.path("id") : campaign);
        if (id != null && id.length() <= LONGEST) {
            sums.computeIfAbsent(new Key(event.tenant(), id), _ -> new Sum(event))
                    .add(event, text(campaign.path("name")), contact(data));
        }
    }

    private static @Nullable String contact(JsonNode data) {
        var contact = data.path("contact");
        var email = text(contact.path("email"));
        return email == null ? text(contact.path("id")) : email;
    }

    private static @Nullable String text(JsonNode value) {
        var text =
                value.isTextual() || value.isIntegralNumber() ? value.asText().strip() : "";
        return text.isEmpty() || text.indexOf('\0') >= 0 ? null : text;
    }

    private record Key(String tenant, String campaign) {}

    /** Of one campaign. */
    private static final class Sum {

        private final long first;
        private final Instant firstAt;
        private final Map<Kind, Added> counts = new EnumMap<>(Kind.class);
        private Instant lastAt;
        private @Nullable String name;

        Sum(CampaignEvent first) {
            this.first = first.seq();
            this.firstAt = first.receivedAt();
            this.lastAt = firstAt;
        }

        void add(CampaignEvent event, @Nullable String campaign, @Nullable String contact) {
            lastAt = event.receivedAt();
            if (campaign != null) {
                name = campaign.substring(0, Math.min(LONGEST, campaign.length()));
            }
            for (var kind : Kind.of(event.type())) {
                counts.compute(kind, (_, before) -> plusOne(before, contact));
            }
        }

        private static Added plusOne(@Nullable Added before, @Nullable String contact) {
            var contacts = before == null ? Contacts.none() : before.contacts();
            if (contact != null) {
                contacts.add(contact);
            }
            return new Added(before == null ? 1 : before.events() + 1, contacts);
        }

        Addition asAddition(Key key) {
            return new Addition(key.tenant, key.campaign, name, first, firstAt, lastAt, counts);
        }
    }
}
