package io.waypost.bench.bare;

import org.apache.camel.builder.RouteBuilder;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.web.context.WebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

/** Spring Boot with its web server, and Camel with one route: on the libraries of the gateway, without its code. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration(
        excludeName = {
            "org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration",
            "org.springframework.boot.autoconfigure.flyway.FlywayAutoConfiguration",
            "org.springdoc.core.configuration.SpringDocConfiguration",
            "org.springdoc.webmvc.core.configuration.SpringDocWebMvcConfiguration",
        })
public class BareApplication {

    public static void main(String[] args) {
        SpringApplication.run(
                BareApplication.class, "--spring.config.location=optional:file:./none/", "--server.port=0");
    }

    @Bean
    RouteBuilder route() {
        return new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:in").log("${body}");
            }
        };
    }

    @EventListener
    void ready(ApplicationReadyEvent event) {
        var server = ((WebServerApplicationContext) event.getApplicationContext()).getWebServer();
        System.out.println("Waypost listens on http://localhost:" + server.getPort());
    }
}
