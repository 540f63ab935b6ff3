package io.waypost.connector.kamelet;

import io.waypost.connector.Connector;
import io.waypost.connector.Dialect;
import io.waypost.connector.SecretFieldStore;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.files.DirectoryWatch;
import java.nio.file.Path;
import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.spring.boot.CamelContextConfiguration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Loads the catalogue before Camel starts and opens its routes right after. */
@Configuration(proxyBeanMethods = false)
class KameletConfiguration {

    private static final Path DEFAULT_DIRECTORY = Path.of("connectors");

    @Bean
    KameletCatalog connectorCatalog(
            CamelContext camel,
            List<Dialect.Source> dialects,
            ObjectProvider<Connector> internal,
            SecretFieldStore secrets) {
        var catalog = new KameletCatalog(camel, dialects, internal.stream().toList(), secrets);
        catalog.load();
        return catalog;
    }

    @Bean
    DirectoryWatch connectorsWatch(KameletCatalog catalog, WaypostProperties settings) {
        var own = settings.connectorsDir();
        var watch = new DirectoryWatch(own == null ? DEFAULT_DIRECTORY : own, KameletFile.SUFFIX, catalog);
        watch.load();
        return watch;
    }

    @Bean
    CamelContextConfiguration connectorsStart(ObjectProvider<KameletCatalog> catalog) {
        return new CamelContextConfiguration() {
            @Override
            public void beforeApplicationStart(CamelContext camel) {
                // The catalogue is loaded as a bean.
            }

            @Override
            public void afterApplicationStart(CamelContext camel) {
                catalog.getObject().start();
            }
        };
    }
}
