package io.waypost.jar;

import io.waypost.testing.Api;
import io.waypost.testing.Client;
import io.waypost.testing.Delays;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Publishers in several threads that go on until their gateway no longer answers, or they are told to stop. */
final class Publishers implements AutoCloseable {

    private final Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
    private final Queue<Api.Answer> refused = new ConcurrentLinkedQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicLong slowest = new AtomicLong();
    private final AtomicInteger number = new AtomicInteger();
    private volatile int pauseMillis;
    private volatile boolean stopped;

    Publishers(Api api, String type, int count) {
        for (int i = 0; i < count; i++) {
            // Every second one publishes several events at once.
            var atOnce = i % 2 == 0 ? 1 : 10;
            threads.add(Thread.ofVirtual().start(() -> publish(api, type, atOnce)));
        }
    }

    private void publish(Api api, String type, int atOnce) {
        while (!stopped) {
            Api.Answer answer;
            var began = System.nanoTime();
            try {
                answer = api.post("/v1/events", Client.events(type, number.getAndAdd(atOnce), atOnce));
            } catch (IllegalStateException _) {
                return;
            }
            slowest.accumulateAndGet(System.nanoTime() - began, Math::max);
            if (answer.status() == 202) {
                acknowledged.addAll(Client.ids(answer));
            } else {
                refused.add(answer);
            }
            if (pauseMillis > 0) {
                Delays.of(pauseMillis);
            }
        }
    }

    /** They wait so long after each answer. */
    Publishers pausing(int millis) {
        pauseMillis = millis;
        return this;
    }

    /** The ids of all events that were answered with a 202. */
    Queue<String> acknowledged() {
        return acknowledged;
    }

    /** All other answers. */
    Queue<Api.Answer> refused() {
        return refused;
    }

    /** The longest that one of them had to wait for its answer. */
    Duration slowest() {
        return Duration.ofNanos(slowest.get());
    }

    /** Returns when none of them publishes any more. */
    void join() {
        for (var thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        stopped = true;
        join();
    }
}
