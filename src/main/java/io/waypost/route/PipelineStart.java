package io.waypost.route;

import org.apache.camel.CamelContext;
import org.apache.camel.spring.boot.CamelSpringBootApplicationListener;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.LivenessState;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.web.context.WebServerGracefulShutdownLifecycle;
import org.springframework.context.ApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.stereotype.Component;

/**
 * Starts the pipeline, and the flows with it, before the port opens: whoever is let in can be answered. Camel by itself starts
 * when all else has started, the web server included, and turned away what vendors post meanwhile is gone for good.
 */
@Component
final class PipelineStart implements SmartLifecycle {

    /** Of the web server, which does not tell it. */
    private static final int PORT_OPENS = WebServerGracefulShutdownLifecycle.SMART_LIFECYCLE_PHASE - 1024;

    private final ApplicationContext application;
    private final CamelSpringBootApplicationListener routes;
    private final ObjectProvider<CamelContext> camel;
    private volatile boolean running;

    /** @param camel not as itself: what this depends on Spring starts before, and Camel would start without routes */
    PipelineStart(
            ApplicationContext application,
            CamelSpringBootApplicationListener routes,
            ObjectProvider<CamelContext> camel) {
        this.application = application;
        this.routes = routes;
        this.camel = camel;
    }

    /** When the event itself comes, Camel finds that it runs. */
    @Override
    public void start() {
        routes.onApplicationEvent(new ContextRefreshedEvent(application));
        camel.getObject().start();
        AvailabilityChangeEvent.publish(application, LivenessState.CORRECT);
        AvailabilityChangeEvent.publish(application, ReadinessState.ACCEPTING_TRAFFIC);
        running = true;
    }

    /** Camel stops by itself, right after the web server. */
    @Override
    public void stop() {
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return PORT_OPENS - 1;
    }
}
