package io.waypost.route.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.subscription.Runs;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Objects;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.quartz.QuartzComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quartz.CronTrigger;
import org.quartz.Scheduler;
import org.quartz.impl.matchers.GroupMatcher;

/**
 * One rule for what begins by a cron: UTC, whose days all have each hour once. In the zone of a flow that names one, half past two
 * is missing on the day on which summer time begins, and comes twice on the day on which it ends.
 */
class CronZonesTest {

    private static final String MISSING = "2026-03-29T00:00:00Z";
    private static final String TWICE = "2026-10-25T00:00:00Z";

    private static CamelContext context(String endpoint) throws Exception {
        var context = new DefaultCamelContext();
        context.getCamelContextExtension().setName("trial");
        UtcQuartz.addTo(context);
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from(endpoint).to("log:none");
            }
        });
        context.start();
        return context;
    }

    private static Scheduler scheduler(CamelContext context) {
        return context.getComponent("quartz", QuartzComponent.class).getScheduler();
    }

    /** When it begins within the 24 hours from then on. */
    private static List<String> begins(String endpoint, String from) throws Exception {
        try (var context = context(endpoint)) {
            var scheduler = scheduler(context);
            var key =
                    scheduler.getTriggerKeys(GroupMatcher.anyGroup()).iterator().next();
            var trigger = (CronTrigger) scheduler.getTrigger(key);
            assertThat(trigger.getTimeZone().getID()).isEqualTo(endpoint.contains("Berlin") ? "Europe/Berlin" : "UTC");
            var expression = new org.quartz.CronExpression(trigger.getCronExpression());
            expression.setTimeZone(trigger.getTimeZone());
            var found = new ArrayList<String>();
            var end = Instant.parse(from).plusSeconds(86_400);
            for (var next = expression.getNextValidTimeAfter(Date.from(Instant.parse(from)));
                    next.toInstant().isBefore(end);
                    next = expression.getNextValidTimeAfter(next)) {
                found.add(next.toInstant().toString());
            }
            return found;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"quartz:daily?cron=0+30+2+*+*+?", "cron:daily?schedule=30+2+*+*+?"})
    void aFlowBeginsInUtcUnlessItNamesAZone(String endpoint) throws Exception {
        assertThat(begins(endpoint, MISSING)).containsExactly("2026-03-29T02:30:00Z");
        assertThat(begins(endpoint, TWICE)).containsExactly("2026-10-25T02:30:00Z");
    }

    @Test
    void inTheZoneThatAFlowNamesATimeThatIsMissingIsLeftOutAndOneThatComesTwiceBeginsOnce() throws Exception {
        var endpoint = "quartz:daily?cron=0+30+2+*+*+?&trigger.timeZone=Europe/Berlin";
        assertThat(begins(endpoint, MISSING)).isEmpty();
        assertThat(begins(endpoint, TWICE)).containsExactly("2026-10-25T01:30:00Z");
    }

    /** As when two files are tried at the same time. */
    @Test
    void contextsOfOneNameShareNothing() throws Exception {
        try (var one = context("quartz:one?cron=0+0+0+1+1+?");
                var two = context("quartz:two?cron=0+0+0+1+1+?")) {
            assertThat(one.getName()).isEqualTo(two.getName());
            one.stop();
            assertThat(scheduler(two).isShutdown()).isFalse();
            assertThat(scheduler(two).getTriggerKeys(GroupMatcher.anyGroup())).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {MISSING, TWICE})
    void theRunsOfASubscriptionAreInUtc(String from) {
        var next = Objects.requireNonNull(new Runs("30 2 * * *").next(Instant.parse(from)));
        assertThat(next).isEqualTo(Instant.parse(from).plusSeconds(9_000));
        assertThat(new Runs("30 2 * * *").next(next)).isEqualTo(next.plusSeconds(86_400));
    }
}
