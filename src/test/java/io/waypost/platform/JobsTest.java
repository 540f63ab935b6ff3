package io.waypost.platform;

import static io.waypost.testing.Delays.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JobsTest {

    private final List<String> runs = new CopyOnWriteArrayList<>();
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch mayEnd = new CountDownLatch(1);

    /** Ticks when a test says so. */
    private final Jobs jobs = new Jobs(() -> false, failures::add);

    JobsTest() {
        jobs.start();
    }

    @AfterEach
    void stop() {
        mayEnd.countDown();
        jobs.stop();
    }

    private void every(Duration pause, String name) {
        jobs.scheduleWithFixedDelay(() -> runs.add(name), pause);
    }

    /** What runs at a tick. */
    private List<String> tick() throws Exception {
        runs.clear();
        jobs.tick().get(SOON.toSeconds(), TimeUnit.SECONDS);
        return List.copyOf(runs);
    }

    @Test
    void allThatAreDueRunOnOneThreadAtTicksTheyShare() throws Exception {
        var threads = new CopyOnWriteArrayList<Thread>();
        for (int i = 0; i < 3; i++) {
            jobs.scheduleWithFixedDelay(() -> threads.add(Thread.currentThread()), Jobs.TICK);
        }

        tick();

        assertThat(threads).hasSize(3).containsOnly(threads.getFirst());
    }

    @Test
    void pausesAreWholeTicks() throws Exception {
        every(Duration.ofMillis(1), "often");
        every(Jobs.TICK.multipliedBy(2), "second");
        every(Jobs.TICK.multipliedBy(2).plusNanos(1), "third");
        jobs.scheduleWithFixedDelay(() -> runs.add("later"), soon(), Duration.ofDays(1));

        assertThat(tick()).containsExactly("often", "second", "third");
        assertThat(tick()).containsExactly("often");
        assertThat(tick()).containsExactly("often", "second", "later");
        assertThat(tick()).containsExactly("often", "third");
    }

    /** In the second tick from now. */
    private Instant soon() {
        return jobs.getClock().instant().plus(Jobs.TICK.multipliedBy(2));
    }

    @Test
    void aJobThatHangsHoldsTheOthersUpUntilTheNextTickOnly() throws Exception {
        jobs.scheduleWithFixedDelay(
                () -> {
                    runs.add("hangs");
                    awaitEnd();
                },
                Jobs.TICK);
        every(Jobs.TICK, "other");
        var first = jobs.tick();
        await().atMost(SOON).until(() -> runs.contains("hangs"));

        assertThat(tick()).containsExactly("other");
        assertThat(first).isNotDone();
    }

    private void awaitEnd() {
        begun.countDown();
        try {
            assertThat(mayEnd.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aJobThatFailsIsToldOfAndComesRoundAgain() throws Exception {
        jobs.scheduleWithFixedDelay(
                () -> {
                    throw new IllegalStateException("told to");
                },
                Jobs.TICK);

        tick();
        tick();

        assertThat(failures).hasSize(2).allSatisfy(e -> assertThat(e).hasMessage("told to"));
    }

    @Test
    void oneThatIsCancelledRunsNoMore() throws Exception {
        var job = jobs.scheduleWithFixedDelay(() -> runs.add("cancelled"), Jobs.TICK);
        assertThat(tick()).contains("cancelled");

        job.cancel(false);

        assertThat(tick()).isEmpty();
    }

    @Test
    void itsEndWaitsForTheJobThatRunsAndBeginsNoOther() throws InterruptedException {
        jobs.scheduleWithFixedDelay(this::awaitEnd, Jobs.TICK);
        every(Jobs.TICK, "other");
        var running = jobs.tick();
        assertThat(begun.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();

        var end = Thread.ofVirtual().start(jobs::stop);
        await().atMost(SOON).until(() -> !jobs.isRunning());
        assertThat(end.isAlive()).isTrue();
        mayEnd.countDown();

        assertThat(end.join(SOON)).isTrue();
        assertThat(running).isDone();
        assertThat(runs).isEmpty();
    }

    @Test
    void thereIsNothingButPauses() {
        var now = Instant.EPOCH;
        assertThatThrownBy(() -> jobs.schedule(() -> {}, now)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> jobs.schedule(() -> {}, context -> now))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> jobs.scheduleAtFixedRate(() -> {}, Jobs.TICK))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> jobs.scheduleAtFixedRate(() -> {}, now, Jobs.TICK))
                .isInstanceOf(UnsupportedOperationException.class);
    }
}
