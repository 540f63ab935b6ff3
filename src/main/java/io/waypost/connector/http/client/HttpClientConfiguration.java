package io.waypost.connector.http.client;

import org.apache.camel.CamelContext;
import org.apache.hc.client5.http.DnsResolver;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The client and what it stands on. */
@Configuration(proxyBeanMethods = false)
class HttpClientConfiguration {

    @Bean
    NameLookup nameLookup() {
        return new NameLookup();
    }

    /** @param resolver the guard: what it does not let through is not connected to */
    @Bean
    HttpExchange httpExchange(CamelContext camel, DnsResolver resolver) {
        return new HttpExchange(camel, resolver);
    }
}
