package io.waypost.route.delivery;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.springframework.stereotype.Component;

/** The flows that run on this node, by the ids of their routes. */
@Component
public final class RunningFlows {

    private final Map<String, Flow> running = new HashMap<>();
    private final Set<String> restarting = new HashSet<>();

    RunningFlows() {}

    public synchronized void started(String route, Flow flow) {
        running.put(route, flow);
        restarting.remove(route);
        notifyAll();
    }

    public synchronized void stopped(String route, Flow flow) {
        running.remove(route, flow);
    }

    /** These stop only to be started again at once: who wants one waits for it. */
    public synchronized void restarting(Set<String> routes) {
        restarting.addAll(routes);
    }

    /** What has not come back by now is gone. */
    public synchronized void restarted() {
        restarting.clear();
        notifyAll();
    }

    /** Whether it runs here, or is being replaced. */
    public synchronized boolean isHere(String route) {
        return running.containsKey(route) || restarting.contains(route);
    }

    /** The flow; while it is being replaced, its successor, for which it waits that long at the most. */
    public synchronized Optional<Flow> find(String route, Duration most) throws InterruptedException {
        var end = System.nanoTime() + most.toNanos();
        while (!running.containsKey(route) && restarting.contains(route)) {
            var left = Duration.ofNanos(end - System.nanoTime()).toMillis();
            if (left <= 0) {
                break;
            }
            wait(left);
        }
        return Optional.ofNullable(running.get(route));
    }
}
