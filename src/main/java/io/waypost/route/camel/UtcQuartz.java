package io.waypost.route.camel;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.component.cron.CronComponent;
import org.apache.camel.component.quartz.QuartzComponent;
import org.apache.camel.component.quartz.cron.CamelQuartzCronService;

/**
 * Starts flows by their cron in UTC, as subscriptions' runs do, and not in the zone that the process happens to have; a flow that
 * wants another one names it with {@code trigger.timeZone}.
 */
final class UtcQuartz extends QuartzComponent {

    private static final String ZONE = "trigger.timeZone";
    private static final AtomicInteger NUMBER = new AtomicInteger();

    /**
     * Adds it, and has the component {@code cron} use it, which would take whichever scheduler comes first on the class path by
     * itself.
     */
    static void addTo(CamelContext context) {
        var quartz = new UtcQuartz();
        // Quartz knows its schedulers by their names, in the whole process: two files that are tried at once must not
        // share one.
        quartz.setEnableJmx(false);
        quartz.setProperties(Map.of(
                "org.quartz.scheduler.instanceName",
                "flows-" + NUMBER.incrementAndGet(),
                "org.quartz.threadPool.threadCount",
                "10"));
        var service = new CamelQuartzCronService();
        service.setCamelContext(context);
        context.getRegistry().bind(service.getId(), service);
        var cron = new CronComponent();
        cron.setCronService(service.getId());
        context.addComponent("quartz", quartz);
        context.addComponent("cron", cron);
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        if (parameters.containsKey("cron")) {
            parameters.putIfAbsent(ZONE, "UTC");
        }
        return super.createEndpoint(uri, remaining, parameters);
    }
}
