package io.waypost.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.event.LogSegment;
import io.waypost.flow.Flow;
import io.waypost.subscription.SubscriptionStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/** However many subscriptions want the events of a segment, what is held of it at once is bounded. */
class DispatcherFlowTest extends Flow {

    private static final int EVENTS = 250;
    private static final int MOST = 10_000;

    /** Beyond whatever the log of the tests comes to. */
    private static final long FAR = 1_000_000_000_000L;

    private List<String> subscriptions(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> subscribeTo("order.created", receiver.url("/" + i), ""))
                .toList();
    }

    private String tenant(String subscription) {
        return gateway.bean(SubscriptionStore.class)
                .find(subscription)
                .orElseThrow()
                .tenant();
    }

    private LogSegment segment(String tenant) {
        var now = gateway.clock().instant();
        var events = LongStream.range(FAR, FAR + EVENTS)
                .mapToObj(seq ->
                        new Event(seq, now, tenant, "order.created", "/", null, null, now, false, null, "{}", false))
                .toList();
        return new LogSegment(FAR, FAR + EVENTS - 1, 1, events, 0, false);
    }

    /** As when this node has claimed it. */
    private void open(LogSegment segment, int fence) {
        gateway.bean(JdbcClient.class)
                .sql(
                        "insert into log_segment (first_seq, last_seq, fence, lease_end) values (:first, :last, :fence, :far)")
                .param("first", segment.first())
                .param("last", segment.last())
                .param("fence", fence)
                .param("far", Long.MAX_VALUE)
                .update();
    }

    private void close(LogSegment segment) {
        gateway.bean(JdbcClient.class)
                .sql("delete from log_segment where first_seq = :first")
                .param("first", segment.first())
                .update();
    }

    private long last(LogSegment segment) {
        return gateway.bean(JdbcClient.class)
                .sql("select last_seq from log_segment where first_seq = :first")
                .param("first", segment.first())
                .query(Long.class)
                .single();
    }

    @Test
    void whatVeryManyWantIsHandedOutInPieces() {
        var segment = segment(tenant(subscriptions(100).getFirst()));
        open(segment, 1);
        try {
            var fanout = gateway.bean(Dispatcher.class).match(segment);

            assertThat(fanout.count()).isEqualTo(MOST);
            assertThat(last(segment)).isEqualTo(FAR + MOST / 100 - 1);
        } finally {
            close(segment);
        }
    }

    @Test
    void whatFewWantIsHandedOutAtOnce() {
        var segment = segment(tenant(subscriptions(40).getFirst()));

        assertThat(gateway.bean(Dispatcher.class).match(segment).count()).isEqualTo(MOST);
    }

    @Test
    void whoHasLostASegmentHandsNothingOut() {
        var segment = segment(tenant(subscriptions(100).getFirst()));
        open(segment, 2);
        try {
            assertThatThrownBy(() -> gateway.bean(Dispatcher.class).match(segment))
                    .hasMessageContaining("Another node has taken over");
        } finally {
            close(segment);
        }
    }

    @Test
    void whatIsMissedIsOneRangeForEachSubscriptionHoweverManyEventsAreInIt() {
        var ids = subscriptions(3);
        ids.forEach(
                id -> api.post("/v1/subscriptions/" + id + "/deactivate", null).expect(200));

        var fanout = gateway.bean(Dispatcher.class).match(segment(tenant(ids.getFirst())));

        assertThat(fanout.count()).isZero();
        assertThat(StreamSupport.stream(fanout.ranges().spliterator(), false))
                .hasSize(3)
                .allSatisfy(range -> {
                    assertThat(range.first()).isEqualTo(FAR);
                    assertThat(range.last()).isEqualTo(FAR + EVENTS - 1);
                    assertThat(range.count()).isEqualTo(EVENTS);
                });
    }

    @Test
    void ofASegmentThatIsCutEverybodyGetsEverythingOnce() {
        var count = 41;
        subscriptions(count);

        var ids = new HashSet<>(publishMany(0, EVENTS));

        await().atMost(Duration.ofMinutes(2)).until(() -> receiver.received().size() >= count * EVENTS);
        var last = publish(EVENTS);
        await().atMost(Duration.ofMinutes(2))
                .until(() -> receiver.received().stream()
                                .filter(request -> request.id().equals(last))
                                .count()
                        == count);
        ids.add(last);
        var got = new HashMap<String, List<String>>();
        receiver.received().forEach(request -> got.computeIfAbsent(request.path(), _ -> new ArrayList<>())
                .add(request.id()));
        assertThat(got).hasSize(count).allSatisfy((_, received) -> {
            assertThat(received).hasSize(EVENTS + 1);
            assertThat(Set.copyOf(received)).isEqualTo(ids);
        });
        await().atMost(Duration.ofMinutes(1))
                .until(() -> gateway.bean(EventLog.class).backlog().events() == 0);
    }
}
