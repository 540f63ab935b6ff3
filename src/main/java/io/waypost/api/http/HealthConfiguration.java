package io.waypost.api.http;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import org.springframework.boot.actuate.availability.ReadinessStateHealthIndicator;
import org.springframework.boot.actuate.endpoint.jackson.EndpointObjectMapper;
import org.springframework.boot.actuate.health.SystemHealth;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.AvailabilityState;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What of the health page is not as Spring Boot has it. */
@Configuration(proxyBeanMethods = false)
class HealthConfiguration {

    HealthConfiguration(EndpointObjectMapper mapper) {
        mapper.get().addMixIn(SystemHealth.class, WithoutProbes.class);
    }

    /** Without a key the page tells the status alone; which probes there are is always the same. */
    @JsonIgnoreProperties("groups")
    private interface WithoutProbes {}

    /** A start that is told to end just before it is over would say at its end that it is ready. */
    @Bean
    ReadinessStateHealthIndicator readinessStateHealthIndicator(
            ApplicationAvailability states, Availability availability) {
        return new ReadinessStateHealthIndicator(states) {
            @Override
            protected AvailabilityState getState(ApplicationAvailability all) {
                return availability.draining() ? ReadinessState.REFUSING_TRAFFIC : super.getState(all);
            }
        };
    }
}
