package io.waypost.delivery.limit;

import static io.waypost.delivery.Fakes.NO;
import static io.waypost.delivery.Fakes.wish;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.delivery.Fakes;
import io.waypost.subscription.Subscription;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SharesTest {

    private final Fakes fakes = new Fakes();
    private final Shares shares = fakes.shares;

    /** Whether this node sends for it, once it knows it. */
    private boolean sends(Subscription subscription) {
        fakes.index.put(subscription);
        return shares.sends(subscription.no());
    }

    @Test
    void aNodeAloneSendsAllItsOwnersLimitsAllow() {
        var subscription = wish().concurrency(3).perSecond(0.5).made();

        assertThat(shares.of(subscription)).isEqualTo(new Share(3, 0.5));
        assertThat(sends(subscription)).isTrue();
        assertThat(shares.sends(99)).as("nobody has heard of it").isTrue();
    }

    @Test
    void theRateOfItsConnectorHoldsIfItsOwnerSetsNone() {
        assertThat(shares.of(wish().made())).isEqualTo(new Share(10, null));
        assertThat(shares.of(wish().connector("missing").made())).isEqualTo(new Share(10, null));

        fakes.receiver.perSecond = 2.0;

        assertThat(shares.of(wish().made())).isEqualTo(new Share(10, 2.0));
        assertThat(shares.of(wish().perSecond(7).made())).isEqualTo(new Share(10, 7.0));
    }

    @Test
    void whatThisNodeCannotReadItDoesNotSend() {
        var readable = wish().connection("con_1").made();
        assertThat(shares.reads(readable)).isTrue();
        assertThat(sends(readable)).isTrue();

        fakes.unreadableConnections.add("con_1");
        assertThat(shares.reads(readable)).isFalse();
        assertThat(sends(readable)).isFalse();
        assertThat(shares.of(readable)).isEqualTo(new Share(0, null));
        assertThat(shares.reads(wish().connection("con_2").made())).isTrue();
        assertThat(shares.reads(wish().unreadable().made())).isFalse();
        assertThat(sends(wish().unreadable().made())).isFalse();
    }

    @Test
    void nodesDivideWhatAllOfThemCanSend() {
        fakes.database.join();

        var sent = LongStream.range(0, 200)
                .mapToObj(no -> shares.of(wish().no(no).concurrency(1).made()))
                .filter(share -> !share.isNone())
                .count();

        assertThat(sent).isBetween(50L, 150L);
        assertThat(shares.of(wish().connector("missing").concurrency(4).made()).places())
                .isEqualTo(2);
    }

    @Test
    void whatOnlySomeNodesCanSendIsSentByThoseThatCan() {
        fakes.database.join();
        fakes.receiver.everywhere = false;
        var subscription = wish().concurrency(1).perSecond(4).made();

        assertThat(shares.of(subscription)).as("never none").isEqualTo(new Share(1, 2.0));
        assertThat(sends(subscription)).isTrue();

        fakes.receiver.here = false;
        assertThat(shares.of(subscription).isNone()).isTrue();
        assertThat(shares.sends(NO)).isFalse();
    }
}
