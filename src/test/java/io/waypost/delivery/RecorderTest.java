package io.waypost.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.delivery.log.DeliveryUpdate.Effect;
import io.waypost.delivery.log.DueSignal;
import io.waypost.delivery.log.TestUpdates;
import io.waypost.event.EventLog;
import io.waypost.event.LogSegment;
import io.waypost.event.log.OpenSegments;
import io.waypost.platform.SettableClock;
import io.waypost.platform.TestProperties;
import io.waypost.platform.storage.StorageWatch;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.dao.PermissionDeniedDataAccessException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** What becomes of the rest when one outcome cannot be written for a reason that does not pass. */
class RecorderTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final long REFUSED = 7;

    private final Set<Long> written = ConcurrentHashMap.newKeySet();
    private final Set<LogSegment.Key> finished = ConcurrentHashMap.newKeySet();
    private final Set<LogSegment.Key> closed = ConcurrentHashMap.newKeySet();
    private final SettableClock clock = new SettableClock("2026-03-01T12:00:00Z");
    private final StorageWatch storage = new StorageWatch(null, clock);
    private volatile boolean refuses = true;
    private Recorder recorder;

    @BeforeEach
    void start() {
        var deliveries = mock(DeliveryLog.class);
        doAnswer(call -> {
                    List<DeliveryUpdate> updates = call.getArgument(0);
                    var seqs = updates.stream().map(s -> s.key().seq()).toList();
                    if (refuses && seqs.contains(REFUSED)) {
                        throw new PermissionDeniedDataAccessException("no right", null);
                    }
                    written.addAll(seqs);
                    return null;
                })
                .when(deliveries)
                .settle(any());
        var events = mock(EventLog.class);
        doAnswer(call -> finished.addAll(call.getArgument(0))).when(events).finish(any());
        var open = mock(OpenSegments.class);
        doAnswer(call -> closed.add(call.getArgument(0))).when(open).closed(any());
        var index = mock(SubscriptionIndex.class);
        when(index.current(anyLong())).thenReturn(Optional.empty());
        recorder = new Recorder(
                deliveries,
                events,
                open,
                index,
                mock(HealthJudge.class),
                new TransactionTemplate(mock(PlatformTransactionManager.class)),
                new DueSignal(),
                storage,
                clock,
                TestProperties.of(Map.of()));
        recorder.start();
    }

    @AfterEach
    void stop() {
        recorder.stop();
    }

    @Test
    void oneThatCannotBeWrittenWaitsAsideWithItsSegmentAndTheRestGoesOn() {
        var refused = recorder.recordAndTell(update(REFUSED));
        var beside = recorder.recordAndTell(update(6));
        assertThat(beside).succeedsWithin(SOON);
        var its = new LogSegment.Key(5, 1);
        recorder.finished(its, false);
        var other = new LogSegment.Key(20_000, 1);
        var later = recorder.recordAndTell(update(20_000));
        recorder.finished(other, false);

        assertThat(later).succeedsWithin(SOON);
        await().atMost(SOON).until(() -> finished.contains(other) && closed.contains(its));
        assertThat(finished).doesNotContain(its);
        assertThat(refused).isNotDone();
        assertThat(storage.trouble()).contains("set aside").contains("no right");
        assertThat(storage.fails()).isFalse();

        refuses = false;
        clock.advance(Duration.ofSeconds(5));
        assertThat(refused).succeedsWithin(SOON);
        await().atMost(SOON).until(() -> finished.contains(its));
        await().atMost(SOON).until(() -> storage.trouble() == null);
        assertThat(written).containsExactlyInAnyOrder(REFUSED, 6L, 20_000L);
    }

    private static DeliveryUpdate update(long seq) {
        return TestUpdates.update(
                new DeliveryKey(NOON, seq, 1),
                "acme",
                false,
                1,
                Status.SUCCEEDED,
                1,
                1,
                null,
                null,
                NOON,
                null,
                false,
                null,
                Effect.NONE,
                List.of(),
                null);
    }
}
