package io.waypost.connector.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.platform.Json;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What a connector sends by itself of one event makes a digest of a batch, for every connector file. */
class BatchPresetContractTest extends ConnectorContract {

    @TestFactory
    Stream<DynamicTest> thePresetSuitsABatch() {
        return cases(BatchPresetContractTest::batch);
    }

    private static void batch(ConnectorCase one) {
        if (one.needsAnAddress()) {
            // It takes an address out of the event, and a batch has none of its own.
            return;
        }
        var config = one.config(fake.origin());
        var connector = connectors.connector(one.connector());
        connector.description().schema().path("properties").properties().forEach(property -> {
            if (property.getValue().path("format").asText().equals("jsonata")
                    && property.getValue().has("default")) {
                config.remove(property.getKey());
            }
        });
        for (var size : List.of(1, 100)) {
            var events = IntStream.range(0, size)
                    .mapToObj(i -> ConnectorsUnderTest.event("{\"email\":\"ana@example.com\",\"n\":%d}".formatted(i)))
                    .toList();
            fake.answers(one.accepted());

            var message = ConnectorsUnderTest.batched(one.connector(), Json.write(config), new Message.Batch(events));

            assertThat(connector.send(message)).isInstanceOf(Succeeded.class);
            assertThat(fake.only().body()).hasSizeLessThan(2 * 1024 * 1024);
        }
    }
}
