package io.waypost.api.http;

import io.waypost.platform.Refused;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/**
 * Knows whether the process is about to end. Before the port closes publishers are told so for a moment, so that they go
 * elsewhere instead of running into a closed connection.
 */
@Component
final class Availability implements SmartLifecycle {

    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

    private final Duration notice;
    private volatile boolean draining;
    private volatile boolean running;

    /** @param notice how long publishers are told before anything is stopped; {@code waypost.drain}, a duration */
    Availability(@Value("${waypost.drain:2s}") Duration notice) {
        this.notice = notice;
    }

    boolean draining() {
        return draining;
    }

    /** @throws Refused (overloaded) if publishers had better go elsewhere */
    void verify() {
        if (draining) {
            throw Refused.overloaded("Shutting down; publish to another node, or here again soon", RETRY_AFTER);
        }
    }

    @EventListener
    @Order(Ordered.HIGHEST_PRECEDENCE)
    void closing(ContextClosedEvent ignored) {
        draining = true;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        draining = true;
        running = false;
    }

    @Override
    public void stop(Runnable callback) {
        stop();
        CompletableFuture.delayedExecutor(notice.toMillis(), TimeUnit.MILLISECONDS)
                .execute(callback);
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Stopped before everything else. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }
}
