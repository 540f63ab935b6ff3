package io.waypost.delivery.permit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.waypost.platform.node.TestNodes;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SharesTest {

    private static final int SUBSCRIPTIONS = 600;

    private static List<Shares> nodes(int count) {
        return TestNodes.together(count).stream().map(Shares::new).toList();
    }

    private static List<Share> each(int count, Function<Shares, Share> share) {
        return nodes(count).stream().map(share).toList();
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "10, 1", "1, 2", "10, 2", "3, 2", "100, 7", "2, 5"})
    void theirPlacesAreAsManyAsThereAreAndNoNodeHasTwoMoreThanAnother(int places, int count) {
        var shares = each(count, node -> node.of(7, places, null));

        assertThat(shares.stream().mapToInt(Share::places).sum()).isEqualTo(places);
        assertThat(shares).allMatch(share -> share.places() >= places / count && share.places() <= places / count + 1);
    }

    @ParameterizedTest
    @CsvSource({"0.3, 3", "1, 2", "9, 2", "10, 2", "50, 3", "1000, 4"})
    void theirRatesAreTheRateAndNoneOfThemIsLittle(double perSecond, int count) {
        var sending = each(count, node -> node.of(7, 10, perSecond)).stream()
                .filter(share -> !share.isNone())
                .map(Share::perSecond)
                .filter(Objects::nonNull)
                .toList();

        assertThat(sending.stream().mapToDouble(rate -> rate).sum()).isCloseTo(perSecond, within(1e-9));
        assertThat(sending).allMatch(rate -> rate >= Math.min(perSecond, 5));
    }

    @Test
    void whoMaySendAtALittleRateHasAllThePlaces() {
        assertThat(each(3, node -> node.of(7, 10, 1.0))).containsOnlyOnce(new Share(10, 1.0));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void whatCannotBeDividedIsNotAlwaysTheSameNodes(int count) {
        for (var node : nodes(count)) {
            var had = LongStream.range(1, SUBSCRIPTIONS)
                    .filter(no -> !node.of(no, 1, null).isNone())
                    .count();
            assertThat(had).isBetween(SUBSCRIPTIONS / count / 2L, SUBSCRIPTIONS * 3L / count / 2);
        }
    }

    @Test
    void ofWhatOnlySomeNodesCanSendNoneIsLeftWithNothing() {
        assertThat(each(4, node -> node.ofSome(7, 2, 8.0))).allMatch(new Share(1, 2.0)::equals);
        assertThat(each(4, node -> node.ofSome(7, 9, null)).stream().map(Share::places))
                .containsExactlyInAnyOrder(3, 2, 2, 2);
    }

    @Test
    void aNodeAloneHasTheWhole() {
        var alone = new Shares(TestNodes.alone());

        assertThat(alone.of(7, 3, 0.5)).isEqualTo(new Share(3, 0.5));
        assertThat(alone.ofSome(7, 3, null)).isEqualTo(new Share(3, null));
    }
}
