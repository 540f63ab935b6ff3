package io.waypost.platform;

import java.util.Map;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** Settings for tests, read as at a start: those given, and defaults for the rest. */
public final class TestProperties {

    private TestProperties() {}

    /** @param settings by name, like {@code waypost.data-dir} */
    public static WaypostProperties of(Map<String, String> settings) {
        return new Binder(new MapConfigurationPropertySource(settings))
                .bindOrCreate("waypost", WaypostProperties.class);
    }
}
