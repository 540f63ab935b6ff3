package io.waypost.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.waypost.platform.storage.StorageWatch;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.scheduling.annotation.Scheduled;

class SchedulingTest {

    private final StorageWatch storage = mock();

    static class Jobs {

        private final CountDownLatch end = new CountDownLatch(1);
        private final CountDownLatch rounds = new CountDownLatch(3);

        @Scheduled(fixedDelay = 1)
        void hangs() throws InterruptedException {
            end.await();
        }

        @Scheduled(fixedDelay = 1)
        void fails() {
            rounds.countDown();
            throw new IllegalStateException("told to");
        }
    }

    @Test
    void aJobThatHangsHoldsNoOtherUpAndOneThatFailsComesRoundAgain() throws InterruptedException {
        try (var context = ready()) {
            var jobs = context.getBean(Jobs.class);

            assertThat(jobs.rounds.await(5, TimeUnit.SECONDS)).isTrue();
            jobs.end.countDown();
        }
    }

    @Test
    void whileNothingCanBeStoredNoJobBegins() throws InterruptedException {
        when(storage.fails()).thenReturn(true);
        try (var context = ready()) {
            var jobs = context.getBean(Jobs.class);

            assertThat(jobs.rounds.await(200, TimeUnit.MILLISECONDS)).isFalse();
            when(storage.fails()).thenReturn(false);
            assertThat(jobs.rounds.await(30, TimeUnit.SECONDS)).isTrue();
            jobs.end.countDown();
        }
    }

    @Test
    void noJobBeginsBeforeTheGatewayIsReady() throws InterruptedException {
        try (var context = context()) {
            var jobs = context.getBean(Jobs.class);

            assertThat(jobs.rounds.await(200, TimeUnit.MILLISECONDS)).isFalse();
            becomeReady(context);
            assertThat(jobs.rounds.await(30, TimeUnit.SECONDS)).isTrue();
            jobs.end.countDown();
        }
    }

    private AnnotationConfigApplicationContext ready() {
        var context = context();
        becomeReady(context);
        return context;
    }

    private static void becomeReady(AnnotationConfigApplicationContext context) {
        context.publishEvent(
                new ApplicationReadyEvent(new SpringApplication(), new String[0], context, Duration.ofSeconds(1)));
    }

    private AnnotationConfigApplicationContext context() {
        var context = new AnnotationConfigApplicationContext();
        context.registerBean(StorageWatch.class, () -> storage);
        context.register(Scheduling.class, Jobs.class);
        context.refresh();
        return context;
    }
}
