package io.waypost.connector.webhook;

import io.waypost.connector.Dialect;
import io.waypost.connector.UrlRules;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.info.BuildProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Makes the connector named {@code webhook} a signed webhook. */
@Configuration(proxyBeanMethods = false)
class WebhookConfiguration {

    @Bean
    Dialect.Source webhookDialect(UrlRules urls, ObjectProvider<BuildProperties> build) {
        var dialect = new WebhookDialect(urls, "Waypost/" + version(build.getIfAvailable()));
        return connector -> connector.name().equals("webhook") ? Optional.of(dialect) : Optional.empty();
    }

    private static String version(@Nullable BuildProperties build) {
        if (build != null && build.getVersion() != null) {
            return build.getVersion();
        }
        var packaged = WebhookConfiguration.class.getPackage().getImplementationVersion();
        return packaged == null ? "dev" : packaged;
    }
}
