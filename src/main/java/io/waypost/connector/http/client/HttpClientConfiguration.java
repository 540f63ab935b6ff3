package io.waypost.connector.http.client;

import java.net.InetAddress;
import org.apache.camel.CamelContext;
import org.apache.hc.client5.http.DnsResolver;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.info.BuildProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The client and what it stands on. */
@Configuration(proxyBeanMethods = false)
class HttpClientConfiguration {

    /** That of the system. */
    @Bean
    NameLookup.Resolver systemResolver() {
        return InetAddress::getAllByName;
    }

    @Bean
    NameLookup nameLookup(NameLookup.Resolver resolver) {
        return new NameLookup(resolver);
    }

    @Bean
    UserAgent userAgent(ObjectProvider<BuildProperties> build) {
        return new UserAgent("Waypost/" + version(build.getIfAvailable()));
    }

    /** @param resolver the guard: what it does not let through is not connected to */
    @Bean
    HttpExchange httpExchange(CamelContext camel, DnsResolver resolver, UserAgent userAgent) {
        return new HttpExchange(camel, resolver, userAgent);
    }

    private static String version(@Nullable BuildProperties build) {
        if (build != null && build.getVersion() != null) {
            return build.getVersion();
        }
        var packaged = HttpClientConfiguration.class.getPackage().getImplementationVersion();
        return packaged == null ? "dev" : packaged;
    }
}
