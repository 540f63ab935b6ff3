package io.waypost.subscription;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Credential;
import io.waypost.connector.Message;
import io.waypost.event.Event;
import io.waypost.platform.Refused;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A wish: these events, to that place, in this shape. Never changes; an update makes a new one with the same {@code no}.
 *
 * @param no the internal number; what rows and ids of deliveries refer to
 * @param id what the outside sees
 * @param revision grows with every change of any subscription, in commit order; how nodes follow each other
 * @param unreadable why this node cannot read all of it, as the end of a sentence; null: it can
 */
public record Subscription(
        long no,
        String id,
        long revision,
        Definition definition,
        State state,
        List<SigningSecret> secrets,
        Instant createdAt,
        Instant updatedAt,
        @Nullable String unreadable) {

    private static final String BACKUP_URL = "backupUrl";

    /** One that can be read. */
    public Subscription(
            long no,
            String id,
            long revision,
            Definition definition,
            State state,
            List<SigningSecret> secrets,
            Instant createdAt,
            Instant updatedAt) {
        this(no, id, revision, definition, state, secrets, createdAt, updatedAt, null);
    }

    /** Whether this node can read all of it. If not, it has no config and no secrets here, and nothing can be sent for it. */
    public boolean readable() {
        return unreadable == null;
    }

    /**
     * The same, for what needs all of it.
     *
     * @throws Refused (overloaded) if this node cannot read all of it
     */
    public Subscription requireReadable() {
        if (!readable()) {
            throw Refused.unreadable("The subscription " + id, unreadable);
        }
        return this;
    }

    public String tenant() {
        return definition.tenant();
    }

    public boolean active() {
        return state.kind() == State.Kind.ACTIVE;
    }

    /** Whether its URL is dead and the backup has taken over. */
    public boolean onBackup() {
        return active() && State.BACKUP.equals(state.reason());
    }

    /** Whether there is a backup that could take over. */
    public boolean hasBackup() {
        return definition.config().hasNonNull(BACKUP_URL) && !onBackup();
    }

    /** The config as it holds now: while the backup has taken over, its URL is the URL. */
    public ObjectNode effectiveConfig() {
        var config = definition.config();
        return onBackup() && config.hasNonNull(BACKUP_URL)
                ? config.deepCopy().put("url", config.get(BACKUP_URL).asText())
                : config;
    }

    /** The secrets that sign at the given time, newest first. */
    public List<String> signingSecrets(Instant now) {
        return secrets.stream()
                .filter(secret -> secret.until() == null || secret.until().isAfter(now))
                .map(SigningSecret::value)
                .toList();
    }

    /** Its secrets with this one in front; the former sign on until the grace ends, or their own end if that is earlier. */
    List<SigningSecret> rotated(String fresh, Duration grace, Instant now) {
        var end = now.plus(grace);
        var rotated = new ArrayList<SigningSecret>();
        rotated.add(new SigningSecret(fresh, null));
        for (var old : secrets) {
            var until = old.until() == null || old.until().isAfter(end) ? end : old.until();
            if (until.isAfter(now)) {
                rotated.add(new SigningSecret(old.value(), until));
            }
        }
        return List.copyOf(rotated);
    }

    /**
     * What its connector is to send of the events, before any transform.
     *
     * @param events one; or several, which only batches have
     * @param together whether they are a batch though the subscription may have none any more
     * @param delivery the id of the delivery
     * @param attempt counts from 1
     * @param at when the attempt is made
     */
    public Message message(
            List<Event> events, boolean together, String delivery, int attempt, boolean replay, Instant at) {
        var batch = together || definition.batch != null ? new Message.Batch(events) : null;
        return new Message(
                definition.connector,
                effectiveConfig(),
                Credential.of(definition.connection),
                signingSecrets(at),
                events.getFirst(),
                null,
                delivery,
                attempt,
                replay,
                batch == null ? events.getFirst().test() : batch.test(),
                at,
                definition.effectiveTimeout(),
                definition.retry.effectiveProfile().success(),
                batch);
    }

    /**
     * What its owner wrote, checked and with defaults filled in.
     *
     * @param events names or patterns, see {@link TypePattern}
     * @param filter an EventBridge event pattern, as JSON text
     * @param condition a JSONata expression
     * @param config in the clear
     * @param connection the id of what goes before the credentials of the config
     * @param transform a JSONata expression
     * @param timeout null: the profile's
     * @param concurrency how many deliveries may be under way at once, 1 to 100
     * @param batch how its events are gathered; null: each goes alone
     */
    public record Definition(
            String tenant,
            @Nullable String app,
            @Nullable String name,
            List<String> events,
            @Nullable String filter,
            @Nullable String condition,
            String connector,
            ObjectNode config,
            @Nullable String connection,
            @Nullable String transform,
            @Nullable Duration timeout,
            int concurrency,
            @Nullable RateLimit rateLimit,
            boolean ordered,
            Retry retry,
            Deactivation deactivation,
            Buffer replayBuffer,
            @Nullable Batch batch) {

        /** One whose events go alone. */
        public Definition(
                String tenant,
                @Nullable String app,
                @Nullable String name,
                List<String> events,
                @Nullable String filter,
                @Nullable String condition,
                String connector,
                ObjectNode config,
                @Nullable String connection,
                @Nullable String transform,
                @Nullable Duration timeout,
                int concurrency,
                @Nullable RateLimit rateLimit,
                boolean ordered,
                Retry retry,
                Deactivation deactivation,
                Buffer replayBuffer) {
            this(
                    tenant,
                    app,
                    name,
                    events,
                    filter,
                    condition,
                    connector,
                    config,
                    connection,
                    transform,
                    timeout,
                    concurrency,
                    rateLimit,
                    ordered,
                    retry,
                    deactivation,
                    replayBuffer,
                    null);
        }

        /** The limit over everything in one attempt. */
        public Duration effectiveTimeout() {
            return timeout != null ? timeout : retry.effectiveProfile().timeout();
        }
    }

    /** @param perSecond above 0, at most 10,000 */
    public record RateLimit(double perSecond) {}

    /**
     * @param profile the name of a delivery profile, or null for the standard one
     * @param schedule the waits after the 1st, 2nd, … failed attempt; null: the profile's
     * @param runs what attempts wait for beside that; null: for nothing
     */
    public record Retry(
            @Nullable DeliveryProfile profile,
            @Nullable List<Duration> schedule,
            @Nullable Runs runs) {

        public Retry(@Nullable DeliveryProfile profile, @Nullable List<Duration> schedule) {
            this(profile, schedule, null);
        }

        /** The same, with attempts in runs only. */
        public Retry in(@Nullable Runs these) {
            return new Retry(profile, schedule, these);
        }

        public boolean inRuns() {
            return runs != null;
        }

        public DeliveryProfile effectiveProfile() {
            return profile == null ? DeliveryProfile.STANDARD : profile;
        }

        public List<Duration> effectiveSchedule() {
            return schedule != null ? schedule : effectiveProfile().schedule();
        }
    }

    /** @param afterFailures 0: never by itself */
    public record Deactivation(int afterFailures, Duration over) {

        public static final Deactivation DEFAULT = new Deactivation(10, Duration.ofHours(1));
    }

    /**
     * @param window how long after the deactivation events are kept
     * @param concurrency how many replayed deliveries may be under way at once
     * @param requested the longer window that was asked for while events were kept for as long; null if it is the window
     */
    public record Buffer(
            Duration window, int concurrency, @Nullable Duration requested) {

        public static final Buffer DEFAULT = new Buffer(Duration.ofDays(5), 1);

        public Buffer(Duration window, int concurrency) {
            this(window, concurrency, null);
        }

        /** What was asked for, as far as events are kept. */
        public Buffer within(Duration retention) {
            return window.compareTo(retention) > 0 ? new Buffer(retention, concurrency, window) : this;
        }

        /** The window that was asked for, however long events are kept now. */
        public Duration lasting() {
            return requested == null ? window : requested;
        }
    }

    /**
     * Events that go together.
     *
     * @param maxItems with so many it goes at once, 1 to 1,000
     * @param maxWait so long after its first event was received it goes with what there is, 1 s to 24 h
     */
    public record Batch(int maxItems, Duration maxWait) {

        public static final Batch DEFAULT = new Batch(100, Duration.ofMinutes(10));
    }

    /**
     * Whether it gets anything now.
     *
     * @param since when it came into this state; null if it has been active from the start
     * @param reason a word for programs: {@code failures}, {@code gone}, {@code requested}; of an active one {@code backup}
     *     while its backup URL stands in for its own, {@code route_missed} while a node asks who has its route
     * @param lastError what the last attempt ran into
     */
    public record State(
            Kind kind,
            @Nullable Instant since,
            @Nullable String reason,
            @Nullable String lastError) {

        /** Active from the start. */
        public static final State ACTIVE = new State(Kind.ACTIVE, null, null, null);

        static final String BACKUP = "backup";

        /** Active at its backup URL, because its own is dead. */
        public static State onBackup(Instant since, @Nullable String lastError) {
            return new State(Kind.ACTIVE, since, BACKUP, lastError);
        }

        /** Switched on again. */
        public static State activated(Instant since) {
            return new State(Kind.ACTIVE, since, null, null);
        }

        public enum Kind {
            ACTIVE,
            /** By the gateway. */
            DEACTIVATED,
            /** By its owner. */
            PAUSED
        }
    }

    /**
     * A secret that signs.
     *
     * @param value {@code whsec_…} or {@code whsk_…}
     * @param until when it stops signing; null for the current one
     */
    public record SigningSecret(String value, @Nullable Instant until) {}
}
