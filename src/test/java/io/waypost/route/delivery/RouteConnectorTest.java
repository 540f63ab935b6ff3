package io.waypost.route.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Failure;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Gone;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.connector.Outcome.Throttled;
import io.waypost.connector.http.client.AddressBlocked;
import io.waypost.connector.pool.Attempts;
import java.net.ConnectException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.junit.jupiter.api.Test;

class RouteConnectorTest {

    private static final Message MESSAGE = ConnectorsUnderTest.brief("route", "{'route':'mine'}");

    private final RunningFlows flows = new RunningFlows();
    private final RouteConnector connector = new RouteConnector(flows, new Attempts());

    @Test
    void aFlowThatTakesLongerThanItsTimeLimitIsATimeOutAndIsInterrupted() throws Exception {
        var interrupted = new CountDownLatch(1);
        flows.started("mine", _ -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException _) {
                interrupted.countDown();
            }
            return new Succeeded(null, null);
        });

        assertThat(connector.send(MESSAGE).failure()).isEqualTo(Failure.TIMEOUT);

        interrupted.await();
    }

    @Test
    void aRouteThatIsNotHereIsNoFailureAndItsEventComesBackSoon() {
        Flow gone = _ -> new Succeeded(null, null);
        flows.started("mine", gone);
        flows.stopped("mine", gone);

        assertThat(connector.send(MESSAGE))
                .isEqualTo(
                        new Throttled(Duration.ofSeconds(1), "the route mine does not run on this node", null, null));
    }

    @Test
    void aRouteIsHereWhileItRunsAndWhileItIsReplaced() {
        Flow flow = _ -> new Succeeded(null, null);
        assertThat(connector.isHere(MESSAGE.config())).isFalse();
        flows.started("mine", flow);
        assertThat(connector.isHere(MESSAGE.config())).isTrue();
        flows.restarting(Set.of("mine"));
        flows.stopped("mine", flow);
        assertThat(connector.isHere(MESSAGE.config())).isTrue();
        flows.restarted();
        assertThat(connector.isHere(MESSAGE.config())).isFalse();
    }

    @Test
    void whileARouteIsReplacedItsEventsWaitForTheNewOne() {
        flows.restarting(Set.of("mine"));
        var sending = CompletableFuture.supplyAsync(
                () -> connector.send(ConnectorsUnderTest.message("route", "{'route':'mine'}")));

        flows.started("mine", _ -> new Succeeded(204, null));

        assertThat(sending.join().status()).isEqualTo(204);
    }

    @Test
    void oneThatDoesNotComeBackIsNotWaitedFor() {
        flows.restarting(Set.of("mine"));
        var sending = CompletableFuture.supplyAsync(
                () -> connector.send(ConnectorsUnderTest.message("route", "{'route':'mine'}")));

        flows.restarted();

        assertThat(sending.join()).isInstanceOf(Throttled.class);
    }

    @Test
    void whatWentWrongInAStepIsTheOutcome() {
        var gone = new Gone(Failure.HTTP_STATUS, "channel_is_archived", 410, null);

        assertThat(of(new NotSent("slack", gone))).isSameAs(gone);
        assertThat(of(http(503, Map.of("Retry-After", "7"))))
                .isEqualTo(new Failed(Failure.HTTP_STATUS, "HTTP status 503", 503, "no", Duration.ofSeconds(7), true));
        assertThat(of(http(429, Map.of()))).isInstanceOf(Throttled.class);
        assertThat(of(new AddressBlocked("10.0.0.1")).failure()).isEqualTo(Failure.ADDRESS_BLOCKED);
        assertThat(of(new ConnectException("refused")).failure()).isEqualTo(Failure.CONNECTION_REFUSED);
        assertThat(of(new IllegalStateException("no code is left")))
                .isEqualTo(new Failed(Failure.CONNECTOR_FAILED, "no code is left"));
    }

    private static Outcome of(Exception e) {
        return Outcomes.of(new CamelExecutionException("around it", null, e));
    }

    private static HttpOperationFailedException http(int status, Map<String, String> headers) {
        return new HttpOperationFailedException("http://example.com", status, "", "", headers, "no");
    }
}
