package io.waypost.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ViolationsTest {

    private static Violations some(int from, int count) {
        var some = new Violations();
        IntStream.range(from, from + count).forEach(i -> some.add(new Violation("/" + i, "is wrong")));
        return some;
    }

    @Test
    void theFirstAreKeptAndTheOthersCounted() {
        var many = some(0, 250);

        assertThat(many).hasSize(100).endsWith(new Violation("/99", "is wrong"));
        assertThat(many.more()).isEqualTo(150);
        assertThat(many.at(pointer -> "/in" + pointer).more()).isEqualTo(150);
    }

    @Test
    void whatOthersHaveLeftOutIsCountedToo() {
        var all = some(0, 60);

        all.addAll(some(60, 250));

        assertThat(all.size() + all.more()).isEqualTo(310);
    }

    @Test
    void theSentenceSaysHowManyThereAre() {
        assertThat(new Invalid(some(0, 1))).hasMessage("/0 is wrong");
        assertThat(new Invalid(some(0, 3))).hasMessage("/0 is wrong (and 2 more)");
        assertThat(new Invalid(some(0, 250))).hasMessage("/0 is wrong (and 249 more, of which 99 are listed)");
    }

    @Test
    void whatTwoHaveFoundIsSaidOnce() {
        assertThat(Invalid.of(some(0, 2), some(1, 2)).violations())
                .extracting(Violation::pointer)
                .containsExactly("/0", "/1", "/2");
        assertThat(Invalid.of(List.of(), some(0, 250)).violations().more()).isEqualTo(150);
    }
}
