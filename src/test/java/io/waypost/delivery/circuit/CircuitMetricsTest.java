package io.waypost.delivery.circuit;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.waypost.connector.Failure;
import io.waypost.connector.Outcome;
import io.waypost.delivery.ASubscription;
import io.waypost.delivery.KnownSubscriptions;
import io.waypost.platform.SettableClock;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CircuitMetricsTest {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final KnownSubscriptions index = new KnownSubscriptions();
    private final Circuits circuits = new Circuits(index, new SettableClock("2026-03-01T12:00:00Z"));
    private final CircuitMetrics metrics = new CircuitMetrics(circuits, registry);

    private void timeOut(long subscription, int times) {
        for (int i = 0; i < times; i++) {
            circuits.attempted(subscription, new Outcome.Failed(Failure.TIMEOUT, "no answer"));
        }
    }

    /** Subscription → value. */
    private Map<String, Double> values(String name) {
        var values = new TreeMap<String, Double>();
        for (var gauge : registry.find(name).gauges()) {
            values.put(gauge.getId().getTag("subscription"), gauge.value());
        }
        return values;
    }

    @Test
    void whatDoesNotAnswerIsCountedAndTheWorstAreNamed() {
        for (long no = 1; no <= 12; no++) {
            index.put(ASubscription.no(no).get());
            timeOut(no, no <= 3 ? 5 : 2);
        }

        metrics.look();

        assertThat(registry.get("waypost.circuits.open").gauge().value()).isEqualTo(3);
        assertThat(values("waypost.circuit.open")).isEqualTo(Map.of("sub_1", 1.0, "sub_2", 1.0, "sub_3", 1.0));
        assertThat(values("waypost.unanswered.subscription"))
                .hasSize(10)
                .containsEntry("sub_1", 5.0)
                .containsEntry("sub_4", 2.0);
    }

    @Test
    void whatAnswersOrIsAnotherNowIsNamedNoMore() {
        index.put(ASubscription.no(1).get());
        index.put(ASubscription.no(2).get());
        index.put(ASubscription.no(3).get());
        timeOut(1, 5);
        timeOut(2, 5);
        timeOut(3, 1);
        metrics.look();

        circuits.attempted(1, new Outcome.Succeeded(200, ""));
        index.put(ASubscription.no(2).revision(2).get());
        metrics.look();

        assertThat(registry.get("waypost.circuits.open").gauge().value()).isZero();
        assertThat(values("waypost.circuit.open")).isEmpty();
        assertThat(values("waypost.unanswered.subscription")).isEqualTo(Map.of("sub_3", 1.0));

        timeOut(2, 5);
        index.remove(2);
        metrics.look();
        assertThat(registry.get("waypost.circuits.open").gauge().value())
                .as("what is gone")
                .isZero();
    }

    @Test
    void eachSaysWhatItIs() {
        index.put(ASubscription.no(1).get());
        timeOut(1, 5);
        metrics.look();

        assertThat(registry.getMeters())
                .extracting(Meter::getId)
                .extracting(Meter.Id::getDescription)
                .hasSize(3)
                .doesNotContainNull();
    }
}
