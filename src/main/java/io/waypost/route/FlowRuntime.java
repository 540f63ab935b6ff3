package io.waypost.route;

import io.waypost.route.camel.FlowContexts;
import io.waypost.route.check.Mistake;
import io.waypost.route.check.RouteFile;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.apache.camel.util.StringHelper;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The Camel of the flows: tries files out, starts and stops their routes. */
final class FlowRuntime {

    private static final Logger LOG = LoggerFactory.getLogger(FlowRuntime.class);
    private static final int STOP_SECONDS = 8;

    /** Where routes begin with what others give them. */
    private static final Set<String> GIVEN = Set.of("waypost", "direct", "seda");

    private final FlowContexts contexts;

    /** Made when there is a file: a gateway without flows starts no second Camel. */
    private volatile @Nullable DefaultCamelContext running;

    FlowRuntime(FlowContexts contexts) {
        this.contexts = contexts;
    }

    void stop() {
        var camel = running;
        if (camel != null) {
            camel.stop();
        }
    }

    private DefaultCamelContext camel() {
        var camel = running;
        if (camel == null) {
            camel = contexts.forRunning();
            camel.start();
            running = camel;
        }
        return camel;
    }

    /** What Camel has against the file, found by making its routes where they never start. */
    Optional<Mistake> tried(String name, RouteFile file) {
        var trial = contexts.forTrial();
        try {
            trial.start();
            load(trial, name, file);
            return Optional.empty();
        } catch (Exception e) {
            return Optional.of(CamelMistakes.of(e, file));
        } finally {
            trial.stop();
        }
    }

    /** Starts the routes of the file; of one that cannot be started nothing stays. */
    Optional<Mistake> started(String name, RouteFile file) {
        try {
            load(camel(), name, file);
            return Optional.empty();
        } catch (Exception e) {
            stop(file.ids());
            return Optional.of(CamelMistakes.of(e, file));
        }
    }

    /** Stops these routes, once what is under way in them is done, and forgets them. */
    void stop(List<String> routes) {
        var camel = running;
        if (camel != null) {
            routes.forEach(id -> stop(camel, id));
        }
    }

    /** Stops the routes that begin by themselves, and waits for what is under way in them, for some seconds in all. */
    void stopSources() {
        var camel = running;
        if (camel != null) {
            var until = System.nanoTime() + TimeUnit.SECONDS.toNanos(STOP_SECONDS);
            for (var route : camel.getRoutes()) {
                if (!GIVEN.contains(StringHelper.before(route.getEndpoint().getEndpointUri(), ":"))) {
                    var left = Math.max(1, TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime()));
                    stopSource(camel, route.getRouteId(), left);
                }
            }
        }
    }

    private static void stopSource(DefaultCamelContext camel, String id, long millis) {
        try {
            camel.getRouteController().stopRoute(id, millis, TimeUnit.MILLISECONDS);
        } catch (Exception e) {
            LOG.warn("The route {} could not be stopped", id, e);
        }
    }

    private static void stop(DefaultCamelContext camel, String id) {
        try {
            if (camel.getRoute(id) != null) {
                camel.getRouteController().stopRoute(id, STOP_SECONDS, TimeUnit.SECONDS);
                camel.removeRoute(id);
            }
            var definition = camel.getRouteDefinition(id);
            if (definition != null) {
                camel.removeRouteDefinition(definition);
            }
        } catch (Exception e) {
            LOG.warn("The route {} could not be taken away", id, e);
        }
    }

    boolean runs(String route) {
        var camel = running;
        return camel != null
                && camel.getRoute(route) != null
                && camel.getRouteController().getRouteStatus(route).isStarted();
    }

    private static void load(CamelContext context, String name, RouteFile file) throws Exception {
        PluginHelper.getRoutesLoader(context).loadRoutes(ResourceHelper.fromString(name, file.text()));
    }
}
