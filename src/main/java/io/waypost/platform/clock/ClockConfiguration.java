package io.waypost.platform.clock;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Makes the one clock. */
@Configuration(proxyBeanMethods = false)
class ClockConfiguration {

    @Bean
    GatewayClock gatewayClock(ObjectProvider<HostClock> host) {
        return new GatewayClock(host.getIfAvailable(() -> HostClock.SYSTEM));
    }
}
