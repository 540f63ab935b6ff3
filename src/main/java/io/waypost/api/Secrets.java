package io.waypost.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.webhook.SigningSecrets;
import io.waypost.platform.Json;
import io.waypost.subscription.Subscription;

/** Signing secrets as their owner gets to see them: what the receiver needs, so of an Ed25519 pair the public key. */
final class Secrets {

    private Secrets() {}

    /** {@code secret} or {@code publicKey}, of the one that signs now. */
    static ObjectNode shown(Subscription subscription) {
        var json = Json.object();
        subscription.secrets().stream()
                .filter(secret -> secret.until() == null)
                .map(Subscription.SigningSecret::value)
                .findFirst()
                .ifPresent(value -> {
                    if (value.startsWith("whsk_")) {
                        json.put("publicKey", SigningSecrets.publicKey(value));
                    } else {
                        json.put("secret", value);
                    }
                });
        return json;
    }
}
