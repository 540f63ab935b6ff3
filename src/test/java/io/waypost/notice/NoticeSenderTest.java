package io.waypost.notice;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.delivery.log.DeliveryKey;
import io.waypost.notice.Notice.GivenUp;
import io.waypost.notice.Notice.Kind;
import io.waypost.platform.Invalid;
import io.waypost.platform.SettableClock;
import io.waypost.platform.TestProperties;
import io.waypost.platform.due.TestDue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;

class NoticeSenderTest {

    private final SettableClock clock = new SettableClock("2026-03-01T12:00:00Z");
    private final List<String> told = new ArrayList<>();
    private final Deque<Notice> changes = new ArrayDeque<>();
    private final Deque<Notice> exhausted = new ArrayDeque<>();

    /** Gives out three at once. */
    private final NoticeStore store = new NoticeStore() {
        @Override
        public List<Notice> claim(Instant now, Duration lease) {
            return three(changes);
        }

        @Override
        public List<Notice> claimExhausted(Instant now, Duration lease) {
            return three(exhausted);
        }

        @Override
        public void told(Notice notice, Instant now) {
            told.add(notice.id());
        }

        @Override
        public void postpone(Notice notice, Instant until) {
            throw new AssertionError();
        }

        @Override
        public void forget(List<Notice> notices) {
            notices.forEach(notice -> told.add(notice.id()));
        }

        @Override
        public int purge(Instant olderThan, int most) {
            return 0;
        }
    };

    private static List<Notice> three(Deque<Notice> waiting) {
        return IntStream.range(0, Math.min(3, waiting.size()))
                .mapToObj(_ -> waiting.removeFirst())
                .toList();
    }

    @Test
    void givenAMailServerThatTakesLong_thenWhatAnotherNodeMayHaveTakenByNowIsLeftToIt() throws Exception {
        IntStream.range(0, 3).forEach(i -> changes.add(change(i)));

        send(_ -> clock.advance(Duration.ofSeconds(40)), _ -> {});

        assertThat(told).containsExactly("ntc_0", "ntc_1");
    }

    @Test
    void givenMoreThanGoAtOnce_thenAllGoAndWhatBecameOfSubscriptionsGoesFirst() throws Exception {
        IntStream.range(0, 4).forEach(i -> changes.add(change(i)));
        IntStream.range(0, 5).forEach(i -> exhausted.add(givenUp(i)));

        send(_ -> {}, exchange -> {
            if (changes.isEmpty() && told.size() == 4) {
                // A deactivation meanwhile does not wait for the rest.
                changes.add(change(9));
            }
        });

        assertThat(told)
                .containsExactly(
                        "ntc_0", "ntc_1", "ntc_2", "ntc_3", "dlv_0", "dlv_1", "dlv_2", "ntc_9", "dlv_3", "dlv_4");
    }

    @Test
    void givenATenantWhoseOwnSchemaRefusesANotice_thenTheOthersAreToldAndItIsDropped() throws Exception {
        IntStream.range(0, 3).forEach(i -> exhausted.add(givenUp(i)));
        var published = new ArrayList<String>();

        send(_ -> {}, exchange -> {
            List<?> some = exchange.getMessage().getBody(List.class);
            if (some.contains(givenUp(1))) {
                throw new Invalid("/0/data", "is not as its tenant wants it");
            }
            published.add(((Notice) some.getFirst()).id());
        });

        assertThat(published).containsExactly("dlv_0", "dlv_2");
        assertThat(told).containsExactly("dlv_0", "dlv_1", "dlv_2");
    }

    @Test
    void givenALogThatTakesNothingNow_thenNothingIsForgottenAndItIsNotAskedAgainAtOnce() throws Exception {
        IntStream.range(0, 9).forEach(i -> exhausted.add(givenUp(i)));

        send(_ -> {}, _ -> {
            throw new IllegalStateException("full");
        });

        assertThat(told).isEmpty();
        assertThat(exhausted).hasSize(6);
    }

    private static Notice change(int i) {
        return new Notice("ntc_" + i, "sub", 1, "acme", Kind.DEACTIVATED, Instant.EPOCH, null, null, null, null);
    }

    private static Notice givenUp(int i) {
        var delivery = new GivenUp(new DeliveryKey(Instant.EPOCH, i, 1), "evt_1", 10);
        return new Notice("dlv_" + i, "sub", 1, "acme", Kind.EXHAUSTED, Instant.EPOCH, null, null, null, delivery);
    }

    private void send(Processor change, Processor givenUp) throws Exception {
        try (var camel = new DefaultCamelContext()) {
            camel.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    errorHandler(noErrorHandler());
                    from("direct:notice").process(change);
                    from("direct:notice-exhausted").process(givenUp);
                }
            });
            camel.start();
            var properties = TestProperties.of(Map.of());
            var closings = new Closings(null, null, store);
            new NoticeSender(store, closings, new TestDue(), camel, camel.createProducerTemplate(), clock, properties)
                    .send();
        }
    }
}
