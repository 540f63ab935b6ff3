package io.waypost.notice;

import io.waypost.platform.WaypostProperties;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/** Where people reach this gateway. */
@Component
public class PublicUrl {

    private final WaypostProperties properties;
    private final Environment environment;

    PublicUrl(WaypostProperties properties, Environment environment) {
        this.properties = properties;
        this.environment = environment;
    }

    /**
     * As it was set, without a slash at its end. If it was not: the port this gateway really listens at, which is known
     * only once it does, on this machine.
     */
    public String get() {
        var url = properties.publicUrl();
        return url == null || url.isBlank()
                ? "http://localhost:" + environment.getProperty("local.server.port", "8080")
                : url.replaceAll("/+$", "");
    }
}
