package io.waypost.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.event.Stretch;
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

/** However many subscriptions want the events of a stretch, what is held of it at once is bounded. */
class DispatcherTest extends Flow {

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

    private Stretch stretch(String tenant) {
        var now = gateway.clock().instant();
        var events = LongStream.range(FAR, FAR + EVENTS)
                .mapToObj(seq ->
                        new Event(seq, now, tenant, "order.created", "/", null, null, now, false, null, "{}", false))
                .toList();
        return new Stretch(FAR, FAR + EVENTS - 1, 1, events, false);
    }

    /** As when this node has claimed it. */
    private void open(Stretch stretch, int fence) {
        gateway.bean(JdbcClient.class)
                .sql("insert into stretch (first_seq, last_seq, fence, lease_end) values (:first, :last, :fence, :far)")
                .param("first", stretch.first())
                .param("last", stretch.last())
                .param("fence", fence)
                .param("far", Long.MAX_VALUE)
                .update();
    }

    private void close(Stretch stretch) {
        gateway.bean(JdbcClient.class)
                .sql("delete from stretch where first_seq = :first")
                .param("first", stretch.first())
                .update();
    }

    private long last(Stretch stretch) {
        return gateway.bean(JdbcClient.class)
                .sql("select last_seq from stretch where first_seq = :first")
                .param("first", stretch.first())
                .query(Long.class)
                .single();
    }

    @Test
    void whatVeryManyWantIsHandedOutInPieces() {
        var stretch = stretch(tenant(subscriptions(100).getFirst()));
        open(stretch, 1);
        try {
            var fanout = gateway.bean(Dispatcher.class).match(stretch);

            assertThat(fanout.count()).isEqualTo(MOST);
            assertThat(last(stretch)).isEqualTo(FAR + MOST / 100 - 1);
        } finally {
            close(stretch);
        }
    }

    @Test
    void whatFewWantIsHandedOutAtOnce() {
        var stretch = stretch(tenant(subscriptions(40).getFirst()));

        assertThat(gateway.bean(Dispatcher.class).match(stretch).count()).isEqualTo(MOST);
    }

    @Test
    void whoHasLostAStretchHandsNothingOut() {
        var stretch = stretch(tenant(subscriptions(100).getFirst()));
        open(stretch, 2);
        try {
            assertThatThrownBy(() -> gateway.bean(Dispatcher.class).match(stretch))
                    .hasMessageContaining("Another node has taken over");
        } finally {
            close(stretch);
        }
    }

    @Test
    void whatIsMissedIsOneSpanForEachSubscriptionHoweverManyEventsAreInIt() {
        var ids = subscriptions(3);
        ids.forEach(
                id -> api.post("/v1/subscriptions/" + id + "/deactivate", null).expect(200));

        var fanout = gateway.bean(Dispatcher.class).match(stretch(tenant(ids.getFirst())));

        assertThat(fanout.count()).isZero();
        assertThat(StreamSupport.stream(fanout.spans().spliterator(), false))
                .hasSize(3)
                .allSatisfy(span -> {
                    assertThat(span.first()).isEqualTo(FAR);
                    assertThat(span.last()).isEqualTo(FAR + EVENTS - 1);
                    assertThat(span.count()).isEqualTo(EVENTS);
                });
    }

    @Test
    void ofAStretchThatIsCutEverybodyGetsEverythingOnce() {
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
