package io.waypost.notice;

import io.waypost.platform.Ids;
import io.waypost.platform.SecretBox;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.springframework.stereotype.Component;

/**
 * Links that let their holder switch one subscription on again, or back from its backup URL: signed, for 14 days, and for one deactivation only, so that
 * each works once.
 */
@Component
public class ActivationLinks {

    private static final String PURPOSE = "activation-link";
    private static final Duration VALID = Duration.ofDays(14);

    private final SecretBox box;
    private final SubscriptionStore subscriptions;
    private final Clock clock;
    private final PublicUrl publicUrl;

    ActivationLinks(SecretBox box, SubscriptionStore subscriptions, Clock clock, PublicUrl publicUrl) {
        this.box = box;
        this.subscriptions = subscriptions;
        this.clock = clock;
        this.publicUrl = publicUrl;
    }

    /** What a link is good for now. */
    public sealed interface Checked {

        /** It may be used. */
        record Valid(Subscription subscription) implements Checked {}

        /** The subscription is active again, or at its own URL, or was deactivated once more since: this link has had its use. */
        record Used() implements Checked {}

        record Expired() implements Checked {}

        /** Not one of ours, or damaged. */
        record Unknown() implements Checked {}
    }

    /** @param deactivatedAt names the deactivation the link is for */
    public String link(String subscriptionId, Instant deactivatedAt) {
        var since = Ids.micros(deactivatedAt);
        var expires = clock.instant().plus(VALID).getEpochSecond();
        var claim = "%s.%d.%d".formatted(subscriptionId, since, expires);
        return "%s/activate/%s.%s".formatted(publicUrl.get(), claim, box.sign(PURPOSE, claim));
    }

    public Checked check(String token) {
        var parts = token.split("\\.", -1);
        if (parts.length != 4 || !signed(parts)) {
            return new Checked.Unknown();
        }
        if (clock.instant().getEpochSecond() >= Long.parseLong(parts[2])) {
            return new Checked.Expired();
        }
        var since = Ids.instant(Long.parseLong(parts[1]));
        return subscriptions
                .find(parts[0])
                .filter(s ->
                        (!s.active() || s.onBackup()) && since.equals(s.state().since()))
                .<Checked>map(Checked.Valid::new)
                .orElseGet(Checked.Used::new);
    }

    private boolean signed(String[] parts) {
        return box.isSigned(PURPOSE, "%s.%s.%s".formatted(parts[0], parts[1], parts[2]), parts[3]);
    }
}
