package io.waypost.connector.s3;

import io.waypost.connector.Dialect;
import io.waypost.connector.Expressions;
import io.waypost.connector.UrlRules;
import io.waypost.connector.http.client.HttpExchange;
import io.waypost.connector.pool.Shape;
import java.time.Clock;
import java.util.Optional;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Makes the connector named {@code s3} put objects. */
@Configuration(proxyBeanMethods = false)
class S3Configuration {

    @Bean
    Dialect.Source s3Dialect(Expressions expressions, UrlRules urls, HttpExchange http, Clock clock) {
        return connector -> connector.name().equals("s3")
                ? Optional.of(new S3Dialect(new Shape(connector.schema(), expressions), urls, http, clock))
                : Optional.empty();
    }
}
