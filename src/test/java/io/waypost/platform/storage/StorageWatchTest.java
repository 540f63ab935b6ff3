package io.waypost.platform.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.waypost.platform.Refused;
import io.waypost.platform.SettableClock;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.dao.DataAccessResourceFailureException;

@Isolated("counts what the log says")
@ExtendWith(OutputCaptureExtension.class)
class StorageWatchTest {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final RuntimeException FULL = new DataAccessResourceFailureException("no room");

    private final Disk disk = new Disk();
    private final StorageWatch watch = new StorageWatch(disk, new SettableClock("2026-03-01T12:00:00Z"));

    /** A storage that fails, or does not answer, when told to. */
    private static final class Disk implements Storage {

        private final AtomicInteger looks = new AtomicInteger();
        private final AtomicInteger writes = new AtomicInteger();
        private final CountDownLatch answer = new CountDownLatch(1);
        private volatile boolean unreadable;
        private volatile boolean full;
        private volatile boolean silent;

        @Override
        public void look() {
            looks.incrementAndGet();
            answerOrFail(unreadable);
        }

        @Override
        public void tryOut() {
            writes.incrementAndGet();
            answerOrFail(full);
        }

        private void answerOrFail(boolean fails) {
            try {
                if (silent) {
                    answer.await();
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
            if (fails) {
                throw FULL;
            }
        }

        @Override
        public OptionalLong room() {
            return OptionalLong.of(full ? 0 : 1_000);
        }
    }

    @AfterEach
    void stop() {
        disk.answer.countDown();
        watch.stop();
    }

    @Test
    void whileNothingHappensItIsAskedAndNothingIsWritten() {
        watch.start();

        await().atMost(SOON).until(() -> disk.looks.get() >= 2);

        assertThat(watch.trouble()).isNull();
        assertThat(watch.room()).hasValue(1_000);
        assertThat(disk.writes).hasValue(0);
    }

    @Test
    void whatCouldNotBeStoredIsToldOnceUntilSomethingCanBeWritten(CapturedOutput output) throws InterruptedException {
        disk.full = true;
        watch.start();

        watch.failed(FULL);
        watch.failed(FULL);

        assertThat(watch.fails()).isTrue();
        assertThat(watch.trouble())
                .startsWith("Nothing can be stored since 2026-03-01T12:00:00Z:")
                .contains("no room");
        await().atMost(SOON).until(() -> disk.writes.get() >= 2);
        assertThat(watch.await(Duration.ZERO)).isFalse();
        disk.full = false;
        assertThat(watch.await(SOON)).isTrue();
        assertThat(watch.trouble()).isNull();
        await().atMost(SOON).until(() -> output.toString().contains("Everything can be stored again; it failed "));
        assertThat(output).containsOnlyOnce("Nothing can be stored").containsOnlyOnce("Everything can be stored again");
    }

    @Test
    void whatCannotBeReadIsNoticedWithoutAnybodyStoring() {
        disk.unreadable = true;
        disk.full = true;
        watch.start();

        await().atMost(SOON).until(watch::fails);

        disk.unreadable = false;
        disk.full = false;
        await().atMost(SOON).until(() -> !watch.fails());
    }

    @Test
    void aStorageThatDoesNotAnswerIsInTroubleWithinTwoSecondsAndThenCountsAsFailed() {
        watch.start();
        await().atMost(SOON).until(() -> disk.looks.get() >= 1);
        var answered = disk.looks.get();
        disk.silent = true;

        await().atMost(SOON).until(() -> disk.looks.get() > answered);
        await().atMost(Duration.ofMillis(1_900)).until(() -> watch.trouble() != null);
        assertThat(watch.trouble()).startsWith("The database has not answered for ");

        await().atMost(SOON).until(watch::fails);
        assertThat(watch.trouble()).startsWith("Nothing can be stored since ").contains("has not answered");
        disk.silent = false;
        await().atMost(SOON).until(() -> watch.trouble() == null);
        assertThat(disk.answer.getCount()).as("what hung still hangs").isEqualTo(1);
    }

    @Test
    void whatHangsIsNotQueuedBehind() {
        disk.silent = true;
        watch.start();

        await().atMost(SOON).until(() -> disk.looks.get() + disk.writes.get() >= 3);
        assertThat(watch.trouble()).isNotNull();
    }

    @Test
    void whatIsSetAsideIsTroubleAndStopsNobody() {
        watch.setAside("segment: permission denied");

        assertThat(watch.trouble()).contains("set aside").contains("permission denied");
        assertThat(watch.fails()).isFalse();
        watch.verify();
        watch.nothingAside();
        assertThat(watch.trouble()).isNull();
    }

    @Test
    void whatFailsLateOfAFaultThatIsOverIsNoNews() {
        var began = System.nanoTime();
        watch.failed(FULL, began);
        assertThat(watch.fails()).isTrue();
        watch.start();
        await().atMost(SOON).until(() -> !watch.fails());

        watch.failed(FULL, began);

        assertThat(watch.fails()).isFalse();
        assertThat(watch.trouble()).isNull();
    }

    @Test
    void aShortFailureIsWaitedForAndALongOneIsNot() {
        disk.full = true;
        watch.start();

        watch.failed(FULL);
        disk.full = false;
        watch.verify();

        disk.full = true;
        watch.failed(FULL);
        assertThatThrownBy(watch::verify).isInstanceOf(Refused.class);
        assertThatThrownBy(watch::verify).isInstanceOf(Refused.class);
    }
}
