package io.waypost.connector.pool;

import io.waypost.connector.Asker;
import io.waypost.connector.Failure;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Postponed;
import io.waypost.platform.Durations;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.springframework.stereotype.Component;

/**
 * Runs what a client does where it can be left alone: whoever asked is answered when the time is up, whatever the client
 * waits for. What is left behind is interrupted, which on a virtual thread closes the socket it reads from, and goes on
 * holding its place in the pool until it ends.
 */
@Component
public final class Attempts {

    private static final Duration AGAIN = Duration.ofSeconds(1);

    /**
     * One attempt.
     *
     * @param limit over everything
     * @param failed what an exception of the attempt means
     * @return the attempt's outcome, or a time-out
     */
    public Outcome within(Duration limit, Callable<Outcome> attempt, Function<Exception, Outcome> failed) {
        var running = new FutureTask<>(Asker.handedOn(attempt));
        var thread = Thread.ofVirtual().name("attempt").start(running);
        try {
            return running.get(Math.max(limit.toNanos(), 0), TimeUnit.NANOSECONDS);
        } catch (TimeoutException _) {
            leave(thread);
            return new Failed(Failure.TIMEOUT, "not done within " + Durations.format(limit));
        } catch (InterruptedException _) {
            leave(thread);
            Thread.currentThread().interrupt();
            return new Postponed("the gateway is stopping");
        } catch (ExecutionException e) {
            return switch (e.getCause()) {
                case Error error -> throw error;
                case Exception cause -> failed.apply(cause);
                case null, default -> failed.apply(e);
            };
        }
    }

    /** Interrupts again and again: some clients swallow an interrupt and go on to wait for something else. */
    private static void leave(Thread thread) {
        thread.interrupt();
        Thread.ofVirtual().name("attempt-left").start(() -> {
            try {
                while (!thread.join(AGAIN)) {
                    thread.interrupt();
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        });
    }
}
