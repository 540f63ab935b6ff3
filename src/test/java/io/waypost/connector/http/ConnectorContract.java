package io.waypost.connector.http;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Outcome;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.parallel.ResourceLock;

/** What tests share that are read from the folder of connectors: all connectors, a fake of the other side, the cases. */
@ResourceLock("connector contract") // its static fields
abstract class ConnectorContract {

    protected static ConnectorsUnderTest connectors;
    protected static FakeService fake;

    protected interface Check {
        void of(ConnectorCase one);
    }

    @BeforeAll
    static void start() {
        connectors = ConnectorsUnderTest.onLoopback();
        fake = new FakeService();
    }

    @AfterAll
    static void stop() {
        fake.close();
        connectors.close();
    }

    protected static Stream<DynamicTest> cases(Check check) {
        return ConnectorCase.declared().stream()
                .flatMap(ConnectorContract::casesOf)
                .map(one -> dynamicTest(one.title(), () -> check.of(one)));
    }

    protected static Outcome send(ConnectorCase one, ObjectNode config) {
        return connectors.connector(one.connector()).send(one.message(config));
    }

    /** A connector without cases fails by its name, and as one test only. */
    private static Stream<ConnectorCase> casesOf(String connector) {
        return ConnectorCase.exists(connector) ? ConnectorCase.of(connector).stream() : Stream.of();
    }
}
