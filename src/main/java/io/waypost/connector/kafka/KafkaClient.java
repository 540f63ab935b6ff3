package io.waypost.connector.kafka;

import io.waypost.connector.pool.Client;
import io.waypost.connector.pool.Hosts;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A producer for one cluster, for many threads at once. */
final class KafkaClient implements Client {

    private final KafkaProducer<byte[], byte[]> producer;
    private final Hosts hosts;
    private final boolean onlyPublic;

    private KafkaClient(KafkaProducer<byte[], byte[]> producer, Hosts hosts, boolean onlyPublic) {
        this.producer = producer;
        this.hosts = hosts;
        this.onlyPublic = onlyPublic;
    }

    /** Connects later, when there is something to send. */
    static KafkaClient of(Cluster cluster, Hosts hosts, boolean onlyPublic) throws UnknownHostException {
        for (var broker : cluster.brokers()) {
            var host = Cluster.host(broker);
            if (host != null) {
                hosts.address(host);
            }
        }
        var serializer = new ByteArraySerializer();
        return new KafkaClient(new KafkaProducer<>(cluster.properties(), serializer, serializer), hosts, onlyPublic);
    }

    /** Waits until all replicas in sync have it. */
    RecordMetadata send(ProducerRecord<byte[], byte[]> record)
            throws UnknownHostException, ExecutionException, InterruptedException {
        if (onlyPublic) {
            look(record.topic());
        }
        return producer.send(record).get();
    }

    /** Asks for the topic: proves brokers, certificates and log-in, and that the topic may be seen. */
    void look(String topic) throws UnknownHostException {
        // The brokers that the record goes to are named by the cluster, and so are no better than an address of the
        // user's.
        for (PartitionInfo partition : producer.partitionsFor(topic)) {
            if (onlyPublic && partition.leader() != null) {
                hosts.address(partition.leader().host());
            }
        }
    }

    @Override
    public boolean usable() {
        return true;
    }

    @Override
    public void close() {
        producer.close(Duration.ZERO);
    }
}
