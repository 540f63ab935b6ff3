package io.waypost.notice;

import io.waypost.delivery.log.Buffers;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.SubscriptionStore;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/**
 * That the window of a buffer is over is left as a notice when the subscription is deactivated, due when the window will be
 * over. Until then it may be switched on again, and the window may be changed.
 */
@Component
class Closings {

    private final SubscriptionStore subscriptions;
    private final Buffers buffers;
    private final NoticeStore notices;

    Closings(SubscriptionStore subscriptions, Buffers buffers, NoticeStore notices) {
        this.subscriptions = subscriptions;
        this.buffers = buffers;
        this.notices = notices;
    }

    /**
     * What is to be told now of a notice that has been claimed, with what is in the buffer.
     *
     * @return empty if nothing is: it is not the same deactivation any more, or the window is not over
     */
    Optional<Notice> due(Notice notice, Instant now) {
        var subscription = subscriptions
                .find(notice.subscription())
                .filter(s -> s.state().kind() == State.Kind.DEACTIVATED
                        && notice.at().equals(s.state().since()));
        if (subscription.isEmpty()) {
            notices.forget(List.of(notice));
            return Optional.empty();
        }
        var end = end(notice, subscription.get());
        if (end.isAfter(now)) {
            notices.postpone(notice, end);
            return Optional.empty();
        }
        return subscription.map(buffers::bufferSize).map(notice::with);
    }

    /** When the window is over. */
    static Instant end(Notice notice, Subscription subscription) {
        return notice.at().plus(subscription.definition().replayBuffer().window());
    }
}
