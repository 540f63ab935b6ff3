package io.waypost.connector.webhook;

import io.waypost.connector.Dialect;
import io.waypost.connector.UrlRules;
import io.waypost.connector.http.client.UserAgent;
import java.util.Optional;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Makes the connector named {@code webhook} a signed webhook. */
@Configuration(proxyBeanMethods = false)
class WebhookConfiguration {

    @Bean
    Dialect.Source webhookDialect(UrlRules urls, UserAgent userAgent) {
        var dialect = new WebhookDialect(urls, userAgent);
        return connector -> connector.name().equals("webhook") ? Optional.of(dialect) : Optional.empty();
    }
}
