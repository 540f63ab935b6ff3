package io.waypost.platform;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The settings. Each is described, with unit, default and when to change it, in {@code application.yaml}.
 *
 * @param nextSecretKey what is to be the secret key soon: it opens, and does not seal yet
 * @param previousSecretKeys parted by commas; they open what they once sealed
 * @param destinations brokers and databases that connectors may use: HOST, HOST:PORT, *.DOMAIN or * each
 * @param fileDir below which the connector named {@code file} may write; null or empty: nowhere
 * @param publicUrl where people reach this gateway; what links in notices and commands on public pages begin with
 */
@ConfigurationProperties("waypost")
public record WaypostProperties(
        @DefaultValue("./data") Path dataDir,
        @Nullable String adminKey,
        @Nullable String secretKey,
        @Nullable String nextSecretKey,
        @Nullable String previousSecretKeys,
        @DefaultValue Secret secret,
        @DefaultValue("false") boolean allowPrivateNetworks,
        @DefaultValue List<String> destinations,
        @Nullable Path connectorsDir,
        @Nullable Path routesDir,
        @Nullable Path fileDir,
        @DefaultValue("30d") Duration retention,
        @Nullable String publicUrl,
        @DefaultValue Db db,
        @DefaultValue Storage storage,
        @DefaultValue Delivery delivery,
        @DefaultValue Log log,
        @DefaultValue Mail mail,
        @DefaultValue Campaigns campaigns,
        @DefaultValue Sources sources,
        @DefaultValue Quota quotas) {

    public WaypostProperties {
        if (!retention.isPositive()) {
            throw new IllegalArgumentException("WAYPOST_RETENTION must be longer than nothing");
        }
    }

    /**
     * What is stored sealed.
     *
     * @param startWithUnreadable whether to start though something of it cannot be opened
     */
    public record Secret(@DefaultValue("false") boolean startWithUnreadable) {}

    /**
     * The database; the embedded one while {@code url} is empty.
     *
     * @param pool connections at once
     * @param timeout how long PostgreSQL may leave a statement without an answer; at least 2 s
     */
    public record Db(
            @Nullable String url,
            @Nullable String user,
            @Nullable String password,
            @DefaultValue("12") int pool,
            @DefaultValue("30s") Duration timeout) {

        public Db {
            if (timeout.compareTo(Duration.ofSeconds(2)) < 0) {
                throw new IllegalArgumentException("waypost.db.timeout must be 2s or longer");
            }
        }

        /** Whether other nodes may use it too. */
        public boolean shared() {
            return url != null && !url.isBlank();
        }
    }

    /**
     * What a start makes of a database that is not in the state this node has seen it in.
     *
     * @param acceptLoss states that may be gone for good, each as the refused start names it, {@code ID:SEQUENCE}
     */
    public record Storage(@DefaultValue List<String> acceptLoss) {}

    /**
     * @param permits attempts under way at once on this node, not counting those that already took longer than a second
     * @param slowPermits attempts under way at once that took longer than a second
     * @param jitter the most by which a wait is lengthened, as a part of it, 0 to 0.2
     */
    public record Delivery(
            @DefaultValue("64") int permits,
            @DefaultValue("2000") int slowPermits,
            @DefaultValue("0.2") double jitter) {}

    /**
     * @param queue events that may wait to be stored before publishers are turned away
     * @param patience how long a publisher waits for its events to be stored
     * @param lease how long a node may work on a segment before another may take it over
     * @param segment the most events in one segment
     */
    public record Log(
            @DefaultValue("20000") int queue,
            @DefaultValue("20s") Duration patience,
            @DefaultValue("30s") Duration lease,
            @DefaultValue("250") int segment) {}

    /** @param keep how long the counts of a campaign are kept after its last event */
    public record Campaigns(@DefaultValue("400d") Duration keep) {}

    /**
     * How much one tenant may have stored.
     *
     * @param subscriptionTexts of all its subscriptions together: filters, expressions, configs
     * @param schemas of all its event types together, with their examples
     */
    public record Quota(
            @DefaultValue("20000") int subscriptions,
            @DefaultValue("32MB") DataSize subscriptionTexts,
            @DefaultValue("1000") int connections,
            @DefaultValue("1000") int sources,
            @DefaultValue("1000") int eventTypes,
            @DefaultValue("2MB") DataSize schemas,
            @DefaultValue("100") int keys) {}

    /** @param tolerance how far the time that a vendor has signed may be from ours, either way */
    public record Sources(@DefaultValue("5m") Duration tolerance) {

        public Sources {
            if (!tolerance.isPositive()) {
                throw new IllegalArgumentException("waypost.sources.tolerance must be longer than nothing");
            }
        }
    }

    /**
     * Mail for notices; off while {@code host} is empty.
     *
     * @param to who gets the notices
     */
    public record Mail(
            @Nullable String host,
            @DefaultValue("587") int port,
            @DefaultValue("starttls") String security,
            @Nullable String username,
            @Nullable String password,
            @DefaultValue("waypost@localhost") String from,
            @Nullable String to) {}
}
