package io.waypost.platform;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Delayed;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.Trigger;
import org.springframework.util.ErrorHandler;

/**
 * Runs jobs at ticks that they share. Waking a thread costs more than most of the jobs do, so one that is woken runs all that
 * are due, one after the other. One that takes long holds up the others until the next tick: then another thread goes on with
 * them. Jobs have a pause between two runs, and nothing else.
 */
final class Jobs implements TaskScheduler, SmartLifecycle {

    /** Pauses are rounded up to whole ticks. */
    static final Duration TICK = Duration.ofMillis(250);

    /** Less than a phase of the shutdown may take. */
    private static final Duration LONGEST_STOP = Duration.ofSeconds(7);

    private final BooleanSupplier able;
    private final ErrorHandler errors;
    private final List<Job> jobs = new CopyOnWriteArrayList<>();
    private final Queue<Job> due = new ConcurrentLinkedQueue<>();
    /** Not virtual ones: what a job loads for the first time would keep those of requests from going on. */
    private final ExecutorService threads = Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("job-", 0).factory());

    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean running;

    /**
     * @param able whether jobs are to be run, asked at each tick
     * @param errors told what a job has ended in
     */
    Jobs(BooleanSupplier able, ErrorHandler errors) {
        this.able = able;
        this.errors = errors;
    }

    private final class Job extends CompletableFuture<Void> implements ScheduledFuture<Void> {

        private final Runnable work;
        private final int pause;

        /** Ticks until it is due. Negative from then to its end: until then only the tick writes it, and after it the run. */
        private volatile int left;

        Job(Runnable work, Duration first, Duration pause) {
            this.work = work;
            this.left = ticks(first);
            this.pause = Math.max(1, ticks(pause));
        }

        private static int ticks(Duration time) {
            return (int) Math.clamp(time.plus(TICK).minusNanos(1).dividedBy(TICK), 0, Integer.MAX_VALUE);
        }

        boolean isDue() {
            var before = left;
            if (before >= 0) {
                left = before - 1;
            }
            return before == 0;
        }

        void run() {
            try {
                if (!isCancelled()) {
                    work.run();
                }
            } catch (RuntimeException | Error e) {
                errors.handleError(e);
            } finally {
                left = pause - 1;
            }
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(TICK.multipliedBy(Math.max(0, left)));
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
        }
    }

    /**
     * Has all that are due run, and those that a job which still runs holds up.
     *
     * @return done when they have ended
     */
    Future<?> tick() {
        jobs.removeIf(Job::isDone);
        jobs.stream().filter(Job::isDue).forEach(due::add);
        return due.isEmpty() ? CompletableFuture.completedFuture(null) : threads.submit(this::runDue);
    }

    private void runDue() {
        for (var job = due.poll(); job != null && running; job = due.poll()) {
            job.run();
        }
    }

    private void round() throws InterruptedException {
        if (able.getAsBoolean()) {
            var _ = tick();
        }
        var _ = ended.await(TICK.toNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable work, Duration pause) {
        return add(new Job(work, Duration.ZERO, pause));
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable work, Instant first, Duration pause) {
        return add(new Job(work, Duration.between(getClock().instant(), first), pause));
    }

    private Job add(Job job) {
        jobs.add(job);
        return job;
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable work, Trigger trigger) {
        throw onlyPauses();
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable work, Instant at) {
        throw onlyPauses();
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable work, Instant first, Duration period) {
        throw onlyPauses();
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable work, Duration period) {
        throw onlyPauses();
    }

    private static UnsupportedOperationException onlyPauses() {
        return new UnsupportedOperationException("a job has a fixedDelay");
    }

    @Override
    public void start() {
        running = true;
        Worker.repeat("jobs", this::isRunning, this::round, TICK, errors::handleError);
    }

    /** Returns when no job runs any more. None is interrupted: H2 would close its file for all threads. */
    @Override
    public void stop() {
        running = false;
        ended.countDown();
        threads.shutdown();
        try {
            var _ = threads.awaitTermination(LONGEST_STOP.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Stopped before what jobs use, which starts earlier; as Spring's own schedulers. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE / 2;
    }
}
