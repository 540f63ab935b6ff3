package io.waypost.connector.file;

import io.waypost.connector.Dialect;
import io.waypost.connector.Expressions;
import io.waypost.connector.pool.Attempts;
import io.waypost.connector.pool.Shape;
import io.waypost.platform.WaypostProperties;
import java.util.Optional;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Makes the connector named {@code file} append to files. */
@Configuration(proxyBeanMethods = false)
class FileConfiguration {

    @Bean
    Dialect.Source fileDialect(Expressions expressions, Attempts attempts, WaypostProperties settings) {
        return connector -> connector.name().equals("file")
                ? Optional.of(new FileDialect(new Shape(connector.schema(), expressions), attempts, settings.fileDir()))
                : Optional.empty();
    }
}
