package io.waypost.delivery;

import static io.waypost.delivery.Fakes.row;
import static io.waypost.testing.Delays.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.Delayed;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RedeliveriesTest {

    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration WAIT = Duration.ofMillis(50);

    private final Redeliveries redeliveries = new Redeliveries();
    private final InFlightDelivery delivery = row(1);
    private final AtomicInteger woken = new AtomicInteger();

    @AfterEach
    void end() {
        redeliveries.shutdownNow();
    }

    @Test
    void theWaitCamelAsksForIsNotedAndBeginsLater() {
        Runnable next = woken::incrementAndGet;
        var noted = new AtomicReference<ScheduledFuture<?>>();

        ScopedValue.where(Redeliveries.ATTEMPTED, delivery)
                .run(() -> noted.set(redeliveries.schedule(next, 1_500, TimeUnit.MILLISECONDS)));

        assertThat(noted.get() != null).as("something for Camel").isTrue();
        assertThat(delivery.restTime()).isEqualTo(Duration.ofMillis(1_500));
        assertThat(redeliveries.waiting()).isEmpty();
        delivery.next().run();
        assertThat(woken).hasValue(1);
    }

    @Test
    void whenTheWaitIsOverItGoesOnOnAThreadOfItsOwn() {
        var thread = new AtomicReference<Thread>();
        var began = System.nanoTime();

        redeliveries.begin(delivery, WAIT, () -> thread.set(Thread.currentThread()));
        await().atMost(SOON).until(() -> thread.get() != null);
        assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(WAIT.toNanos());
        assertThat(thread.get().isVirtual()).isTrue();
        assertThat(redeliveries.waiting()).isEmpty();
    }

    @Test
    void aStopEndsAllWaitsAndThoseThatBeginAfterIt() {
        redeliveries.start();
        assertThat(redeliveries.isRunning()).isTrue();
        redeliveries.begin(delivery, LONG, woken::incrementAndGet);
        redeliveries.begin(row(2), LONG, woken::incrementAndGet);

        redeliveries.stop();

        assertThat(redeliveries.isRunning()).isFalse();
        await().atMost(SOON).until(() -> woken.get() == 2);
        assertThat(redeliveries.getQueue()).isEmpty();
        redeliveries.begin(row(3), LONG, woken::incrementAndGet);
        await().atMost(SOON).until(() -> woken.get() == 3);
        assertThat(redeliveries.waiting()).isEmpty();
    }

    @Test
    void afterAnotherStartItWaitsAgain() {
        redeliveries.stop();
        redeliveries.start();

        redeliveries.begin(delivery, LONG, woken::incrementAndGet);

        assertThat(redeliveries.getQueue()).singleElement().satisfies(wait -> assertThat(
                        ((Delayed) wait).getDelay(TimeUnit.MINUTES))
                .isBetween(58L, 60L));
        assertThat(redeliveries.waiting()).containsExactly(delivery);
    }

    @Test
    void itStopsBeforeTheRoutesDo() {
        assertThat(redeliveries.getPhase()).isEqualTo(Integer.MAX_VALUE - 10);
    }
}
