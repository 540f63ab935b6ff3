package io.waypost.replay;

import io.waypost.delivery.Courier;
import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.event.EventPublisher;
import io.waypost.event.EventTypes;
import io.waypost.event.NewEvent;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.TypePattern;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Sends a sample event directly, without queue, retries or effect on health. */
@Component
class TestSender implements TestSend {

    private final EventPublisher publisher;
    private final EventLog events;
    private final EventTypes types;
    private final Courier courier;
    private final Clock clock;

    TestSender(EventPublisher publisher, EventLog events, EventTypes types, Courier courier, Clock clock) {
        this.publisher = publisher;
        this.events = events;
        this.types = types;
        this.courier = courier;
        this.clock = clock;
    }

    @Override
    public Attempt test(Subscription subscription, @Nullable String type) {
        var sampleType = type != null ? type : typeOf(subscription);
        var sample = new NewEvent(
                subscription.tenant(),
                sampleType,
                Event.TEST_SOURCE,
                null,
                null,
                clock.instant(),
                true,
                null,
                Json.write(types.sample(subscription.tenant(), sampleType)),
                false);
        return courier.once(stored(sample), subscription);
    }

    private Event stored(NewEvent sample) {
        try {
            var receipt = publisher.publish(List.of(sample)).getFirst();
            return events.find(Event.seqOf(receipt.id()))
                    .orElseThrow(() -> new IllegalStateException("the sample is not in the log"));
        } catch (Invalid e) {
            // The violations point into the sample, which the caller did not write, so they are replaced with one about
            // the
            // type.
            throw new Invalid(
                    "/type",
                    "%s has a schema of yours, and the sample does not match it: give the event type an example"
                            .formatted(sample.type()));
        }
    }

    /** The first type it names; if it has patterns only, the first known type that matches one. */
    private String typeOf(Subscription subscription) {
        for (var name : subscription.definition().events()) {
            if (!name.contains("*")) {
                return name;
            }
        }
        return types.list(subscription.tenant()).stream()
                .map(t -> t.name())
                .filter(name -> subscription.definition().events().stream()
                        .anyMatch(pattern -> TypePattern.of(pattern).matches(name)))
                .findFirst()
                .orElse("webhook.test");
    }
}
