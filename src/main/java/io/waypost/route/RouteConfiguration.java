package io.waypost.route;

import io.waypost.connector.Expressions;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.files.DirectoryWatch;
import io.waypost.route.camel.ClassPathFiles;
import io.waypost.route.camel.FlowContexts;
import io.waypost.route.check.RouteReader;
import io.waypost.route.delivery.FlowSubscriptions;
import io.waypost.route.delivery.RunningFlows;
import java.nio.file.Path;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.CamelContextCustomizer;
import org.apache.camel.spi.PackageScanResourceResolver;
import org.apache.camel.spring.boot.CamelContextConfiguration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Watches the user's directory and starts its routes right after the pipeline. */
@Configuration(proxyBeanMethods = false)
class RouteConfiguration {

    private static final Path DEFAULT_DIRECTORY = Path.of("routes");

    @Bean
    static CamelContextCustomizer classPathFiles() {
        return camel -> camel.getCamelContextExtension()
                .addContextPlugin(PackageScanResourceResolver.class, new ClassPathFiles());
    }

    @Bean(destroyMethod = "stop")
    UserRoutes userRoutes(
            Pipeline pipeline,
            FlowContexts contexts,
            RunningFlows running,
            FlowSubscriptions subscriptions,
            Expressions expressions) {
        return new UserRoutes(
                pipeline, new RouteReader(expressions), new FlowRuntime(contexts), running, subscriptions);
    }

    @Bean
    DirectoryWatch routesWatch(UserRoutes routes, WaypostProperties settings) {
        var own = settings.routesDir();
        var watch = new DirectoryWatch(own == null ? DEFAULT_DIRECTORY : own, UserRoutes.SUFFIX, routes);
        watch.load();
        return watch;
    }

    @Bean
    CamelContextConfiguration routesStart(ObjectProvider<UserRoutes> routes) {
        return new CamelContextConfiguration() {
            @Override
            public void beforeApplicationStart(CamelContext camel) {
                // The files are told of as beans are made.
            }

            @Override
            public void afterApplicationStart(CamelContext camel) {
                routes.getObject().start();
            }
        };
    }
}
