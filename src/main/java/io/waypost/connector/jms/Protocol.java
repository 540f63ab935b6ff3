package io.waypost.connector.jms;

import io.waypost.connector.pool.Hosts;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import java.net.UnknownHostException;
import java.util.Map;
import org.apache.activemq.artemis.api.core.TransportConfiguration;
import org.apache.activemq.artemis.api.jms.ActiveMQJMSClient;
import org.apache.activemq.artemis.api.jms.JMSFactoryType;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyConnectorFactory;
import org.apache.activemq.artemis.core.remoting.impl.netty.TransportConstants;
import org.apache.qpid.jms.JmsConnectionFactory;

/** How a broker is spoken to. Each client makes one connection, once: what is tried again and when is not its business. */
enum Protocol {
    ARTEMIS("tcp", "ssl", 61616, 61617) {
        @Override
        Connected connect(Broker broker, Hosts hosts) throws JMSException, UnknownHostException {
            var transport = new TransportConfiguration(
                    NettyConnectorFactory.class.getName(),
                    Map.of(
                            TransportConstants.HOST_PROP_NAME,
                            target(broker, hosts),
                            TransportConstants.PORT_PROP_NAME,
                            broker.port(),
                            TransportConstants.SSL_ENABLED_PROP_NAME,
                            broker.tls(),
                            TransportConstants.USE_DEFAULT_SSL_CONTEXT_PROP_NAME,
                            broker.tls(),
                            TransportConstants.VERIFY_HOST_PROP_NAME,
                            true,
                            TransportConstants.USE_EPOLL_PROP_NAME,
                            false,
                            TransportConstants.USE_KQUEUE_PROP_NAME,
                            false,
                            TransportConstants.NETTY_CONNECT_TIMEOUT,
                            TIMEOUT_MILLIS));
            var factory = ActiveMQJMSClient.createConnectionFactoryWithoutHA(JMSFactoryType.CF, transport);
            factory.setReconnectAttempts(0);
            factory.setInitialConnectAttempts(1);
            // Other brokers that this one tells of are none that the user has named.
            factory.setUseTopologyForLoadBalancing(false);
            factory.setCallTimeout(TIMEOUT_MILLIS);
            factory.setBlockOnDurableSend(true);
            try {
                return new Connected(factory.createConnection(broker.username(), broker.password()), factory);
            } catch (JMSException | RuntimeException e) {
                factory.close();
                throw e;
            }
        }
    },

    AMQP("amqp", "amqps", 5672, 5671) {
        @Override
        Connected connect(Broker broker, Hosts hosts) throws JMSException, UnknownHostException {
            var target = target(broker, hosts);
            var factory = new JmsConnectionFactory(
                    "%s://%s:%d?amqp.vhost=%s&transport.connectTimeout=%d&transport.verifyHost=true&transport.useEpoll=false&transport.useKQueue=false"
                            .formatted(
                                    broker.tls() ? "amqps" : "amqp",
                                    target.indexOf(':') < 0 || target.startsWith("[") ? target : "[" + target + "]",
                                    broker.port(),
                                    broker.host()
                                            .replace("[", "")
                                            .replace("]", "")
                                            .replace(":", "%3A"),
                                    TIMEOUT_MILLIS));
            factory.setConnectTimeout(TIMEOUT_MILLIS);
            factory.setRequestTimeout(TIMEOUT_MILLIS);
            factory.setSendTimeout(TIMEOUT_MILLIS);
            factory.setCloseTimeout(2_000);
            factory.setForceSyncSend(true);
            factory.setUseDaemonThread(true);
            return new Connected(factory.createConnection(broker.username(), broker.password()), () -> {});
        }
    };

    /** Below it is the deadline of the attempt. */
    private static final int TIMEOUT_MILLIS = 30_000;

    private final String plain;
    private final String secure;
    private final int plainPort;
    private final int securePort;

    Protocol(String plain, String secure, int plainPort, int securePort) {
        this.plain = plain;
        this.secure = secure;
        this.plainPort = plainPort;
        this.securePort = securePort;
    }

    /** A connection, and what remains to be closed after it. */
    record Connected(Connection connection, AutoCloseable rest) {}

    abstract Connected connect(Broker broker, Hosts hosts) throws JMSException, UnknownHostException;

    String plain() {
        return plain;
    }

    String secure() {
        return secure;
    }

    int port(boolean tls) {
        return tls ? securePort : plainPort;
    }

    /** How a URL is to be written. */
    String form() {
        return "%s://HOST:PORT or %s://HOST:PORT".formatted(plain, secure);
    }

    /** The address that was checked; with TLS the name, which the certificate then has to be of. */
    private static String target(Broker broker, Hosts hosts) throws UnknownHostException {
        var address = hosts.address(broker.host()).getHostAddress();
        return broker.tls() ? broker.host() : address;
    }
}
