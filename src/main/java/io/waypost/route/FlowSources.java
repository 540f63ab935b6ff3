package io.waypost.route;

import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Ends what begins by itself in flows, such as timers and the readers of queues, before the pipeline that it publishes to.
 * Flows that begin with an event go on until the pipeline has ended: deliveries are their beginning.
 */
@Component
final class FlowSources implements SmartLifecycle {

    private final UserRoutes routes;
    private volatile boolean running;

    FlowSources(UserRoutes routes) {
        this.routes = routes;
    }

    /** The routes themselves are started after the pipeline. */
    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        routes.stopSources();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Stopped once publishers have been told, and before all that stores and delivers. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE - 5;
    }
}
