package io.waypost.delivery.circuit;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.waypost.delivery.circuit.CircuitState.Kind;
import java.util.ArrayList;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** The circuits of receivers that do not answer, for Prometheus. */
@Component
class CircuitMetrics {

    /** More would make the metrics page grow with the number of subscriptions. */
    private static final int MOST_SUBSCRIPTIONS = 10;

    private final Circuits circuits;
    private final MultiGauge open;
    private final MultiGauge unanswered;

    CircuitMetrics(Circuits circuits, MeterRegistry registry) {
        this.circuits = circuits;
        Gauge.builder("waypost.circuits.open", circuits, Circuits::open)
                .description("Subscriptions of which nothing is sent because their receivers do not answer")
                .register(registry);
        open = MultiGauge.builder("waypost.circuit.open")
                .description("1 for each of these, the ten at most that failed to answer the most times")
                .register(registry);
        unanswered = MultiGauge.builder("waypost.unanswered.subscription")
                .description("Attempts in a row that got no answer, by the ten subscriptions that have the most")
                .register(registry);
    }

    @Scheduled(fixedDelayString = "${waypost.metrics-every:5s}")
    void look() {
        circuits.tidy();
        var openOnes = new ArrayList<Row<?>>();
        var counts = new ArrayList<Row<?>>();
        circuits.worst(MOST_SUBSCRIPTIONS).forEach((subscription, state) -> {
            var tags = Tags.of("subscription", subscription);
            counts.add(Row.of(tags, state.timeouts()));
            if (state.kind() != Kind.CLOSED) {
                openOnes.add(Row.of(tags, 1));
            }
        });
        open.register(openOnes, true);
        unanswered.register(counts, true);
    }
}
