package io.waypost.connector.http.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DeadlinesTest {

    @Test
    void anExchangeThatCannotBeCutOffDoesNotKeepTheOthersFromIt() throws InterruptedException {
        try (var deadlines = new Deadlines()) {
            var asked = new CountDownLatch(1);
            var cut = new CountDownLatch(1);
            deadlines.watch(System.nanoTime(), () -> {
                asked.countDown();
                throw new IllegalStateException("closed in between");
            });
            assertThat(asked.await(5, TimeUnit.SECONDS)).isTrue();

            deadlines.watch(System.nanoTime(), () -> {
                cut.countDown();
                return true;
            });

            assertThat(cut.await(5, TimeUnit.SECONDS)).isTrue();
        }
    }
}
