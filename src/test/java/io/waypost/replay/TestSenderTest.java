package io.waypost.replay;

import static io.waypost.replay.Given.NOON;
import static io.waypost.replay.Given.subscription;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.delivery.StandInCourier;
import io.waypost.event.Event;
import io.waypost.event.EventType;
import io.waypost.event.EventTypeStore;
import io.waypost.event.EventTypes;
import io.waypost.event.StandInPublisher;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.SettableClock;
import io.waypost.platform.Violation;
import io.waypost.subscription.Subscription;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TestSenderTest {

    private final SettableClock clock = new SettableClock("2026-03-01T12:00:00Z");
    private final MemoryEvents log = new MemoryEvents();
    private final StandInPublisher publisher = new StandInPublisher(log, clock);
    private final StandInCourier courier = new StandInCourier();
    private final TestSender sender =
            new TestSender(publisher, log, new EventTypes(new OwnTypes(), (_, _, _, _) -> {}), courier, clock);

    private Event sentTo(Subscription subscription, @Nullable String type) {
        courier.sent.clear();
        assertThat(sender.test(subscription, type).delivery().subscription()).isEqualTo(subscription.no());
        assertThat(courier.sent).hasSize(1);
        return courier.sent.getFirst();
    }

    @Test
    void aSampleIsStoredAsATestAndSentOnce() {
        var sent = sentTo(subscription(7, "**"), "shop.ordered");

        assertThat(log.find(sent.seq())).contains(sent);
        assertThat(sent.sentByTest()).isTrue();
        assertThat(sent.tenant()).isEqualTo("acme");
        assertThat(sent.type()).isEqualTo("shop.ordered");
        assertThat(sent.time()).isEqualTo(NOON);
        assertThat(sent.data()).as("its tenant's example").isEqualTo("{\"number\":1}");
    }

    @Test
    void itIsOfTheFirstTypeThatTheSubscriptionNames() {
        assertThat(sentTo(subscription(7, "shop.*", "basket.left", "shop.ordered"), null)
                        .type())
                .isEqualTo("basket.left");
    }

    @Test
    void ofAPatternItIsTheFirstKnownTypeThatFits() {
        assertThat(sentTo(subscription(7, "none.*", "shop.*"), null).type()).isEqualTo("shop.ordered");
        assertThat(sentTo(subscription(7, "none.*"), null).type()).isEqualTo("webhook.test");
    }

    @Test
    void aSampleThatBreaksAnOwnSchemaIsRefusedForItsType() {
        publisher.refuses = true;

        assertThatThrownBy(() -> sender.test(subscription(7, "shop.ordered"), null))
                .isInstanceOfSatisfying(Invalid.class, e -> assertThat(e.violations())
                        .containsExactly(new Violation(
                                "/type",
                                "shop.ordered has a schema of yours, and the sample does not match it:"
                                        + " give the event type an example")));
        assertThat(courier.sent).isEmpty();
    }

    @Test
    void aSampleThatIsNotInTheLogIsNotSent() {
        var elsewhere = new TestSender(
                publisher, new MemoryEvents(), new EventTypes(new OwnTypes(), (_, _, _, _) -> {}), courier, clock);

        assertThatThrownBy(() -> elsewhere.test(subscription(7, "shop.ordered"), null))
                .hasMessageContaining("not in the log");
        assertThat(courier.sent).isEmpty();
    }

    /** Two of the tenant acme. */
    private static final class OwnTypes implements EventTypeStore {

        private static final List<EventType> TYPES = List.of(
                new EventType("acme", "shop.ordered", null, null, Json.object().put("number", 1)),
                new EventType("acme", "shop.paid", null, null, null));

        @Override
        public List<EventType> list(String tenant) {
            return tenant.equals("acme") ? TYPES : List.of();
        }

        @Override
        public Optional<EventType> find(String tenant, String name) {
            return list(tenant).stream().filter(t -> t.name().equals(name)).findFirst();
        }

        @Override
        public void put(EventType type) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean delete(String tenant, String name) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Map<String, String> versions(Collection<String> tenants) {
            throw new UnsupportedOperationException();
        }
    }
}
