package io.waypost.connector.jms;

import static io.waypost.connector.ConnectorsUnderTest.brief;
import static io.waypost.connector.ConnectorsUnderTest.event;
import static io.waypost.connector.ConnectorsUnderTest.message;
import static io.waypost.connector.ConnectorsUnderTest.object;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Failure;
import io.waypost.connector.Outcome.Gone;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.connector.pool.SilentServer;
import io.waypost.platform.Json;
import io.waypost.platform.Violation;
import io.waypost.testing.Delays;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.config.impl.SecurityConfiguration;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptor;
import org.apache.activemq.artemis.core.security.Role;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.apache.activemq.artemis.spi.core.security.ActiveMQJAASSecurityManager;
import org.apache.activemq.artemis.spi.core.security.jaas.InVMLoginModule;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both protocols, against one Artemis that speaks them. */
class JmsTest {

    private static final String PASSWORD = "p{{env:HOME}}&?=%";
    private static final AtomicInteger NEXT = new AtomicInteger();

    private static ConnectorsUnderTest connectors;
    private static EmbeddedActiveMQ server;
    private static int port;

    private final String queue = "orders" + NEXT.incrementAndGet();

    @BeforeAll
    static void start() throws Exception {
        connectors = ConnectorsUnderTest.onLoopback();
        var users = new SecurityConfiguration();
        users.addUser("waypost", PASSWORD);
        users.addRole("waypost", "all");
        users.addUser("reader", PASSWORD);
        users.addRole("reader", "none");
        var config = new ConfigurationImpl()
                .setPersistenceEnabled(false)
                .setJMXManagementEnabled(false)
                .addAcceptorConfiguration("all", "tcp://127.0.0.1:0?protocols=CORE,AMQP&useEpoll=false")
                .putSecurityRoles(
                        "#",
                        Set.of(new Role(
                                "all", true, true, true, true, true, true, true, true, true, true, false, false)));
        server = new EmbeddedActiveMQ();
        server.setConfiguration(config);
        server.setSecurityManager(new ActiveMQJAASSecurityManager(InVMLoginModule.class.getName(), users));
        server.start();
        port = ((NettyAcceptor) server.getActiveMQServer().getRemotingService().getAcceptor("all")).getActualPort();
    }

    @AfterAll
    static void stop() throws Exception {
        connectors.close();
        server.stop();
    }

    @ParameterizedTest
    @ValueSource(strings = {"jms", "amqp"})
    void anEventIsAMessageInTheQueue(String connector) throws Exception {
        var config = config(
                connector,
                "'queue':'%s'".formatted(queue)
                        + ",'properties':{'who':'data.who','n':'data.n','yes':'data.n > 1','none':'data.none'}");
        var event = event("{\"n\":18859015918863553,\"who\":\"{{env:HOME}} ${sysenv.HOME} RAW(x)\"}");

        assertThat(connectors.connector(connector).send(message(connector, config, event)))
                .isEqualTo(new Succeeded(null, null));

        var received = receive(queue);
        assertThat(Json.read(received.getText())).isEqualTo(event.toJson());
        assertThat(received.getStringProperty("who")).isEqualTo("{{env:HOME}} ${sysenv.HOME} RAW(x)");
        assertThat(received.getLongProperty("n")).isEqualTo(18859015918863553L);
        assertThat(received.getBooleanProperty("yes")).isTrue();
        assertThat(received.propertyExists("none")).isFalse();
        assertThat(received.getJMSCorrelationID()).isEqualTo(event.id());
        assertThat(received.getJMSType()).isEqualTo("message.opened");
    }

    @ParameterizedTest
    @ValueSource(strings = {"jms", "amqp"})
    void aTopicReachesAllWhoListen(String connector) throws Exception {
        try (var connection = connection()) {
            connection.start();
            var session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            var one = session.createConsumer(session.createTopic(queue));
            var other = session.createConsumer(session.createTopic(queue));

            var outcome = connectors.send(
                    connector, config(connector, "'topic':'%s','body':'\\\"n=\\\" & data.n'".formatted(queue)));

            assertThat(outcome).isInstanceOf(Succeeded.class);
            assertThat(((TextMessage) one.receive(5000)).getText()).isEqualTo("n=1");
            assertThat(((TextMessage) other.receive(5000)).getText()).isEqualTo("n=1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jms", "amqp"})
    void whatIsSentTwiceIsInTheQueueOnce(String connector) throws Exception {
        var config = config(connector, "'queue':'%s','format':'cloudevents'".formatted(queue));

        assertThat(connectors.send(connector, config)).isInstanceOf(Succeeded.class);
        connectors.send(connector, config);

        assertThat(Json.read(receive(queue).getText()).path("specversion").textValue())
                .isEqualTo("1.0");
        assertThat(server.getActiveMQServer().locateQueue(queue).getMessageCount())
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"jms", "amqp"})
    void aWrongPasswordOrARightThatIsMissingDeactivates(String connector) {
        var config = config(connector, "'queue':'%s'".formatted(queue));

        var wrong = connectors.send(connector, config.replace("{{env", "wrong"));
        var unable = connectors.send(connector, config.replace("'waypost'", "'reader'"));

        assertThat(wrong).isInstanceOf(Gone.class);
        assertThat(wrong.detail()).doesNotContain("wrong:HOME");
        assertThat(unable).isInstanceOf(Gone.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"jms", "amqp"})
    void aCheckLogsInAndSendsNothing(String connector) {
        var config = config(connector, "'queue':'%s'".formatted(queue));

        assertThat(connectors.connector(connector).check(object(config)).ok()).isTrue();
        assertThat(connectors
                        .connector(connector)
                        .check(object(config.replace("{{env", "wrong")))
                        .ok())
                .isFalse();
        var there = server.getActiveMQServer().locateQueue(queue);
        assertThat(there == null ? 0 : there.getMessageCount()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"jms", "amqp"})
    void oneConnectionServesManyAndIsReplacedWhenItDied(String connector) throws Exception {
        var first = config(connector, "'queue':'%s'".formatted(queue));
        for (int i = 0; i < 3; i++) {
            assertThat(connectors.send(connector, first)).isInstanceOf(Succeeded.class);
        }
        var before = server.getActiveMQServer().getConnectionCount();
        for (var connection : server.getActiveMQServer().getRemotingService().getConnections()) {
            connection.destroy();
        }
        await().until(() -> server.getActiveMQServer().getConnectionCount() == 0);

        await().atMost(Delays.PAUSE).untilAsserted(() -> assertThat(connectors.send(connector, first))
                .isInstanceOf(Succeeded.class));
        assertThat(before).isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"jms", "amqp"})
    void aBrokerThatSaysNothingHoldsTheAttemptNoLongerThanItsTimeAndThenNothing(String connector) throws Exception {
        try (var silent = new SilentServer()) {
            var before = System.nanoTime();

            var outcome = connectors
                    .connector(connector)
                    .send(brief(
                            connector,
                            "{'url':'%s://127.0.0.1:%d','queue':'x'}".formatted(scheme(connector), silent.port())));

            assertThat(outcome.failure()).isEqualTo(Failure.TIMEOUT);
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Delays.PAUSE);
            await().atMost(Duration.ofSeconds(10)).until(silent::isAlone);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jms", "amqp"})
    void nobodyListeningIsConnectionRefused(String connector) throws Exception {
        int free;
        try (var socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }

        assertThat(connectors
                        .send(connector, "{'url':'%s://127.0.0.1:%d','queue':'x'}".formatted(scheme(connector), free))
                        .failure())
                .isEqualTo(Failure.CONNECTION_REFUSED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"jms", "amqp"})
    void privateBrokersAreRefusedUnlessAllowed(String connector) {
        try (var strict = new ConnectorsUnderTest(false, Path.of("no-such-directory"))) {
            var config = config(connector, "'queue':'x'");
            assertThat(strict.catalog().violations(connector, object(config)))
                    .extracting(Violation::pointer)
                    .containsExactly("/url");
            assertThat(strict.send(connector, config).failure()).isEqualTo(Failure.ADDRESS_BLOCKED);
        }
    }

    @Test
    void aUrlIsABrokerAndNothingElse() {
        for (var url : new String[] {
            "tcp://h:1?socksEnabled=true",
            "(tcp://h:1,tcp://i:1)",
            "vm://0",
            "udp://231.7.7.7:9876",
            "jgroups://x",
            "tcp://h:1#tcp://i:1",
            "tcp://u:p@h:1",
            "tcp://h:0",
            "amqp://h",
            "ssl://h:1/x"
        }) {
            assertThat(connectors.catalog().violations("jms", object("{'url':'%s','queue':'x'}".formatted(url))))
                    .as(url)
                    .extracting(Violation::pointer)
                    .containsExactly("/url");
        }
        for (var url :
                new String[] {"failover:(amqp://h:1)", "amqp://h:1?transport.trustAll=true", "amqpws://h:1", "tcp://h:1"
                }) {
            assertThat(connectors.catalog().violations("amqp", object("{'url':'%s','queue':'x'}".formatted(url))))
                    .as(url)
                    .extracting(Violation::pointer)
                    .containsExactly("/url");
        }
    }

    @Test
    void aConfigIsHeldAgainstItsRules() {
        assertThat(
                        connectors
                                .catalog()
                                .violations(
                                        "jms",
                                        object(
                                                "{'url':'tcp://h','queue':'x','topic':'y','username':'u','properties':{'a-b':'1','JMSX':'1','_AMQ_X':'1'}}")))
                .extracting(Violation::pointer)
                .containsExactlyInAnyOrder(
                        "/topic", "/password", "/properties/a-b", "/properties/JMSX", "/properties/_AMQ_X");
        assertThat(connectors.catalog().violations("amqp", object("{'url':'amqps://h'}")))
                .extracting(Violation::pointer)
                .containsExactly("/queue");
    }

    private static String scheme(String connector) {
        return connector.equals("jms") ? "tcp" : "amqp";
    }

    private static String config(String connector, String more) {
        return "{'url':'%s://127.0.0.1:%d','username':'waypost','password':'%s',%s}"
                .formatted(scheme(connector), port, PASSWORD, more);
    }

    private static Connection connection() throws JMSException {
        return new ActiveMQConnectionFactory("tcp://127.0.0.1:%d?useEpoll=false&useKQueue=false".formatted(port))
                .createConnection("waypost", PASSWORD);
    }

    private static TextMessage receive(String queue) throws JMSException {
        try (var connection = connection()) {
            connection.start();
            var session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            return (TextMessage)
                    session.createConsumer(session.createQueue(queue)).receive(5000);
        }
    }
}
