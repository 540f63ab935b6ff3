package io.waypost.delivery.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.waypost.platform.node.Nodes;
import io.waypost.platform.node.TestNodes;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShareTest {

    private static final int SUBSCRIPTIONS = 600;

    private static List<Share> each(int count, Function<Nodes, Share> share) {
        return TestNodes.together(count).stream().map(share).toList();
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "10, 1", "1, 2", "10, 2", "3, 2", "100, 7", "2, 5"})
    void theirPlacesAreAsManyAsThereAreAndNoNodeHasTwoMoreThanAnother(int places, int count) {
        var shares = each(count, node -> new Share(places, null).ofNode(7, node));

        assertThat(shares.stream().mapToInt(Share::places).sum()).isEqualTo(places);
        assertThat(shares).allMatch(share -> share.places() >= places / count && share.places() <= places / count + 1);
    }

    @ParameterizedTest
    @CsvSource({"0.3, 3", "1, 2", "9, 2", "10, 2", "50, 3", "1000, 4"})
    void theirRatesAreTheRateAndNoneOfThemIsLittle(double perSecond, int count) {
        var sending = each(count, node -> new Share(10, perSecond).ofNode(7, node)).stream()
                .filter(share -> !share.isNone())
                .map(Share::perSecond)
                .filter(Objects::nonNull)
                .toList();

        assertThat(sending.stream().mapToDouble(rate -> rate).sum()).isCloseTo(perSecond, within(1e-9));
        assertThat(sending).allMatch(rate -> rate >= Math.min(perSecond, 5));
    }

    @Test
    void whoMaySendAtALittleRateHasAllThePlaces() {
        assertThat(each(3, node -> new Share(10, 1.0).ofNode(7, node))).containsOnlyOnce(new Share(10, 1.0));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void whatCannotBeDividedIsNotAlwaysTheSameNodes(int count) {
        for (var node : TestNodes.together(count)) {
            var had = LongStream.range(1, SUBSCRIPTIONS)
                    .filter(no -> !new Share(1, null).ofNode(no, node).isNone())
                    .count();
            assertThat(had).isBetween(SUBSCRIPTIONS / count / 2L, SUBSCRIPTIONS * 3L / count / 2);
        }
    }

    @Test
    void ofWhatOnlySomeNodesCanSendNoneIsLeftWithNothing() {
        assertThat(each(4, node -> new Share(2, 8.0).ofOneThatSends(7, node))).allMatch(new Share(1, 2.0)::equals);
        assertThat(each(4, node -> new Share(9, null).ofOneThatSends(7, node)).stream()
                        .map(Share::places))
                .containsExactlyInAnyOrder(3, 2, 2, 2);
    }

    @Test
    void aNodeAloneHasTheWhole() {
        var alone = TestNodes.alone();

        assertThat(new Share(3, 0.5).ofNode(7, alone)).isEqualTo(new Share(3, 0.5));
        assertThat(new Share(3, null).ofOneThatSends(7, alone)).isEqualTo(new Share(3, null));
    }
}
