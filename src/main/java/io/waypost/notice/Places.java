package io.waypost.notice;

import io.waypost.connector.Masking;
import io.waypost.subscription.Subscription;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Where subscriptions send, as it may be shown: without credentials. */
@Component
class Places {

    private static final String GONE = "a place that is gone";

    private final Masking masking;

    Places(Masking masking) {
        this.masking = masking;
    }

    String own(Optional<Subscription> subscription) {
        return subscription
                .map(s -> {
                    var url = shown(s, "url");
                    return url.isEmpty() ? "the connector " + s.definition().connector() : url;
                })
                .orElse(GONE);
    }

    String backup(Optional<Subscription> subscription) {
        return subscription
                .map(s -> shown(s, "backupUrl"))
                .filter(url -> !url.isEmpty())
                .orElse(GONE);
    }

    /** A field of its config; empty if there is none. */
    private String shown(Subscription subscription, String field) {
        var definition = subscription.definition();
        return masking.mask(definition.connector(), definition.config())
                .path(field)
                .asText("");
    }
}
