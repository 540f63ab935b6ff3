package io.waypost.campaign;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What is counted of a campaign, and the types of events that count for it. */
public enum Kind {
    /** It went to somebody, whether it arrived or not. What a vendor held back ({@link #BLOCKED}) did not. */
    SENT("message.delivered", "message.bounced"),
    DELIVERED("message.delivered"),
    OPENED("message.opened"),
    CLICKED("message.clicked"),
    BOUNCED("message.bounced"),
    BLOCKED("message.blocked"),
    COMPLAINED("message.complained"),
    OPTED_OUT("subscriber.opted_out"),
    GOAL_REACHED("goal.reached");

    /** Counts for nothing, but tells of a campaign and its name. */
    private static final String CAMPAIGN_SENT = "campaign.sent";

    private final Set<String> types;

    Kind(String... types) {
        this.types = Set.of(types);
    }

    static List<Kind> of(String type) {
        return Arrays.stream(values()).filter(kind -> kind.types.contains(type)).toList();
    }

    /** All types of events that have a say in a campaign. */
    static Set<String> allTypes() {
        var all = Arrays.stream(values()).flatMap(kind -> kind.types.stream()).collect(Collectors.toSet());
        all.add(CAMPAIGN_SENT);
        return all;
    }
}
