package io.waypost.notice;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.delivery.log.Buffers.BufferSize;
import io.waypost.event.NewEvent;
import io.waypost.notice.Notice.GivenUp;
import io.waypost.notice.Notice.Kind;
import io.waypost.platform.Json;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionStore;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.camel.Body;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Puts notices into events, as the catalogue of event types describes them. */
@Component("noticeEvents")
public class NoticeEvents {

    private static final String SOURCE = "/waypost";

    private final SubscriptionStore subscriptions;
    private final Places places;
    private final ActivationLinks links;

    NoticeEvents(SubscriptionStore subscriptions, Places places, ActivationLinks links) {
        this.subscriptions = subscriptions;
        this.places = places;
        this.links = links;
    }

    /** One event each. */
    public List<NewEvent> ofAll(@Body List<Notice> notices) {
        var known = new HashMap<Long, Optional<Subscription>>();
        return notices.stream()
                .map(notice -> of(notice, known.computeIfAbsent(notice.subscription(), subscriptions::find)))
                .toList();
    }

    /** @param subscription as it is now; empty if it has been deleted meanwhile */
    NewEvent of(Notice notice, Optional<Subscription> subscription) {
        // The notice's own id: told again after a crash, it is still one event.
        return new NewEvent(
                notice.tenant(),
                notice.kind().type(),
                SOURCE,
                notice.id(),
                notice.subscriptionId(),
                time(notice, subscription),
                false,
                null,
                Json.write(data(notice, subscription)),
                false);
    }

    private static Instant time(Notice notice, Optional<Subscription> subscription) {
        return notice.kind() == Kind.BUFFER_CLOSED
                ? subscription.map(s -> Closings.end(notice, s)).orElse(notice.at())
                : notice.at();
    }

    private ObjectNode data(Notice notice, Optional<Subscription> subscription) {
        var data = Json.object();
        var webhook = data.putObject("webhook");
        webhook.put("id", notice.subscriptionId());
        webhook.put("url", places.own(subscription));
        subscription.ifPresent(s -> {
            webhook.put("app", s.definition().app());
            webhook.put("name", s.definition().name());
        });
        switch (notice.kind()) {
            case DEACTIVATED -> putDeactivation(data, notice);
            case ON_BACKUP -> {
                putDeactivation(data, notice);
                data.put("backupUrl", places.backup(subscription));
            }
            case REACTIVATED -> putCounts(data, notice.kept());
            case BUFFER_CLOSED -> {
                putCounts(data, notice.kept());
                data.put("since", notice.at().toString());
                data.put("activationLink", link(notice));
            }
            case EXHAUSTED -> putDelivery(data, Objects.requireNonNull(notice.givenUp()), notice.lastError());
        }
        return data;
    }

    private void putDeactivation(ObjectNode data, Notice notice) {
        data.put("since", notice.at().toString())
                .put("reason", notice.reason())
                .put("lastError", notice.lastError())
                .put("activationLink", link(notice));
    }

    private static void putCounts(ObjectNode data, @Nullable BufferSize kept) {
        if (kept != null) {
            data.putObject("counts").put("buffered", kept.count()).put("dropped", kept.dropped());
        }
    }

    private static void putDelivery(ObjectNode data, GivenUp givenUp, @Nullable String lastError) {
        data.put("delivery", givenUp.delivery().id())
                .put("event", givenUp.event())
                .put("lastError", lastError)
                .putObject("counts")
                .put("attempts", givenUp.attempts());
    }

    private String link(Notice notice) {
        return links.link(notice.subscriptionId(), notice.at());
    }
}
