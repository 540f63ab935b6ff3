package io.waypost.platform;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/** Small jobs that come round again and again; each names its own pace. */
@Configuration(proxyBeanMethods = false)
@EnableScheduling
class Scheduling {

    private static final Logger log = LoggerFactory.getLogger(Scheduling.class);

    /**
     * With virtual threads on, Spring's own scheduler runs all jobs with a fixed delay on one thread, and a slow mail server
     * would hold up the watch over slow receivers. As many threads as there are jobs that may take long, and some.
     */
    @Bean
    ThreadPoolTaskScheduler taskScheduler() {
        var scheduler = new ThreadPoolTaskScheduler();
        scheduler.setPoolSize(6);
        scheduler.setThreadNamePrefix("job-");
        scheduler.setDaemon(true);
        scheduler.setErrorHandler(e -> log.warn("A job failed and will come round again: {}", e.toString()));
        return scheduler;
    }
}
