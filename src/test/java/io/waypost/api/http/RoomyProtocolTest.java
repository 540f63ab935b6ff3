package io.waypost.api.http;

import static io.waypost.testing.Delays.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Tomcat with four places. */
class RoomyProtocolTest {

    private static final long UNHURRIED = 1_000;

    @TempDir
    Path directory;

    private final Tomcat tomcat = new Tomcat();
    private final Connector connector = new Connector(RoomyProtocol.class.getName());
    private final RoomyProtocol protocol = (RoomyProtocol) connector.getProtocolHandler();
    private final List<Socket> open = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        protocol.setMaxConnections(4);
        // Longer than any test.
        protocol.setConnectionTimeout(600_000);
        connector.setPort(0);
        tomcat.setBaseDir(directory.toString());
        tomcat.setConnector(connector);
        tomcat.addContext("", directory.toString());
        tomcat.start();
    }

    @AfterEach
    void stop() throws Exception {
        for (var socket : open) {
            socket.close();
        }
        tomcat.stop();
        tomcat.destroy();
    }

    private void connect(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            var socket = new Socket(InetAddress.getLoopbackAddress(), connector.getLocalPort());
            socket.setSoTimeout((int) SOON.toMillis());
            open.add(socket);
        }
    }

    @Test
    void whileThereIsRoomNobodyLooks() throws IOException {
        connect(3);
        // The one that Tomcat waits for has a place, too.
        await().atMost(SOON).until(() -> protocol.getConnectionCount() == 4);

        assertThat(protocol.getSelectorTimeout()).isEqualTo(UNHURRIED);
    }

    @Test
    void whenPlacesAreScarceThoseThatDoNothingAreClosedUntilThereIsRoom() throws IOException {
        connect(4);

        for (var socket : open) {
            assertThat(socket.getInputStream().read()).as("closed").isEqualTo(-1);
        }
        await().atMost(SOON).until(() -> protocol.getSelectorTimeout() == UNHURRIED);

        connect(4);
        for (var socket : open.subList(4, 8)) {
            assertThat(socket.getInputStream().read())
                    .as("as often as that is so")
                    .isEqualTo(-1);
        }
    }
}
