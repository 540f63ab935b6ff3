package io.waypost.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.scheduling.annotation.Scheduled;

class SchedulingTest {

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
        try (var context = new AnnotationConfigApplicationContext(Scheduling.class, Jobs.class)) {
            var jobs = context.getBean(Jobs.class);

            assertThat(jobs.rounds.await(5, TimeUnit.SECONDS)).isTrue();
            jobs.end.countDown();
        }
    }
}
