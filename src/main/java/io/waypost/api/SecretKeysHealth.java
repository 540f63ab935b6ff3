package io.waypost.api;

import io.waypost.connector.connection.Credentials;
import io.waypost.platform.secret.SecretKeys;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionIndex;
import java.util.TreeSet;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.stereotype.Component;

/** Down while this node cannot read something that is stored, with the reason; and when former secret keys may go. */
@Component("secretKeysHealthIndicator")
class SecretKeysHealth implements HealthIndicator {

    private static final int SHOWN = 10;

    private final SecretKeys keys;
    private final SubscriptionIndex subscriptions;
    private final Credentials credentials;

    SecretKeysHealth(SecretKeys keys, SubscriptionIndex subscriptions, Credentials credentials) {
        this.keys = keys;
        this.subscriptions = subscriptions;
        this.credentials = credentials;
    }

    @Override
    public Health health() {
        var status = keys.status();
        var unreadable = new TreeSet<>(status.examples());
        subscriptions.unreadable(SHOWN).stream()
                .map(Subscription::id)
                .map("subscription "::concat)
                .forEach(unreadable::add);
        credentials.unreadable().stream()
                .limit(SHOWN)
                .map("connection "::concat)
                .forEach(unreadable::add);
        var health = unreadable.isEmpty()
                ? Health.up()
                : Health.down()
                        .withDetail(
                                "reason",
                                "Not everything that is stored can be read with the secret keys of this node; what cannot"
                                        + " be read gets nothing, and its events wait")
                        .withDetail(
                                "unreadable", unreadable.stream().limit(SHOWN).toList());
        return health.withDetail("rowsSealedOtherwise", status.former())
                .withDetail("nodesSealingOtherwise", status.others())
                .withDetail("previousKeys", previous(status))
                .build();
    }

    private static String previous(SecretKeys.Status status) {
        if (!status.looked()) {
            return "keep: not looked yet";
        }
        if (status.others() > 0) {
            return "keep: other nodes seal with another key";
        }
        return status.former() > 0
                ? "keep: rows are not sealed with the present key yet"
                : "not needed: all that is stored is sealed with the present key";
    }
}
