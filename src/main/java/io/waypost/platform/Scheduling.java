package io.waypost.platform;

import io.waypost.platform.storage.StorageWatch;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.util.ErrorHandler;

/** Small jobs that come round again and again; each names its own pace. */
@Configuration(proxyBeanMethods = false)
@EnableScheduling
class Scheduling {

    private static final Logger log = LoggerFactory.getLogger(Scheduling.class);

    private final CountDownLatch ready = new CountDownLatch(1);

    private volatile boolean ended;

    /** From now on everything that jobs use is there: the routes too, and the repositories of what they aggregate. */
    @EventListener(ApplicationReadyEvent.class)
    void ready() {
        ready.countDown();
    }

    /** Who still waits for the start to be over need not any more. */
    @EventListener(ContextClosedEvent.class)
    void ended() {
        ended = true;
        ready.countDown();
    }

    /**
     * With virtual threads on, Spring's own scheduler runs all jobs with a fixed delay on one thread, and a slow mail server
     * would hold up the watch over slow receivers. As many threads as there are jobs that may take long, and some.
     */
    @Bean
    ThreadPoolTaskScheduler taskScheduler(StorageWatch storage) {
        var scheduler = new Jobs(ready, () -> !ended && !storage.fails());
        scheduler.setPoolSize(6);
        scheduler.setThreadNamePrefix("job-");
        scheduler.setDaemon(true);
        scheduler.setErrorHandler(new FailedJobs());
        return scheduler;
    }

    /**
     * The first rounds wait until the gateway is ready, since some of what a job uses may not have been started. While nothing
     * can be stored a round is left out: nearly all jobs would only find that out once more.
     */
    private static final class Jobs extends ThreadPoolTaskScheduler {

        private static final long serialVersionUID = 1;

        private final transient CountDownLatch ready;
        private final transient BooleanSupplier able;

        Jobs(CountDownLatch ready, BooleanSupplier able) {
            this.ready = ready;
            this.able = able;
        }

        @Override
        public ScheduledFuture<?> scheduleWithFixedDelay(Runnable job, Duration delay) {
            return super.scheduleWithFixedDelay(ifAble(job), delay);
        }

        @Override
        public ScheduledFuture<?> scheduleWithFixedDelay(Runnable job, Instant start, Duration delay) {
            return super.scheduleWithFixedDelay(ifAble(job), start, delay);
        }

        private Runnable ifAble(Runnable job) {
            return () -> {
                try {
                    ready.await();
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                    return;
                }
                if (able.getAsBoolean()) {
                    job.run();
                }
            };
        }
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
