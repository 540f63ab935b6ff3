package io.waypost.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.webhook.SigningSecrets;
import io.waypost.delivery.circuit.CircuitStates;
import io.waypost.platform.Json;
import io.waypost.replay.Activation;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscriptions;
import java.util.Locale;
import org.springframework.stereotype.Component;

/** A subscription as the API shows it: what its owner wrote, and how it stands. */
@Component
final class SubscriptionJson {

    private static final String ED25519 = "whsk_";

    private final Subscriptions subscriptions;
    private final Activation activation;
    private final CircuitStates circuits;

    SubscriptionJson(Subscriptions subscriptions, Activation activation, CircuitStates circuits) {
        this.subscriptions = subscriptions;
        this.activation = activation;
        this.circuits = circuits;
    }

    ObjectNode of(Subscription subscription) {
        var json = Json.object().put("id", subscription.id()).put("tenant", subscription.tenant());
        json.setAll(subscriptions.toJson(subscription.definition()));
        var state = subscription.state();
        json.put("active", subscription.active());
        json.put("state", subscription.readable() ? state.kind().name().toLowerCase(Locale.ROOT) : "unreadable");
        if (!subscription.readable()) {
            json.put("unreadable", subscription.unreadable());
        }
        if (!subscription.active()) {
            part(json, "deactivation")
                    .put("since", DeliveryJson.text(state.since()))
                    .put("reason", state.reason())
                    .put("lastError", state.lastError());
        }
        if (subscription.onBackup()) {
            json.putObject("backup")
                    .put("since", DeliveryJson.text(state.since()))
                    .put("lastError", state.lastError());
        }
        addBuffer(json, subscription);
        addCircuit(json, subscription);
        json.put("createdAt", DeliveryJson.text(subscription.createdAt()));
        json.put("updatedAt", DeliveryJson.text(subscription.updatedAt()));
        return json;
    }

    /**
     * The secret that signs now, as what a receiver needs to check signatures: {@code secret}, or of an Ed25519 pair the
     * {@code publicKey}.
     */
    static ObjectNode secret(Subscription subscription) {
        var json = Json.object();
        subscription.secrets().stream()
                .filter(secret -> secret.until() == null)
                .map(Subscription.SigningSecret::value)
                .findFirst()
                .ifPresent(value -> {
                    if (value.startsWith(ED25519)) {
                        json.put("publicKey", SigningSecrets.publicKey(value));
                    } else {
                        json.put("secret", value);
                    }
                });
        return json;
    }

    private void addBuffer(ObjectNode json, Subscription subscription) {
        var size = activation.bufferSize(subscription);
        var since = subscription.active() ? null : subscription.state().since();
        var window = subscription.definition().replayBuffer().window();
        part(json, "replayBuffer")
                .put("count", size.count())
                .put("from", DeliveryJson.text(since))
                .put("until", since == null ? null : DeliveryJson.text(since.plus(window)))
                .put("dropped", size.dropped());
    }

    private void addCircuit(ObjectNode json, Subscription subscription) {
        var circuit = circuits.of(subscription.no());
        json.putObject("circuit")
                .put("state", circuit.kind().code())
                .put("since", DeliveryJson.text(circuit.since()))
                .put("nextProbeAt", DeliveryJson.text(circuit.nextProbeAt()))
                .put("timeouts", circuit.timeouts());
    }

    private static ObjectNode part(ObjectNode json, String name) {
        return json.get(name) instanceof ObjectNode there ? there : json.putObject(name);
    }
}
