package io.waypost.connector.jms;

import io.waypost.connector.pool.Client;
import io.waypost.connector.pool.Hosts;
import jakarta.jms.JMSException;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.util.concurrent.atomic.AtomicBoolean;

/** One connection to a broker, with a producer for one queue or topic. */
final class JmsClient implements Client {

    /** What Artemis takes as the id by which it tells what it already has, by either protocol. */
    private static final String DUPLICATE_ID = "_AMQ_DUPL_ID";

    private final Protocol.Connected connected;
    private final Session session;
    private final MessageProducer producer;
    private final AtomicBoolean broken;

    private JmsClient(Protocol.Connected connected, Session session, MessageProducer producer, AtomicBoolean broken) {
        this.connected = connected;
        this.session = session;
        this.producer = producer;
        this.broken = broken;
    }

    static JmsClient connect(Protocol protocol, Broker broker, Hosts hosts) throws Exception {
        var connected = protocol.connect(broker, hosts);
        try {
            var broken = new AtomicBoolean();
            connected.connection().setExceptionListener(_ -> broken.set(true));
            var session = connected.connection().createSession(false, Session.AUTO_ACKNOWLEDGE);
            var destination = broker.topic() ? session.createTopic(broker.name()) : session.createQueue(broker.name());
            return new JmsClient(connected, session, session.createProducer(destination), broken);
        } catch (Exception e) {
            close(connected);
            throw e;
        }
    }

    /** Waits until the broker has it. */
    void send(Note note) throws JMSException {
        var message = session.createTextMessage(note.body());
        message.setJMSCorrelationID(note.event());
        message.setJMSType(note.type());
        message.setStringProperty(DUPLICATE_ID, note.delivery());
        for (var property : note.properties().entrySet()) {
            message.setObjectProperty(property.getKey(), property.getValue());
        }
        producer.send(message);
    }

    @Override
    public boolean usable() {
        return !broken.get();
    }

    @Override
    public void close() throws Exception {
        close(connected);
    }

    private static void close(Protocol.Connected connected) throws Exception {
        try (var _ = connected.rest()) {
            connected.connection().close();
        }
    }
}
