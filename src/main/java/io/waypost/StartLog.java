package io.waypost;

import io.waypost.platform.WaypostProperties;
import io.waypost.tenancy.AdminKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.web.context.WebServerApplicationContext;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** The last words of a start: where to find everything, and one line to try. */
@Component
class StartLog {

    private static final Logger log = LoggerFactory.getLogger(StartLog.class);

    private final WaypostProperties properties;
    private final AdminKey key;

    StartLog(WaypostProperties properties, AdminKey key) {
        this.properties = properties;
        this.key = key;
    }

    @EventListener
    void ready(ApplicationReadyEvent event) {
        var port = event.getApplicationContext() instanceof WebServerApplicationContext web && web.getWebServer() != null
                ? web.getWebServer().getPort()
                : 0;
        var url = properties.db().url();
        var keyPlace = key.generated() ? key.file().toString() : "WAYPOST_ADMIN_KEY";
        var keyWords = key.generated() ? "$(cat " + key.file() + ")" : "$WAYPOST_ADMIN_KEY";
        log.info("Waypost listens on http://localhost:{}", port);
        log.info(
                "Data: {}; admin key: {}",
                url == null || url.isBlank() ? properties.dataDir().toAbsolutePath().normalize() : withoutSecrets(url),
                keyPlace);
        if (!properties.allowPrivateNetworks()) {
            log.info("Receivers on localhost and private addresses are refused; WAYPOST_ALLOW_PRIVATE_NETWORKS=true"
                    + " permits them");
        }
        log.info(
                "Try: curl -H \"Authorization: Bearer {}\" http://localhost:{}/v1/connectors", keyWords, port);
    }

    private static String withoutSecrets(String url) {
        return url.replaceAll("\\?.*", "");
    }
}
