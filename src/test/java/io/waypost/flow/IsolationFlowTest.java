package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.testing.RawReceiver;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Of twenty receivers two hang and one drips: the other seventeen do not notice. */
class IsolationFlowTest extends Flow {

    private static final int FINE = 17;
    private static final int EVENTS = 50;

    @Test
    void whileTenPercentHangAndFivePercentDripTheOthersGetEverything() {
        var end = new CountDownLatch(1);
        var hanging = new RawReceiver((_, _) -> end.await());
        var dripping = new RawReceiver((_, out) -> {
            RawReceiver.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
            while (!end.await(100, TimeUnit.MILLISECONDS)) {
                RawReceiver.write(out, ".");
            }
        });
        // Longer than the test takes: none of their attempts ends while the others are sent theirs.
        var slow = "\"timeout\":\"60s\",\"concurrency\":5";
        try (hanging;
                dripping) {
            var bad = new ArrayList<String>();
            bad.add(subscribeTo("order.created", hanging.url(), slow));
            bad.add(subscribeTo("order.created", hanging.url(), slow));
            bad.add(subscribeTo("order.created", dripping.url(), slow));
            IntStream.range(0, FINE).forEach(i -> subscribeTo("order.created", receiver.url("/" + i), ""));

            IntStream.range(0, EVENTS / 10).forEach(batch -> publishMany(batch * 10, 10));

            awaitReceived(FINE * EVENTS);
            var perReceiver = receiver.received().stream()
                    .collect(Collectors.groupingBy(
                            request -> request.path(), Collectors.mapping(Flow::number, Collectors.toSet())));
            assertThat(perReceiver).hasSize(FINE).allSatisfy((_, numbers) -> assertThat(numbers)
                    .hasSize(EVENTS));
            assertThat(bad).allSatisfy(id -> assertThat(deliveries("subscription=" + id))
                    .allSatisfy(
                            d -> assertThat(d.path("attemptCount").intValue()).isZero()));
            assertThat(hanging.requests()).isEqualTo(10);
            assertThat(dripping.requests()).isEqualTo(5);
        } finally {
            end.countDown();
        }
    }
}
