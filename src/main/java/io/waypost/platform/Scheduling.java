package io.waypost.platform;

import io.waypost.platform.storage.StorageWatch;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.util.ErrorHandler;

/** Small jobs that come round again and again; each names its own pace. */
@Configuration(proxyBeanMethods = false)
@EnableScheduling
class Scheduling {

    private static final Logger log = LoggerFactory.getLogger(Scheduling.class);

    private volatile boolean ready;

    /** From now on everything that jobs use is there: the routes too, and the repositories of what they aggregate. */
    @EventListener(ApplicationReadyEvent.class)
    void ready() {
        ready = true;
    }

    @EventListener(ContextClosedEvent.class)
    void ended() {
        ready = false;
    }

    /** While nothing can be stored no job is run: nearly all would only find that out once more. */
    @Bean
    Jobs taskScheduler(StorageWatch storage) {
        return new Jobs(() -> ready && !storage.fails(), new FailedJobs());
    }

    /** Many jobs fail of one cause, again and again: that is told in a line now and then. */
    private static final class FailedJobs implements ErrorHandler {

        private static final long PAUSE_NANOS = Duration.ofMinutes(10).toNanos();
        private static final int MOST_CAUSES = 50;

        /** When each cause was told last; that which was told longest ago is forgotten first. */
        private final Map<String, Long> told = new LinkedHashMap<>();

        @Override
        public synchronized void handleError(Throwable e) {
            Memory.endIfGone(e);
            var cause = Texts.cause(e);
            var now = System.nanoTime();
            var last = told.get(cause);
            if (last != null && now - last < PAUSE_NANOS) {
                log.debug("A job failed and will come round again", e);
                return;
            }
            told.remove(cause);
            told.put(cause, now);
            if (told.size() > MOST_CAUSES) {
                told.remove(told.keySet().iterator().next());
            }
            log.warn("A job failed and will come round again; told every ten minutes: {}", cause);
        }
    }
}
