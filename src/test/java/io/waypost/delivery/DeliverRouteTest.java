package io.waypost.delivery;

import static io.waypost.testing.Delays.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.Outcome;
import io.waypost.delivery.policy.TryAgainSoon;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.Predicate;
import org.apache.camel.Processor;
import org.apache.camel.builder.AdviceWith;
import org.apache.camel.spi.Registry;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.apache.camel.test.junit5.CamelTestSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The routes {@code deliver} and {@code attempt} as they are shipped, with steps of the test's. */
class DeliverRouteTest extends CamelTestSupport {

    private final List<String> made = Collections.synchronizedList(new ArrayList<>());
    private final List<Duration> waits = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch waited = new CountDownLatch(1);
    private final ScheduledExecutorService redeliveries = new ScheduledThreadPoolExecutor(1) {

        @Override
        public ScheduledFuture<?> schedule(Runnable next, long delay, TimeUnit unit) {
            waits.add(Duration.of(delay, unit.toChronoUnit()));
            waited.countDown();
            return super.schedule(next, 0, unit);
        }

        @Override
        public <V> ScheduledFuture<V> schedule(Callable<V> next, long delay, TimeUnit unit) {
            throw new AssertionError("Camel schedules runnables");
        }
    };

    private volatile String endsAfter = "";
    private volatile int failures;
    private volatile RuntimeException error = new TryAgainSoon();

    @Override
    protected void bindToRegistry(Registry registry) throws Exception {
        registry.bind("redeliveries", redeliveries);
        registry.bind("triesAgainSoon", (Predicate)
                exchange -> exchange.getProperty(Exchange.EXCEPTION_CAUGHT) instanceof TryAgainSoon
                        || exchange.getException() instanceof TryAgainSoon);
        registry.bind(RouteSteps.STILL_WANTED, step("wanted"));
        registry.bind(RouteSteps.TRANSFORM, step("transform"));
        registry.bind(RouteSteps.SEND, (Processor) exchange -> {
            made.add("send");
            exchange.getMessage().setBody(new Outcome.Succeeded(200, null));
        });
        registry.bind(RouteSteps.JUDGE, (Processor) exchange -> {
            made.add("judge " + exchange.getMessage().getBody(Outcome.class).status());
            if (failures-- > 0) {
                exchange.getMessage().setHeader(Exchange.REDELIVERY_DELAY, 4_321L);
                throw error;
            }
        });
    }

    private Processor step(String name) {
        return exchange -> {
            made.add(name);
            exchange.setRouteStop(endsAfter.equals(name));
        };
    }

    @Override
    protected void doPostSetup() throws Exception {
        PluginHelper.getRoutesLoader(context)
                .loadRoutes(ResourceHelper.resolveMandatoryResource(context, "classpath:routes/deliver.camel.yaml"));
    }

    @AfterEach
    void stop() {
        redeliveries.shutdownNow();
    }

    private Exchange deliver() {
        return template.send("direct:deliver", _ -> {});
    }

    @Test
    void whatIsWantedIsTransformedSentAndJudgedInOneAttempt() {
        assertThat(deliver().getException()).isNull();

        assertThat(made).containsExactly("wanted", "transform", "send", "judge 200");
        assertThat(waits).isEmpty();
    }

    @Test
    void afterAStepThatNothingFollowsNothingIsSentOrJudged() {
        endsAfter = "wanted";
        assertThat(deliver().getException()).isNull();
        endsAfter = "transform";
        assertThat(deliver().getException()).isNull();

        assertThat(made).containsExactly("wanted", "wanted", "transform");
    }

    @Test
    void aWaitOfSecondsIsARedeliveryAfterJustThatAndMakesAllOfAnAttemptAgain() throws Exception {
        failures = 2;

        assertThat(deliver().getException()).isNull();

        assertThat(made)
                .containsExactly(
                        "wanted",
                        "transform",
                        "send",
                        "judge 200",
                        "wanted",
                        "transform",
                        "send",
                        "judge 200",
                        "wanted",
                        "transform",
                        "send",
                        "judge 200");
        assertThat(waits).containsExactly(Duration.ofMillis(4_321), Duration.ofMillis(4_321));
    }

    @Test
    void whoHandsADeliveryInIsNotHeldByItsWait() throws Exception {
        failures = 1;
        var blocked = new CountDownLatch(1);
        redeliveries.execute(() -> {
            try {
                blocked.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        var route = context.getEndpoint("direct:deliver").createAsyncProducer();
        var exchange = route.getEndpoint().createExchange();
        var ended = new CountDownLatch(1);
        try (var thread = Executors.newVirtualThreadPerTaskExecutor()) {
            // Returns although the wait has not begun to end.
            thread.submit(() -> route.process(exchange, _ -> ended.countDown())).get(30, TimeUnit.SECONDS);
        }
        assertThat(waited.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(ended.getCount()).isEqualTo(1);

        blocked.countDown();

        assertThat(ended.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(made).hasSize(8);
    }

    @Test
    void anErrorOfOursIsNotTriedAgain() {
        failures = 1;
        error = new IllegalStateException("a bug");

        assertThat(deliver().getException()).isSameAs(error);

        assertThat(made).containsExactly("wanted", "transform", "send", "judge 200");
        assertThat(waits).isEmpty();
    }

    @Test
    void theAttemptIsARouteThatOthersMayStandInFor() throws Exception {
        AdviceWith.adviceWith(context, "deliver", route -> route.interceptSendToEndpoint("direct:attempt")
                .skipSendToOriginalEndpoint()
                .to("mock:attempt"));
        var attempt = getMockEndpoint("mock:attempt");
        attempt.expectedMessageCount(1);

        deliver();

        attempt.assertIsSatisfied();
        assertThat(made).isEmpty();
    }
}
