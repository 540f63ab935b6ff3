package io.waypost.delivery;

import static io.waypost.delivery.Fakes.NOON;
import static io.waypost.delivery.Fakes.claimed;
import static io.waypost.delivery.Fakes.event;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.delivery.log.DeliveryLog.Claimed;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OrderedClaimsTest {

    private final List<InFlightDelivery> begun = new ArrayList<>();

    private static Claimed ordered(long seq, long subscription) {
        return claimed(event(seq), subscription, 0, true);
    }

    private static List<Long> seqs(List<InFlightDelivery> deliveries) {
        return deliveries.stream().map(delivery -> delivery.key().seq()).toList();
    }

    /** What the first of several claimed together is to be followed by. */
    private static OrderedClaims after(long... following) {
        var all = new ArrayList<>(List.of(ordered(1, 7)));
        for (var seq : following) {
            all.add(ordered(seq, 7));
        }
        return OrderedClaims.begin(all, NOON).getFirst().following();
    }

    @Test
    void ofEachOrderedSubscriptionTheFirstBeginsAndOfOthersAllDo() {
        var claimed = List.of(
                ordered(1, 7),
                ordered(2, 7),
                ordered(3, 8),
                claimed(event(4), 9, 0, false),
                claimed(event(5), 9, 0, false),
                ordered(6, 10),
                ordered(7, 10),
                ordered(8, 10));

        var begins = OrderedClaims.begin(claimed, NOON);

        assertThat(seqs(begins)).containsExactly(1L, 3L, 4L, 5L, 6L);
        assertThat(begins.stream().map(InFlightDelivery::othersFollow))
                .containsExactly(true, false, false, false, true);
        assertThat(begins.getLast().following().giveUp()).containsExactly(ordered(7, 10), ordered(8, 10));
        assertThat(OrderedClaims.begin(List.of(), NOON)).isEmpty();
    }

    @Test
    void oneAfterTheOtherBeginsAndIsToldOfFirst() {
        var claims = after(2, 3);
        assertThat(claims.goesOn()).isTrue();

        var second = claims.next(NOON, begun::add);
        var third = claims.next(NOON, begun::add);

        assertThat(second.key().seq()).isEqualTo(2);
        assertThat(second.following()).isSameAs(claims);
        assertThat(begun).containsExactly(second, third);
        assertThat(claims.goesOn()).isFalse();
        assertThat(claims.next(NOON, begun::add)).isNull();
    }

    @Test
    void whatWasClaimedMoreThanFiveSecondsAgoIsNotBegun() {
        var claims = after(2, 3);

        assertThat(claims.next(NOON.plusSeconds(5), begun::add)).isNotNull();
        assertThat(claims.next(NOON.plusSeconds(5).plusNanos(1), begun::add)).isNull();

        assertThat(begun).hasSize(1);
        assertThat(claims.giveUp()).containsExactly(ordered(3, 7));
        assertThat(claims.giveUp()).isEmpty();
    }

    @Test
    void whatIsLeftOutDoesNotBegin() {
        var claims = after(2, 3);

        claims.leaveOut(ordered(2, 7).key());

        assertThat(claims.next(NOON, begun::add).key().seq()).isEqualTo(3);
    }
}
