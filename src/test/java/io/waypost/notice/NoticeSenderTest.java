package io.waypost.notice;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.platform.SettableClock;
import io.waypost.platform.TestProperties;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;

class NoticeSenderTest {

    private final SettableClock clock = new SettableClock("2026-03-01T12:00:00Z");
    private final List<Notice> told = new ArrayList<>();

    /** Gives out three at once. */
    private final NoticeStore store = new NoticeStore() {
        @Override
        public List<Notice> claim(Instant now, Duration lease) {
            return IntStream.range(0, 3)
                    .mapToObj(i -> new Notice("ntc_" + i, "sub", 1, "acme", "webhook.deactivated", now, null, null))
                    .toList();
        }

        @Override
        public void told(Notice notice, Instant now) {
            told.add(notice);
        }

        @Override
        public int purge(Instant olderThan, int most) {
            return 0;
        }
    };

    @Test
    void givenAMailServerThatTakesLong_thenWhatAnotherNodeMayHaveTakenByNowIsLeftToIt() throws Exception {
        try (var camel = new DefaultCamelContext()) {
            camel.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:notice").process(_ -> clock.advance(Duration.ofSeconds(40)));
                }
            });
            camel.start();
            var sender =
                    new NoticeSender(store, camel, camel.createProducerTemplate(), clock, TestProperties.of(Map.of()));

            sender.send();
        }

        assertThat(told).extracting(Notice::id).containsExactly("ntc_0", "ntc_1");
    }
}
