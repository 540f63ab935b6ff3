package io.waypost.connector.kafka;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.connector.pool.Destinations;
import io.waypost.connector.pool.Hosts;
import io.waypost.connector.pool.Kind;
import io.waypost.connector.pool.Shape.Input;
import io.waypost.connector.webhook.Format;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.jspecify.annotations.Nullable;

/** Puts each event into a topic. */
final class KafkaKind implements Kind<Cluster, KafkaClient, ProducerRecord<byte[], byte[]>> {

    private static final int MOST_BROKERS = 20;

    private final Hosts hosts;
    private final Destinations destinations;
    private final boolean privateToo;

    KafkaKind(Hosts hosts, Destinations destinations, boolean privateToo) {
        this.hosts = hosts;
        this.destinations = destinations;
        this.privateToo = privateToo;
    }

    @Override
    public List<Violation> violations(ObjectNode config) {
        var found = new Violations();
        var brokers = Cluster.brokers(config.path("brokers").asText());
        if (brokers.size() > MOST_BROKERS) {
            found.add(new Violation("/brokers", "must be at most %d".formatted(MOST_BROKERS)));
        }
        for (var broker : brokers) {
            var problem = problem(broker);
            if (problem != null) {
                found.add(new Violation("/brokers", problem));
                break;
            }
        }
        return found;
    }

    @Override
    public Set<String> places() {
        return Set.of("brokers", "security", "mechanism", "ca");
    }

    @Override
    public Cluster destination(ObjectNode config, Duration limit) {
        return Cluster.of(config, limit);
    }

    @Override
    public KafkaClient open(Cluster cluster) throws Exception {
        for (var broker : cluster.brokers()) {
            var host = Cluster.host(broker);
            if (host != null) {
                destinations.require(host, Cluster.port(broker));
            }
        }
        return KafkaClient.of(cluster, hosts, !privateToo);
    }

    @Override
    public ProducerRecord<byte[], byte[]> prepare(Input input, Message message) {
        var cloudEvents = input.config().path("format").asText().equals("cloudevents");
        var body = cloudEvents ? Format.CLOUDEVENTS.write(message) : input.required("body");
        var record = new ProducerRecord<>(input.config().path("topic").asText(), bytes(input.text("key")), bytes(body));
        record.headers().add("webhook-id", bytes(message.id()));
        record.headers()
                .add("content-type", bytes(cloudEvents ? Format.CLOUDEVENTS.contentType(message) : "application/json"));
        input.values("headers").forEach((name, value) -> {
            var text = Input.text(value);
            if (text != null) {
                record.headers().remove(name).add(name, bytes(text));
            }
        });
        return record;
    }

    @Override
    public Outcome send(KafkaClient client, ProducerRecord<byte[], byte[]> record, Message message) throws Exception {
        try {
            var place = client.send(record);
            return new Succeeded(null, "%s-%d@%d".formatted(place.topic(), place.partition(), place.offset()));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ApiException && !(e.getCause() instanceof ProducerFencedException)) {
                return failure(e);
            }
            throw e;
        } catch (InterruptedException | InterruptException e) {
            // Out of time; nobody waits for this answer, but others go on using the producer.
            return failure(e);
        } catch (ApiException e) {
            return failure(e);
        }
    }

    @Override
    public Outcome failure(Exception e) {
        return KafkaFailures.of(e);
    }

    @Override
    public void prove(KafkaClient client, ObjectNode config) throws Exception {
        try {
            client.look(config.path("topic").asText());
        } catch (KafkaException e) {
            throw e.getCause() instanceof Exception cause && !(e instanceof ApiException) ? cause : e;
        }
    }

    private @Nullable String problem(String broker) {
        var host = Cluster.host(broker);
        if (host == null) {
            return "must be HOST:PORT, or several of that with commas";
        }
        var problem = hosts.problem(host);
        return problem == null ? destinations.problem(host, Cluster.port(broker)) : problem;
    }

    private static byte @Nullable [] bytes(@Nullable String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }
}
