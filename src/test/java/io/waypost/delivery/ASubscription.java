package io.waypost.delivery;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Json;
import io.waypost.subscription.DeliveryProfile;
import io.waypost.subscription.Runs;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.Batch;
import io.waypost.subscription.Subscription.Buffer;
import io.waypost.subscription.Subscription.Deactivation;
import io.waypost.subscription.Subscription.Definition;
import io.waypost.subscription.Subscription.Retry;
import io.waypost.subscription.Subscription.State;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Builds subscriptions of the tenant {@code acme} that want everything; each method says in what one differs. */
public final class ASubscription {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    private final long no;
    private final ObjectNode config = Json.object();
    private long revision = 1;
    private State state = State.ACTIVE;
    private boolean ordered;
    private Retry retry = new Retry(null, null);
    private Deactivation deactivation = Deactivation.DEFAULT;
    private Buffer buffer = Buffer.DEFAULT;
    private @Nullable Batch batch;

    private ASubscription(long no) {
        this.no = no;
    }

    /** The one with that number; its id is {@code sub_} and the number. */
    public static ASubscription no(long no) {
        return new ASubscription(no);
    }

    public ASubscription revision(long is) {
        revision = is;
        return this;
    }

    public ASubscription state(State is) {
        state = is;
        return this;
    }

    public ASubscription paused(Instant since) {
        return state(new State(State.Kind.PAUSED, since, "requested", null));
    }

    public ASubscription ordered() {
        ordered = true;
        return this;
    }

    public ASubscription inRuns() {
        retry = retry.in(new Runs(null));
        return this;
    }

    public ASubscription profile(DeliveryProfile is) {
        retry = new Retry(is, null);
        return this;
    }

    public ASubscription deactivation(Deactivation is) {
        deactivation = is;
        return this;
    }

    public ASubscription buffer(Buffer is) {
        buffer = is;
        return this;
    }

    public ASubscription batch(Batch is) {
        batch = is;
        return this;
    }

    public ASubscription backupUrl() {
        config.put("backupUrl", "https://backup.example");
        return this;
    }

    public Subscription get() {
        var definition = new Definition(
                "acme",
                null,
                null,
                List.of("**"),
                null,
                null,
                "webhook",
                config,
                null,
                null,
                null,
                10,
                null,
                ordered,
                retry,
                deactivation,
                buffer,
                batch);
        return new Subscription(no, "sub_" + no, revision, definition, state, List.of(), NOON, NOON);
    }
}
