package io.waypost.replay;

import static io.waypost.replay.Given.NOON;
import static io.waypost.testing.Delays.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.waypost.delivery.MissedRange;
import io.waypost.platform.SettableClock;
import io.waypost.replay.ReplayStore.Mode;
import io.waypost.replay.ReplayStore.Need;
import io.waypost.store.jdbc.TestDatabases;
import io.waypost.store.jdbc.TestStores;
import io.waypost.subscription.SubscriptionStore;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.apache.camel.processor.aggregate.AggregateController;
import org.apache.camel.processor.aggregate.DefaultAggregateController;
import org.apache.camel.processor.aggregate.jdbc.JdbcAggregationRepository;
import org.apache.camel.spi.OptimisticLockingAggregationRepository.OptimisticLockingException;
import org.apache.camel.spi.Registry;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.apache.camel.test.junit5.CamelTestSupport;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;

/** The routes {@code replay-buffer} and {@code replay} as they are shipped, with the groups in a database. */
class ReplayBufferTest extends CamelTestSupport {

    private final DataSource database = TestDatabases.h2();
    private final JdbcClient jdbc = JdbcClient.create(database);
    private final ReplayStore replays = TestStores.replays(database);
    private final SubscriptionStore subscriptions = TestStores.subscriptions(database, new TestStores.Unsealed());
    private final SettableClock clock = new SettableClock("2026-03-01T12:00:00Z");
    private final ReplayBuffer.Beans beans = new ReplayBuffer.Beans();
    private final JdbcAggregationRepository groups =
            beans.replayBufferRepository(new JdbcTransactionManager(database), database, replays, clock);
    private final AggregateController controller = beans.replayBufferController();
    private final AtomicInteger begun = new AtomicInteger();
    private ReplayBuffer buffer;
    private long no;

    /** What the route {@code replay} calls. */
    public final class Begins {
        public void begin() {
            begun.incrementAndGet();
        }
    }

    @Override
    protected void bindToRegistry(Registry registry) {
        registry.bind("replayBufferRepository", groups);
        registry.bind("replayBufferController", controller);
        registry.bind("missedRangeAggregation", beans.missedRangeAggregation());
        registry.bind("replayer", new Begins());
    }

    @Override
    protected void doPostSetup() throws Exception {
        buffer = beans.replayBuffer(context, groups, controller);
        assertThat(buffer.ready()).isFalse();
        for (var route : List.of("replay", "replay-buffer")) {
            PluginHelper.getRoutesLoader(context)
                    .loadRoutes(ResourceHelper.resolveMandatoryResource(
                            context, "classpath:routes/%s.camel.yaml".formatted(route)));
        }
        TestStores.subscribeTo(subscriptions, "sub_1", "acme", List.of("**"));
        no = subscriptions.find("sub_1").orElseThrow().no();
    }

    private void add(long segment, long first, long last, long count) {
        template.sendBody("direct:replay-buffer", MissedRange.of(no, segment, first, last, count, 0));
    }

    private static List<Long> numbers(MissedRange range) {
        return List.of(range.first(), range.last(), range.count(), range.dropped());
    }

    @Test
    void whatIsMissedGathersInOneRange() {
        assertThat(buffer.ready()).isTrue();
        assertThat(buffer.range(no)).isEmpty();

        add(10, 10, 12, 3);
        add(20, 20, 25, 2);
        add(20, 20, 25, 2);
        template.sendBody("direct:replay-buffer", MissedRange.of(no, 30, 0, 0, 0, 4));

        assertThat(numbers(buffer.range(no).orElseThrow()))
                .as("a segment that is dispatched again counts once")
                .containsExactly(10L, 25L, 5L, 4L);
        assertThat(buffer.range(no + 1)).isEmpty();
        assertThat(replays.largest(10)).isEqualTo(Map.of(no, 5L));
        assertThat(replays.needs(100)).containsExactly(new Need(no, "acme", 10, null));
        assertThat(begun).as("nothing but an activation lets it out").hasValue(0);
    }

    @Test
    void whatIsLetOutIsAReplayBeforeTheRouteIsTold() {
        add(10, 10, 12, 3);
        replays.decide(no, Mode.REPLAY, NOON);

        assertThat(buffer.complete(no)).isTrue();

        assertThat(replays.sending(no))
                .extracting(replay -> List.of(replay.first(), replay.last(), replay.remaining()))
                .containsExactly(List.of(10L, 12L, 3L));
        assertThat(buffer.range(no)).isEmpty();
        assertThat(buffer.complete(no)).as("once").isFalse();
        await().atMost(SOON).untilAsserted(() -> assertThat(begun).hasValue(1));
        assertThat(jdbc.sql("select due_at from replay").query(Long.class).single())
                .isEqualTo(NOON.getEpochSecond() * 1_000_000);
    }

    @Test
    void aBufferThatIsNotThereIsNotLetOut() {
        assertThat(buffer.complete(no)).isFalse();
        assertThat(begun).hasValue(0);
    }

    @Test
    void whatAnotherNodeHasChangedSinceItWasReadStays() throws Exception {
        add(10, 10, 12, 3);
        var key = String.valueOf(no);
        var read = groups.get(context, key);
        add(20, 20, 25, 2);

        assertThatThrownBy(() -> groups.remove(context, key, read)).isInstanceOf(OptimisticLockingException.class);

        assertThat(numbers(buffer.range(no).orElseThrow())).containsExactly(10L, 25L, 5L, 0L);
        assertThat(replays.sending(no)).isEmpty();
    }

    @Test
    void whereOthersChangeItMeanwhileItIsTriedAgainAFewTimes() {
        var collisions = new AtomicInteger();
        var tries = new AtomicInteger();
        var busy = new ReplayBuffer(context, groups, new DefaultAggregateController() {
            @Override
            public int forceCompletionOfGroup(String key) {
                assertThat(key).isEqualTo("7");
                tries.incrementAndGet();
                if (collisions.getAndDecrement() > 0) {
                    throw new OptimisticLockingException();
                }
                return 1;
            }
        });

        collisions.set(4);
        assertThat(busy.complete(7)).isTrue();
        assertThat(tries.getAndSet(0)).isEqualTo(5);
        collisions.set(5);
        assertThatThrownBy(() -> busy.complete(7)).isInstanceOf(OptimisticLockingException.class);
        assertThat(tries).hasValue(5);
    }

    @Test
    void onlyRangesAreReadBack() throws Exception {
        add(10, 10, 12, 3);
        assertThat(groups.getDeserializationFilter()).endsWith("io.waypost.delivery.MissedRange*;!*");
        assertThat(groups.isUseRecovery()).as("nothing is handed over later").isFalse();
        assertThat(groups.confirmWithResult(context, "any")).isTrue();
    }
}
