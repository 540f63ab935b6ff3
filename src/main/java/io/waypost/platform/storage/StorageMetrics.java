package io.waypost.platform.storage;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.waypost.platform.WaypostProperties;
import java.util.function.ToDoubleFunction;
import org.springframework.stereotype.Component;

/** How large the file of the embedded database is, for Prometheus; of any other database that is not known here. */
@Component
class StorageMetrics {

    StorageMetrics(StorageWatch storage, WaypostProperties properties, MeterRegistry registry) {
        if (!properties.db().shared()) {
            gauge(registry, storage, "waypost.store.bytes", "Size of the database's file", Storage.Size::bytes);
            gauge(registry, storage, "waypost.store.live.bytes", "How much of it is in use", Storage.Size::live);
        }
    }

    private static void gauge(
            MeterRegistry registry,
            StorageWatch storage,
            String name,
            String description,
            ToDoubleFunction<Storage.Size> value) {
        Gauge.builder(name, storage, s -> s.size().map(value::applyAsDouble).orElse(Double.NaN))
                .description(description)
                .register(registry);
    }
}
