package io.waypost.api;

import io.waypost.platform.storage.StorageWatch;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.stereotype.Component;

/** Down while nothing can be stored, with the reason. Answers at once, even if the database does not. */
@Component("storageHealthIndicator")
class StorageHealth implements HealthIndicator {

    private final StorageWatch storage;

    StorageHealth(StorageWatch storage) {
        this.storage = storage;
    }

    @Override
    public Health health() {
        var trouble = storage.trouble();
        var health = trouble == null ? Health.up() : Health.down().withDetail("reason", trouble);
        storage.room().ifPresent(bytes -> health.withDetail("free", bytes));
        storage.size().ifPresent(size -> health.withDetail("size", size.bytes()).withDetail("live", size.live()));
        return health.build();
    }
}
