package io.waypost.connector.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.config.SslConfigs;
import org.jspecify.annotations.Nullable;

/**
 * A cluster and who we are to it. All settings of the client are made here from checked values: some of Kafka's own would
 * load classes or read files.
 *
 * @param brokers host and port each
 * @param mechanism of SASL; null for no log-in
 * @param ca the certificates of the authorities to trust, PEM; null for those that Java knows
 * @param limit over the whole of an attempt
 */
record Cluster(
        List<String> brokers,
        boolean tls,
        @Nullable String mechanism,
        @Nullable String username,
        @Nullable String password,
        @Nullable String ca,
        String compression,
        Duration limit) {

    private static final Pattern BROKER = Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+):([0-9]{1,5})");
    private static final String PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule";
    private static final String SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule";

    /** @param config with defaults, checked */
    static Cluster of(JsonNode config, Duration limit) {
        return new Cluster(
                brokers(config.path("brokers").asText()),
                config.path("security").asText().equals("tls"),
                config.hasNonNull("username") ? config.path("mechanism").asText() : null,
                text(config, "username"),
                text(config, "password"),
                text(config, "ca"),
                config.path("compression").asText("none"),
                limit);
    }

    static List<String> brokers(String text) {
        return Stream.of(text.split(",")).map(String::strip).toList();
    }

    /** The host of a broker; null if it is not written as one. */
    static @Nullable String host(String broker) {
        var parts = BROKER.matcher(broker);
        return parts.matches() && Integer.parseInt(parts.group(2)) <= 65_535 ? parts.group(1) : null;
    }

    /** The port of a broker that has a host. */
    static int port(String broker) {
        return Integer.parseInt(broker.substring(broker.lastIndexOf(':') + 1));
    }

    Map<String, Object> properties() {
        var millis = Math.toIntExact(Math.max(100, limit.toMillis()));
        var all = new HashMap<String, Object>();
        all.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
        all.put(ProducerConfig.CLIENT_ID_CONFIG, "waypost");
        all.put(ProducerConfig.ACKS_CONFIG, "all");
        all.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        all.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        all.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, compression);
        all.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 8L << 20);
        all.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 4 << 20);
        all.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, millis);
        all.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, millis);
        all.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, millis);
        all.put(ProducerConfig.SOCKET_CONNECTION_SETUP_TIMEOUT_MS_CONFIG, (long) millis);
        all.put(ProducerConfig.SOCKET_CONNECTION_SETUP_TIMEOUT_MAX_MS_CONFIG, (long) millis);
        all.put(ProducerConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        all.put(ProducerConfig.METRIC_REPORTER_CLASSES_CONFIG, "");
        all.put(
                CommonClientConfigs.SECURITY_PROTOCOL_CONFIG,
                (mechanism == null ? "" : "SASL_") + (tls ? "SSL" : "PLAINTEXT"));
        if (mechanism != null) {
            all.put(SaslConfigs.SASL_MECHANISM, mechanism);
            all.put(
                    SaslConfigs.SASL_JAAS_CONFIG,
                    "%s required username=%s password=%s;"
                            .formatted(mechanism.equals("PLAIN") ? PLAIN : SCRAM, quoted(username), quoted(password)));
        }
        if (ca != null) {
            all.put(SslConfigs.SSL_TRUSTSTORE_TYPE_CONFIG, "PEM");
            all.put(SslConfigs.SSL_TRUSTSTORE_CERTIFICATES_CONFIG, ca);
        }
        return all;
    }

    /** For JAAS: in quotes, with what would end them escaped, so that no value can name a module of its own. */
    private static String quoted(@Nullable String value) {
        return value == null ? "\"\"" : '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private static @Nullable String text(JsonNode config, String field) {
        return config.hasNonNull(field) ? config.path(field).asText() : null;
    }
}
