package io.waypost.route.camel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ThreadPoolExecutor;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.ThreadPoolProfile;
import org.junit.jupiter.api.Test;

class RestingPoolsTest {

    @Test
    void eachContextMakesItsPoolsByIt() throws Exception {
        try (var camel = new DefaultCamelContext()) {
            camel.start();

            assertThat(camel.getExecutorServiceManager().getThreadPoolFactory()).isInstanceOf(RestingPools.class);
        }
    }

    @Test
    void aScheduledPoolKeepsAThread() {
        var profile = new ThreadPoolProfile("few");
        profile.setPoolSize(0);
        profile.setMaxPoolSize(0);
        profile.setMaxQueueSize(0);
        try (var pool = new RestingPools()
                .newScheduledThreadPool(profile, Thread.ofVirtual().factory())) {
            assertThat(pool).isInstanceOfSatisfying(ThreadPoolExecutor.class, made -> assertThat(made.getCorePoolSize())
                    .isOne());
        }
    }
}
